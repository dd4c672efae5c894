from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import mne
import numpy as np
import pytest

from tests.transforms.recordings.made_gdf import MadeGdfChannel, write_gdf
from transforms.recordings import Reason, RecordingError
from transforms.recordings.gdf.events import describe_event, read_gdf_events, read_own_names
from transforms.recordings.gdf.header import read_gdf_header

CHANNELS = [MadeGdfChannel("Fz", np.arange(1000), 100)]
EVENTS = [(1, 0x0300, 0, 0), (151, 0x0301, 1, 25), (999, 5, 0, 0)]


@pytest.mark.parametrize("version", ["1.25", "1.93", "1.94", "2.10", "2.51"])
def test_the_table_of_each_version_is_read(tmp_path: Path, version):
    record_s = 1.0 if version == "2.51" else (1, 1)
    path = write_gdf(
        tmp_path / "a.gdf",
        CHANNELS,
        version=version,
        record_s=record_s,
        events=EVENTS,
        event_rate_hz=50,
    )
    events = read_gdf_events(str(path), read_gdf_header(str(path)))
    assert [(e.onset_s, e.duration_s, e.code, e.channel) for e in events] == [
        (0, 0, 0x0300, None),
        (3, Fraction(1, 2), 0x0301, 0),
        (Fraction(998, 50), 0, 5, None),
    ]


def test_where_the_rates_agree_mne_reads_the_same(tmp_path: Path):
    path = write_gdf(tmp_path / "a.gdf", CHANNELS, events=EVENTS, event_rate_hz=100)
    events = read_gdf_events(str(path), read_gdf_header(str(path)))
    notes = mne.io.read_raw_gdf(path, verbose="error").annotations
    assert [float(event.onset_s) for event in events] == pytest.approx(notes.onset.tolist())
    assert [str(event.code) for event in events] == notes.description.tolist()


def test_without_a_rate_of_its_own_the_table_counts_in_the_fastest_channels(tmp_path: Path):
    slow = MadeGdfChannel("Cz", np.arange(500), 50)
    path = write_gdf(tmp_path / "a.gdf", [slow, *CHANNELS], events=EVENTS)
    events = read_gdf_events(str(path), read_gdf_header(str(path)))
    assert events[1].onset_s == Fraction(150, 100)


def test_a_table_longer_than_the_file_is_refused(tmp_path: Path):
    path = write_gdf(tmp_path / "a.gdf", CHANNELS, events=EVENTS)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(RecordingError) as refused:
        read_gdf_events(str(path), read_gdf_header(str(path)))
    assert refused.value.reason is Reason.TRUNCATED


def test_no_table_is_no_events(tmp_path: Path):
    path = write_gdf(tmp_path / "a.gdf", CHANNELS, with_table=False)
    assert read_gdf_events(str(path), read_gdf_header(str(path))) == ()


def test_names_that_the_file_gives_to_codes_come_first(tmp_path: Path):
    names = b"\0button\0\0lamp\0\0"
    tags = bytes([9, 2, 0, 0]) + b"xx" + bytes([1]) + len(names).to_bytes(3, "little") + names
    path = write_gdf(tmp_path / "a.gdf", CHANNELS, tags=tags.ljust(256, b"\0"), events=EVENTS)
    header = read_gdf_header(str(path))
    assert read_own_names(str(path), header) == {1: "button", 3: "lamp"}
    assert [event.code for event in read_gdf_events(str(path), header)] == [0x0300, 0x0301, 5]
    assert describe_event(3, {3: "lamp"}) == "0x0003 lamp"


@pytest.mark.parametrize("tags", [b"\x01\xff\xff\xffabc", b"\x00" * 8, b"\x05\x01\x00"])
def test_tags_that_make_no_sense_name_nothing(tmp_path: Path, tags):
    path = write_gdf(tmp_path / "a.gdf", CHANNELS, tags=tags.ljust(256, b"\0"))
    assert set(read_own_names(str(path), read_gdf_header(str(path)))) <= {1}


@pytest.mark.parametrize(
    ("code", "text"),
    [(0x0301, "0x0301 cue: left hand"), (0x8303, "0x8303 end of cue: foot"), (77, "0x004d")],
)
def test_descriptions(code, text):
    assert describe_event(code, {}) == text
