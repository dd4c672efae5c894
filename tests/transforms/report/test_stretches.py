from __future__ import annotations

import numpy as np

from tests.transforms.report.windows_by_hand import at_rate, between, gap_free, windows_of
from transforms.report.stretches import Stretches
from transforms.report.timeline import Timeline

SPEC = at_rate(100)
CHANNELS = (0, 2)


def numbers_of(samples: np.ndarray, stretches: Stretches, step: int = 7) -> list[int]:
    """Pushes all samples, then the windows by `step`; the numbers of what is complete."""
    present = np.isfinite(samples).any(axis=1)
    stretches.take_samples(0, samples[:, CHANNELS], present)
    batch, done = windows_of(SPEC, samples), []
    for first in range(0, len(batch), step):
        part = between(batch, first, min(first + step, len(batch)))
        events = np.ones(len(part), np.int64)
        for stretch in stretches.take_windows(part.index, part, part.filtered[:, CHANNELS], events):
            done.append(stretch.number)
            rows = slice(stretch.first, stretch.end)
            np.testing.assert_array_equal(stretch.raw, samples[rows, CHANNELS].astype(np.float32))
            np.testing.assert_array_equal(stretch.filtered, (stretch.raw / 2))
            assert stretch.n_events <= 20
    return done


def test_a_stretch_is_complete_with_its_last_window():
    stretches = Stretches(Timeline(SPEC), 20, CHANNELS)
    assert numbers_of(gap_free(SPEC, 1000), stretches) == list(range(10))
    assert not stretches.filling


def test_a_stretch_whose_last_window_is_missing_is_complete_with_the_next():
    samples = gap_free(SPEC, 1050)
    for k in range(10):
        samples[100 * k + 90 : 100 * k + 100] = np.nan
    stretches = Stretches(Timeline(SPEC), 20, CHANNELS)
    assert numbers_of(samples, stretches) == list(range(10))
    assert list(stretches.filling) == [10]


def test_only_the_stretches_asked_for_are_kept():
    stretches = Stretches(Timeline(SPEC), 20, CHANNELS, every=lambda number: 1 if number < 3 else 4)
    assert numbers_of(gap_free(SPEC, 1400), stretches) == [0, 1, 2, 4, 8, 12]
