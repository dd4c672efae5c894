from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from tests.transforms.recordings.made_edf import MadeSignal, noise, write_edf
from tests.transforms.recordings.real_files import S001R04, UNCLOSED_BDF, UNEVEN, real_file
from transforms.recordings.edf.header import read_edf_header
from transforms.recordings.errors import Reason, RecordingError


@pytest.fixture
def edf(tmp_path):
    return write_edf(tmp_path / "a.edf", [MadeSignal("EEG Cz", noise(1000), 100)])


def refusal(path: Path) -> RecordingError:
    with pytest.raises(RecordingError) as refused:
        read_edf_header(str(path))
    return refused.value


def overwrite(path: Path, offset: int, text: str) -> Path:
    content = bytearray(path.read_bytes())
    content[offset : offset + len(text)] = text.encode()
    path.write_bytes(bytes(content))
    return path


def test_rates_are_exact_ratios():
    header = read_edf_header(real_file(UNEVEN))
    assert [header.rate_hz(s) for s in header.signals] == [Fraction(100), Fraction(64, 5)]


def test_a_real_header_is_read_whole():
    header = read_edf_header(real_file(S001R04))
    assert (header.n_records, header.record_s, len(header.signals)) == (125, Fraction(1), 65)
    assert header.signals[0].label == "Fc5."
    assert header.signals[0].physical_range == (-8092.0, 8092.0)
    assert header.signals[-1].is_annotations


def test_records_of_a_file_that_was_not_closed_are_counted():
    header = read_edf_header(real_file(UNCLOSED_BDF))
    assert header.unclosed
    assert header.n_records == 60


@pytest.mark.parametrize("n_bytes", [0, 1, 100, 255, 256, 300, 511, 512, 513, 2511])
def test_a_file_cut_anywhere_is_refused(edf, n_bytes):
    edf.write_bytes(edf.read_bytes()[:n_bytes])
    reasons = {Reason.EMPTY, Reason.UNKNOWN_FORMAT, Reason.TRUNCATED}
    assert refusal(edf).reason in reasons


def test_missing_bytes_are_counted(edf):
    edf.write_bytes(edf.read_bytes()[:-7])
    error = refusal(edf)
    assert error.reason is Reason.TRUNCATED
    assert "7 of 2000 data bytes are missing" in error.message


def test_line_ends_turned_to_crlf_are_refused_and_the_cause_is_named(tmp_path):
    damaged = tmp_path / "damaged.edf"
    damaged.write_bytes(Path(real_file(S001R04)).read_bytes().replace(b"\n", b"\r\n"))
    error = refusal(damaged)
    assert error.reason is Reason.SIZE_MISMATCH
    assert "CRLF" in error.message


def test_a_text_is_no_edf(tmp_path):
    text = tmp_path / "notes.edf"
    text.write_text("Subject was tired.\n" * 50)
    assert refusal(text).reason is Reason.UNKNOWN_FORMAT


def test_a_header_without_data_is_refused(tmp_path):
    edf = write_edf(tmp_path / "a.edf", [MadeSignal("Cz", noise(0), 100)])
    assert refusal(edf).reason is Reason.NO_SAMPLES


@pytest.mark.parametrize(
    ("offset", "text", "field"),
    [
        (184, "999     ", "header size"),
        (236, "many    ", "number of data records"),
        (236, "-2      ", "number of data records"),
        (244, "0       ", "duration of a data record"),
        (244, "nan     ", "duration of a data record"),
        (244, "9e999999", "duration of a data record"),
        (244, "1e-99999", "duration of a data record"),  # 0, and no fraction of 100,000 digits
        (236, "1_0     ", "number of data records"),
        (252, "0   ", "number of signals"),
        (256 + 104, "x       ", "physical minimum of signal 0"),
        (256 + 104, "inf     ", "physical minimum of signal 0"),
        (256 + 216, "0       ", "samples per record of signal 0"),
    ],
)
def test_a_field_that_makes_no_sense_is_named(edf, offset, text, field):
    error = refusal(overwrite(edf, offset, text))
    assert error.reason is Reason.BAD_HEADER
    assert error.message.startswith(field)


def test_a_decimal_comma_is_read(tmp_path):
    signal = MadeSignal("Cz", noise(100), 50)
    assert read_edf_header(
        str(write_edf(tmp_path / "a.edf", [signal], record_s="0,5"))
    ).record_s == (Fraction(1, 2))
