from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from schemas.errors import CellError
from schemas.float_grid import FloatGrid, find_grid
from schemas.signal_cells import SignalCell, decode_signal_cell, encode_signal_cell
from tests.transforms.recordings.real_files import S001R04, real_file
from transforms.recordings import RecordingSettings, open_recording, read_blocks


def same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    """NaN is NaN; 0.0 is not -0.0."""
    gone = np.isnan(one)
    return bool(
        (gone == np.isnan(other)).all() and (one.view("u8")[~gone] == other.view("u8")[~gone]).all()
    )


def made_cell(n_rows: int = 250, n_channels: int = 8) -> SignalCell:
    walk = np.random.default_rng(0).normal(0, 9, (n_rows, n_channels)).cumsum(axis=0)
    samples = np.rint(walk) * 0.1
    samples[:, -1] = walk[:, -1]  # on no grid
    samples[100:140, 1] = np.nan
    samples[200] = np.nan
    return SignalCell(1_000, samples)


CELL = made_cell()
GRID = find_grid(CELL.samples)
CONTENT = encode_signal_cell(CELL, GRID)

numbers = hnp.arrays(
    np.float64, st.tuples(st.integers(1, 40), st.integers(1, 5)), elements=st.floats(width=64)
)


@given(numbers, st.integers(-(2**62), 2**62), st.booleans())
def test_every_float_comes_back_bit_for_bit(samples, first, is_found):
    n_channels = samples.shape[1]
    any_grid = FloatGrid(np.full(n_channels, 0.1), np.full(n_channels, -3.0))
    grid = find_grid(samples) if is_found else any_grid
    back = decode_signal_cell(encode_signal_cell(SignalCell(first, samples), grid))
    assert back.first_sample == first
    assert same_bits(back.samples, samples)


def test_counts_floats_and_absences_come_back_together():
    assert GRID.is_on.tolist() == [True] * 7 + [False]
    assert same_bits(decode_signal_cell(CONTENT).samples, CELL.samples)


def test_a_real_recording_comes_back_at_less_than_half_of_16_bit():
    path = real_file(S001R04)
    (plan,) = open_recording(path, RecordingSettings()).streams
    samples = next(iter(read_blocks(path, plan))).samples
    grid, n_bytes = find_grid(samples), 0
    for first in range(0, len(samples), 160):
        cell = SignalCell(first, samples[first : first + 160])
        content = encode_signal_cell(cell, grid)
        assert same_bits(decode_signal_cell(content).samples, cell.samples)
        n_bytes += len(content)
    assert n_bytes < samples.size


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (70_000, 1), (60_000, 100)])
def test_what_is_no_cell_is_refused(shape):
    grid = FloatGrid(np.zeros(shape[1]), np.zeros(shape[1]))
    with pytest.raises(CellError, match="samples is"):
        encode_signal_cell(SignalCell(0, np.zeros(shape)), grid)


@given(st.binary(max_size=200))
@example(b"")
@example(CONTENT[:40])
@example(b"\x02" + CONTENT[1:])
def test_any_bytes_decode_or_raise_our_error(content):
    try:
        decode_signal_cell(content)
    except CellError:
        return
    raise AssertionError("nobody wrote this")


@given(st.data())
def test_any_edit_decodes_or_raises_our_error(data):
    start = data.draw(st.integers(0, len(CONTENT)))
    stop = data.draw(st.integers(start, min(len(CONTENT), start + 30)))
    edited = CONTENT[:start] + data.draw(st.binary(max_size=30)) + CONTENT[stop:]
    with contextlib.suppress(CellError):
        decode_signal_cell(edited)
