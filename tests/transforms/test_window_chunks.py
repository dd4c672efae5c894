from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.made_windows import cut_windows, made_windows
from transforms.engine import StreamSpec, WindowBatch
from transforms.window_chunks import WindowChunks, chunk_windows

SPEC = StreamSpec("eeg", 100, tuple(f"E{i}" for i in range(4096)))
SMALL = StreamSpec("eeg", 100, ("A",))
SPAN = chunk_windows(4096)


def chunks_of(pieces: list[WindowBatch]):
    chunks = WindowChunks(SPAN)
    return [c for piece in pieces for c in chunks.add(piece)] + chunks.finish()


steps = st.lists(st.sampled_from([1, 1, 1, 1, 7, 100]), max_size=150).map(np.cumsum)


@given(steps=steps, first=st.integers(-50, 50), cuts=st.lists(st.integers(0, 150), max_size=6))
def test_any_cutting_gives_the_same_chunks_and_loses_nothing(steps, first, cuts):
    batch = made_windows(SMALL, first + steps)
    whole, pieces = chunks_of([batch]), chunks_of(cut_windows(batch, cuts))
    assert [(c.number, c.stop) for c in whole] == [(c.number, c.stop) for c in pieces]
    for one, other in zip(whole, pieces, strict=True):
        for name in WindowBatch.ARRAYS:
            np.testing.assert_array_equal(getattr(one.batch, name), getattr(other.batch, name))
        assert (one.batch.index // SPAN == one.stop // SPAN - 1).all()
    indices = [index for c in whole for index in c.batch.index.tolist()]
    assert indices == batch.index.tolist()
    numbers = [c.number for c in whole]
    assert numbers == sorted(set(numbers))
    assert not numbers or numbers[0] == 0


def test_chunks_begin_at_whole_seconds_and_are_bounded():
    for n_channels in (1, 2, 8, 64, 4096):
        span = chunk_windows(n_channels)
        assert span % 20 == 0
        assert 20 <= span <= 3600 * 20
        assert n_channels * span <= max(6000 * 20, n_channels * 20)


def test_a_chunk_does_not_hold_the_filtered_samples():
    (chunk,) = chunks_of([made_windows(SMALL, range(10))])
    assert chunk.batch.filtered.shape == (0, 1)
