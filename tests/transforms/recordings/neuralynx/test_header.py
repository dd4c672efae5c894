from __future__ import annotations

import datetime

import pytest

from tests.transforms.recordings.made_neuralynx import HEADER, changed
from transforms.recordings import Reason, RecordingError
from transforms.recordings.neuralynx.header import read_neuralynx_header


@pytest.fixture
def read(tmp_path):
    def read_text(text: str):
        path = tmp_path / "CSC9.ncs"
        path.write_bytes(text.encode("latin-1").ljust(16_384, b"\0"))
        return read_neuralynx_header(str(path))

    return read_text


def test_the_fields_are_read_exactly(read):
    header = read(changed(InputInverted="True", SamplingFrequency="32556.123"))
    assert header.volts == -0.0000005
    assert float(header.rate_hz) == 32556.123
    assert header.rate_hz.denominator == 1000
    assert (header.name, header.max_step, header.high_cut_hz) == ("CSC1", 32767, 500.0)


@pytest.mark.parametrize(
    "line",
    [
        "## Time Opened (m/d/y): 11/2/2023  (h:m:s.ms) 13:39:27.5",
        "## Time Opened: (m/d/y): 11/02/2023  At Time: 13:39:27.500",
        "-TimeCreated 2023/11/02 13:39:27.5",
    ],
)
def test_dates_of_old_and_new_systems(read, line):
    header = read(changed(TimeCreated=None) + line + "\n")
    expected = datetime.datetime(2023, 11, 2, 13, 39, 27, 500_000, tzinfo=datetime.UTC)
    assert header.opened == expected


def test_a_date_that_is_none_is_no_date(read):
    assert read(changed(TimeCreated="2023/13/41 25:00:00")).opened is None


def test_a_channel_without_a_name_has_that_of_its_file(read):
    assert read(changed(AcqEntName=None)).name == "CSC9"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEADER.replace("NCS", "NEV"), Reason.UNKNOWN_FORMAT),
        ("something else", Reason.UNKNOWN_FORMAT),
        (changed(SamplingFrequency="0"), Reason.BAD_HEADER),
        (changed(SamplingFrequency="1e999999999"), Reason.BAD_HEADER),
        (changed(ADBitVolts=None), Reason.BAD_HEADER),
        (changed(InputInverted="maybe"), Reason.BAD_HEADER),
    ],
)
def test_what_makes_no_sense_is_refused(read, text, reason):
    with pytest.raises(RecordingError) as refused:
        read(text)
    assert refused.value.reason is reason


def test_a_file_shorter_than_its_header_is_truncated(tmp_path):
    path = tmp_path / "a.ncs"
    path.write_text(HEADER)
    with pytest.raises(RecordingError) as refused:
        read_neuralynx_header(str(path))
    assert refused.value.reason is Reason.TRUNCATED
