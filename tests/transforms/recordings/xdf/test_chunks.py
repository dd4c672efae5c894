from __future__ import annotations

import struct

import numpy as np
import pytest

from tests.transforms.recordings.made_xdf import (
    chunk,
    file_header,
    numeric_stream,
    samples,
    stream_header,
)
from transforms.recordings import Reason, RecordingError
from transforms.recordings.xdf.chunks import check_xdf_chunks

VALUES = np.zeros((20, 2), "<f4")
STREAM = numeric_stream(1, VALUES, list(range(20)), kind="EEG", rate=1)
SOUND = b"XDF:" + file_header() + STREAM
HEADER = b"XDF:" + stream_header(1, kind="EEG", n_channels=2, rate=100)


def test_a_sound_file_is_walked_to_its_end():
    found = check_xdf_chunks(SOUND)
    assert (found.n_bytes, found.is_closed, found.n_streams) == (len(SOUND), True, 1)


def test_every_cut_leaves_whole_chunks_and_is_told():
    for end in range(5, len(SOUND), 7):
        found = check_xdf_chunks(SOUND[:end])
        assert found.n_bytes <= end
        assert not (found.is_closed and found.n_streams)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"EDF:", "begins with"),
        (b"XDF:\x03abcdef", "expected 1, 4 or 8"),
        (b"XDF:" + chunk(3, struct.pack("<I", 9) + b"\x01\x00"), "no header before it"),
        (HEADER + chunk(3, struct.pack("<I", 1) + b"\x04" + b"\xff" * 4), "4294967295 samples"),
        (HEADER + chunk(3, struct.pack("<I", 1) + b"\x01\x01" + bytes(12)), "do not end"),
        (HEADER + chunk(4, struct.pack("<I", 1) + bytes(3)), "clock offset of 3 bytes"),
        (HEADER + HEADER[4:], "second header"),
        (b"XDF:" + chunk(1, b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), "document type"),
        (b"XDF:" + chunk(1, b"<info>"), "XML that cannot be read"),
        (b"XDF:" + stream_header(1, kind="EEG", n_channels=10**9, rate=1), "expected 1 to 4096"),
        (b"XDF:" + stream_header(1, kind="E", n_channels=1, rate=1, dtype="int3"), "int3"),
    ],
)
def test_what_contradicts_itself_is_refused(content, said):
    with pytest.raises(RecordingError) as refused:
        check_xdf_chunks(content)
    assert refused.value.reason in (Reason.UNREADABLE, Reason.BAD_HEADER)
    assert said in refused.value.message


def test_samples_without_stamps_are_counted_too():
    body = struct.pack("<I", 1) + b"\x01\x02" + 2 * (b"\x00" + bytes(8))
    assert check_xdf_chunks(HEADER + chunk(3, body)).n_bytes == len(HEADER) + len(chunk(3, body))
    assert check_xdf_chunks(HEADER + samples(1, [1.0], VALUES[:1])).is_closed is False
