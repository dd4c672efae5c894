from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.transforms.recordings.made_gdf import OHM, MadeGdfChannel, write_gdf
from transforms.recordings import Reason, RecordingError
from transforms.recordings.gdf.header import read_gdf_header

NOISE = np.arange(1000)
ONE = [MadeGdfChannel("Fz", NOISE, 100)]


def test_the_start_of_version_2_is_in_days_since_the_year_0(tmp_path: Path):
    days = 719_529 + 19_663 + 13.5 / 24  # 2023-11-02 13:30
    start = round(days * 2**32).to_bytes(8, "little")
    header = read_gdf_header(str(write_gdf(tmp_path / "a.gdf", ONE, start=start)))
    assert header.start_ns == 1_698_931_800_000_000_000


def test_the_start_of_version_1_is_text_to_a_hundredth(tmp_path: Path):
    path = write_gdf(tmp_path / "a.gdf", ONE, version="1.25", start=b"2023110213300025")
    assert read_gdf_header(str(path)).start_ns == 1_698_931_800_250_000_000


@pytest.mark.parametrize("start", [b" " * 16, b"2023139913300025", b"nonsense here   "])
def test_no_date_is_no_start(tmp_path: Path, start):
    path = write_gdf(tmp_path / "a.gdf", ONE, version="1.25", start=start)
    assert read_gdf_header(str(path)).start_ns is None


def test_rates_are_exact_and_those_of_floats_rounded(tmp_path: Path):
    path = write_gdf(tmp_path / "a.gdf", ONE, record_s=(3, 7))
    header = read_gdf_header(str(path))
    assert header.rate_hz(header.channels[0]) == Fraction(700, 3)
    path = write_gdf(tmp_path / "b.gdf", ONE, version="2.51", record_s=100 / 150)
    header = read_gdf_header(str(path))
    assert header.rate_hz(header.channels[0]) == 150


def test_units_are_coded_or_text(tmp_path: Path):
    channels = [*ONE, MadeGdfChannel("Z", NOISE, 100, unit=OHM)]
    for version, names in (("1.25", ["uV", "Ohm"]), ("2.10", ["uV", f"unit code {OHM}"])):
        header = read_gdf_header(str(write_gdf(tmp_path / "a.gdf", channels, version=version)))
        assert [channel.dimension for channel in header.channels] == names


def patched(tmp_path: Path, place: int, layout: str, *values: object) -> str:
    path = write_gdf(tmp_path / "a.gdf", ONE)
    content = bytearray(path.read_bytes())
    struct.pack_into(layout, content, place, *values)
    path.write_bytes(bytes(content))
    return str(path)


@pytest.mark.parametrize(
    ("place", "layout", "values", "reason"),
    [
        (0, "4s", (b"GIF ",), Reason.UNKNOWN_FORMAT),
        (4, "4s", (b"x.yz",), Reason.UNKNOWN_FORMAT),
        (4, "4s", (b"9.99",), Reason.BAD_HEADER),
        (4, "4s", (b" nan",), Reason.BAD_HEADER),
        (252, "<H", (0,), Reason.BAD_HEADER),
        (252, "<H", (60_000,), Reason.BAD_HEADER),
        (252, "<H", (100,), Reason.TRUNCATED),
        (184, "<H", (1,), Reason.BAD_HEADER),
        (236, "<q", (11,), Reason.TRUNCATED),
        (236, "<q", (2**62,), Reason.TRUNCATED),
        (236, "<q", (-7,), Reason.BAD_HEADER),
        (236, "<q", (0,), Reason.NO_SAMPLES),
        (244, "<II", (0, 1), Reason.BAD_HEADER),
        (256 + 216, "<I", (2**32 - 1,), Reason.TRUNCATED),
        (256 + 216, "<I", (0,), Reason.NO_SIGNAL),
        (256 + 220, "<I", (18,), Reason.BAD_HEADER),
    ],
)
def test_a_field_that_makes_no_sense_is_refused_before_anything_is_allocated(
    tmp_path: Path, place, layout, values, reason
):
    with pytest.raises(RecordingError) as refused:
        read_gdf_header(patched(tmp_path, place, layout, *values))
    assert refused.value.reason is reason


@pytest.mark.parametrize("n_bytes", [100, 300, 1000, 2000])
def test_a_cut_file_is_truncated(tmp_path: Path, n_bytes):
    path = write_gdf(tmp_path / "a.gdf", ONE)
    path.write_bytes(path.read_bytes()[:n_bytes])
    with pytest.raises(RecordingError) as refused:
        read_gdf_header(str(path))
    assert refused.value.reason is Reason.TRUNCATED
