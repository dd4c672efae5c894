from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import SchemaError
from schemas.signal_cells import decode_signal_cell
from schemas.window_cells import decode_window_cell
from schemas.window_rows import SIGNAL_FAMILY, STREAMS, WINDOWS, parse_row_key, windows_of
from tests.transforms.stored_sessions import SPEC, made_samples, rows_of
from transforms.engine import StreamSpec
from transforms.epoch_rows import windows_per_bucket

SAMPLES = made_samples(70)
ROWS, MADE = rows_of(SPEC, SAMPLES)


def test_the_description_comes_first_and_then_a_row_a_minute():
    assert [row.table for row in ROWS] == [STREAMS, *[WINDOWS] * (len(ROWS) - 1)]
    minutes = [parse_row_key(row.row_key).first_window for row in ROWS[1:]]
    assert minutes == sorted({index // 1200 * 1200 for index in MADE.index.tolist()})


@settings(max_examples=6, deadline=None)
@given(st.lists(st.integers(0, len(SAMPLES)), max_size=8))
def test_any_blocks_give_the_same_rows(cuts):
    assert rows_of(SPEC, SAMPLES, cuts=cuts)[0] == ROWS


def test_cells_hold_all_windows_and_samples_of_their_place_and_at_most_a_second():
    indices, samples = [], np.full(SAMPLES.shape, np.nan)
    for row in ROWS[1:]:
        for cell in row.cells:
            first, stop = windows_of(row.row_key, cell.qualifier, 1200)
            assert first // 20 == (stop - 1) // 20
            if cell.family == SIGNAL_FAMILY:
                piece = decode_signal_cell(cell.content)
                end = piece.first_sample + len(piece.samples)
                samples[piece.first_sample : end] = piece.samples
            else:
                windows = decode_window_cell(cell.content).index
                assert (windows[0], windows[-1]) == (first, stop - 1)
                indices += windows.tolist()
    assert sorted(indices) == MADE.index.tolist()
    np.testing.assert_array_equal(samples, SAMPLES)


def test_nothing_recorded_is_no_row_but_the_description():
    rows, _ = rows_of(SPEC, np.full((500, 2), np.nan))
    assert [row.table for row in rows] == [STREAMS]


def test_a_stream_that_no_row_can_hold_is_refused():
    wide = StreamSpec("ecog", 50_000, [f"E{i}" for i in range(600)])
    with pytest.raises(SchemaError, match="split the stream by groups of channels"):
        windows_per_bucket(wide)
