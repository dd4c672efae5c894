from __future__ import annotations

from fractions import Fraction

import mne
import pytest

from tests.transforms.recordings.made_edf import MadeSignal, noise, write_edf
from tests.transforms.recordings.real_files import S001R04, UTF8, real_file
from transforms.recordings.edf_annotations import EdfAnnotation, read_edf_times
from transforms.recordings.edf_header import read_edf_header
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
