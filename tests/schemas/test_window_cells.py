from __future__ import annotations

import contextlib
import dataclasses

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.errors import CellError
from schemas.window_cells import WindowCell, decode_window_cell, encode_window_cell

FIELDS = [field.name for field in dataclasses.fields(WindowCell)]


def made_cell(index, n_channels=3, n_features=5, n_pairs=2, seed=0) -> WindowCell:
    rng = np.random.default_rng(seed)
    w = len(index)
    features = rng.lognormal(0, 3, (w, n_channels, n_features))
    features[rng.random(features.shape) < 0.2] = np.nan
    return WindowCell(
        index=np.asarray(index, np.int64),
        n_samples=rng.integers(1, 1500, w),
        features=features,
        pair_features=rng.normal(size=(w, n_pairs, 3)),
        flags=rng.integers(0, 2**32, (w, n_channels), np.uint32),
        quality=rng.random((w, n_channels), np.float32),
    )


CONTENT = encode_window_cell(made_cell(range(40, 60)))


@given(
    st.integers(-(2**40), 2**40),
    st.sets(st.integers(1, 19)),
    st.integers(1, 9),
    st.integers(0, 20),
    st.integers(0, 4),
    st.integers(0, 2**32),
)
def test_every_number_comes_back_bit_for_bit(first, later, n_channels, n_features, n_pairs, seed):
    index = [first, *(first + offset for offset in sorted(later))]
    cell = made_cell(index, n_channels, n_features, n_pairs, seed)
    back = decode_window_cell(encode_window_cell(cell))
    for name in FIELDS:
        found, expected = getattr(back, name), getattr(cell, name)
        assert found.dtype == expected.dtype, name
        assert found.tobytes() == expected.tobytes(), name
        assert found.shape == expected.shape, name


@pytest.mark.parametrize("index", [[], [3, 3], [4, 3], [0, 20], list(range(21))])
def test_windows_that_are_no_second_are_refused(index):
    with pytest.raises((CellError, ValueError)):
        encode_window_cell(made_cell(index))


@given(st.binary(max_size=200))
@example(b"")
@example(CONTENT[:30])
@example(b"\x02" + CONTENT[1:])
@example(b"\x01\xff\xff" + CONTENT[3:])
def test_any_bytes_are_refused(content):
    with pytest.raises(CellError):
        decode_window_cell(content)


@given(st.data())
def test_any_edit_decodes_or_raises_our_error(data):
    start = data.draw(st.integers(0, len(CONTENT)))
    stop = data.draw(st.integers(start, min(len(CONTENT), start + 30)))
    edited = CONTENT[:start] + data.draw(st.binary(max_size=30)) + CONTENT[stop:]
    with contextlib.suppress(CellError):
        decode_window_cell(edited)
