from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import pytest

from tests.transforms.recordings.real_files import ANT, real_file
from transforms.recordings import Reason, RecordingError
from transforms.recordings.ant.chunks import AntLayout, read_ant_layout

TEXT = b"[File Version]\n4.2\n[Sampling Rate]\n512.5\n[Samples]\n100\n[Channels]\n3\n"


def chunk(name: bytes, content: bytes, size_format: str) -> bytes:
    padding = b"\0" * (len(content) % 2)
    return name + struct.pack(size_format, len(content)) + content + padding


def made(text: bytes = TEXT, *, wide: bool = False, without: bytes = b"") -> bytes:
    size_format = "<Q" if wide else "<I"
    inner = [(b"chan", bytes(6)), (b"data", bytes(301)), (b"ep  ", bytes(8))]
    parts = b"raw3" + b"".join(chunk(n, c, size_format) for n, c in inner if n != without)
    body = b"CNT " + chunk(b"LIST", parts, size_format)
    if without != b"eeph":
        body += chunk(b"eeph", text, size_format)
    return chunk(b"RF64" if wide else b"RIFF", body, size_format)


def layout_of(tmp_path: Path, content: bytes):
    path = tmp_path / "a.cnt"
    path.write_bytes(content)
    return read_ant_layout(str(path))


@pytest.mark.parametrize("wide", [False, True])
def test_both_widths_of_sizes_are_followed(tmp_path: Path, wide):
    layout = layout_of(tmp_path, made(wide=wide))
    assert layout == AntLayout(Fraction(1025, 2), 100, 3)


def test_the_real_file_says_88_channels():
    layout = read_ant_layout(real_file(ANT))
    assert layout == AntLayout(Fraction(1000), 4025, 88)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"Version 3.0".ljust(900, b"\0"), Reason.UNKNOWN_FORMAT),
        (b"RIFF\x10\0\0\0WAVEfmt ", Reason.UNKNOWN_FORMAT),
        (made()[:-1], Reason.TRUNCATED),
        (made() + b"\0", Reason.SIZE_MISMATCH),
        (made(without=b"data"), Reason.BAD_HEADER),
        (made(without=b"eeph"), Reason.BAD_HEADER),
        (made(TEXT.replace(b"512.5", b"fast")), Reason.BAD_HEADER),
        (made(TEXT.replace(b"100", b"1e9")), Reason.BAD_HEADER),
        (made(TEXT.replace(b"100", b"0")), Reason.NO_SAMPLES),
        (made(TEXT.replace(b"\n3\n", b"\n2.5\n")), Reason.BAD_HEADER),
        (made().replace(b"data\x2d\x01", b"data\xff\xff"), Reason.BAD_HEADER),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, content, reason):
    with pytest.raises(RecordingError) as refused:
        layout_of(tmp_path, content)
    assert refused.value.reason is reason


def test_neuroscan_is_told_apart(tmp_path: Path):
    with pytest.raises(RecordingError, match="Neuroscan"):
        layout_of(tmp_path, b"Version 3.0".ljust(900, b"\0"))
