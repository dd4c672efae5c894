from __future__ import annotations

import time
from fractions import Fraction

import mne
import pytest

from tests.transforms.recordings import made_edf
from tests.transforms.recordings.made_edf import MadeSignal, noise, write_edf
from tests.transforms.recordings.real_files import S001R04, UTF8, real_file
from transforms.recordings import RecordingSettings, open_recording
from transforms.recordings.edf.annotations import EdfAnnotation, read_edf_times
from transforms.recordings.edf.header import read_edf_header
from transforms.recordings.errors import Reason, RecordingError

SIGNAL = MadeSignal("Cz", noise(300), 100)


def times_of(path):
    return read_edf_times(str(path), read_edf_header(str(path)))


@pytest.mark.parametrize("name", [S001R04, UTF8])
def test_texts_are_those_that_mne_reads(name):
    path = real_file(name)
    raw = mne.io.read_raw_edf(path, verbose="error")
    ours = times_of(path).annotations
    assert [note.text for note in ours] == list(raw.annotations.description)
    assert [float(note.onset_s) for note in ours] == pytest.approx(raw.annotations.onset)


def test_times_are_exact(tmp_path):
    path = write_edf(
        tmp_path / "a.edf",
        [SIGNAL],
        kind="EDF+C",
        onsets=["+0.1", "+1.1", "+2.1"],
        notes=[b"+0.3\x150.7\x14seizure\x14and more\x14\x00", b"-5\x14earlier\x14\x00"],
    )
    times = times_of(path)
    tenth = Fraction(1, 10)
    assert times.record_onsets_s == (tenth, 1 + tenth, 2 + tenth)
    assert times.annotations == (
        EdfAnnotation(3 * tenth, 7 * tenth, "seizure"),
        EdfAnnotation(3 * tenth, 7 * tenth, "and more"),
        EdfAnnotation(Fraction(-5), Fraction(0), "earlier"),
    )


def test_latin_text_is_read_where_it_is_no_utf8(tmp_path):
    note = "+0\x14M\u00fcdigkeit\x14\x00".encode("latin-1")
    path = write_edf(tmp_path / "a.edf", [SIGNAL], onsets=["+0", "+1", "+2"], notes=[note])
    assert [n.text for n in times_of(path).annotations] == ["M\u00fcdigkeit"]


def test_a_plain_edf_has_no_times(tmp_path):
    times = times_of(write_edf(tmp_path / "a.edf", [SIGNAL]))
    assert times.record_onsets_s is None
    assert times.annotations == ()


@pytest.mark.parametrize("onsets", [(), ("+0", "", "+9")])
def test_a_discontinuous_file_that_hides_its_gaps_is_refused(tmp_path, onsets):
    path = write_edf(tmp_path / "a.edf", [SIGNAL], kind="EDF+D", onsets=onsets)
    with pytest.raises(RecordingError) as refused:
        times_of(path)
    assert refused.value.reason is Reason.BAD_RECORD_TIMES


@pytest.mark.parametrize(
    "note", [b"+" + b"1" * 200_000, b"+1\x15" + b"1" * 200_000, b"+1." * 60_000, b"+1\x14" * 50_000]
)
def test_damaged_lists_are_passed_over_in_no_time(tmp_path, monkeypatch, note):
    monkeypatch.setattr(made_edf, "ANNOTATION_WORDS", 200_000)
    notes = [note + b"\x00", b"+1\x14go\x14\x00"]
    path = write_edf(tmp_path / "a.edf", [SIGNAL], kind="EDF+C", onsets=["+0"] * 3, notes=notes)
    started = time.process_time()
    opened = open_recording(str(path), RecordingSettings())
    assert time.process_time() - started < 5  # minutes, where a pattern is tried at every byte
    assert opened.markers[-1].description == "go"


def test_an_impossible_time_is_one_annotation_less(tmp_path):
    notes = [b"+99999999999999\x14never\x14\x00", b"+1\x14go\x14\x00"]
    onsets = ["+0", "+1", "+2"]
    path = write_edf(tmp_path / "a.edf", [SIGNAL], kind="EDF+C", onsets=onsets, notes=notes)
    opened = open_recording(str(path), RecordingSettings())
    assert [marker.description for marker in opened.markers] == ["go"]
    assert [notice.kind for notice in opened.notices] == ["impossible_times"]
