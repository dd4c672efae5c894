"""Imagined movement of the left or right fist (PhysioNet eegmmidb S001; Schalk et al. 2004)."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import numpy.typing as npt
import scipy.stats

from tests.science.observed import WINDOW_S, Observed, observe
from transforms.recordings import RecordingSettings

Float64 = npt.NDArray[np.float64]

RUNS = ("S001R04", "S001R08", "S001R12")
SIDES = {"T1": "left", "T2": "right"}
DURING_S, BEFORE_S = (1.5, 4.0), (-2.0, 0.0)
"""Of the cue: windows that end in here. Look-backs are up to 1 s, trials and rests 4.1 s long."""
FEATURES = ("alpha_power", "beta_power")


@dataclasses.dataclass(frozen=True, eq=False)
class Imagined:
    """One number a trial and channel, in decibels, by the name of the feature.

    Attributes:
      side: (n_trials,) `left` or `right`.
      during, change: (n_trials, n_channels) level, and level less that of the rest before.
      observed: one of the runs, for the names of the channels.
    """

    side: npt.NDArray[np.str_]
    during: dict[str, Float64]
    change: dict[str, Float64]
    observed: Observed


@functools.cache
def imagined() -> Imagined:
    """All 45 trials of the three runs."""
    sides: list[str] = []
    during: dict[str, list[Float64]] = {name: [] for name in FEATURES}
    before: dict[str, list[Float64]] = {name: [] for name in FEATURES}
    for run in RUNS:
        seen = observe(f"physionet_eegmmidb_S001/{run}.edf", RecordingSettings(line_hz=60))
        for description, side in SIDES.items():
            for cue_s in seen.onsets_s(description):
                sides.append(side)
                for name in FEATURES:
                    during[name].append(_level_db(seen, name, cue_s, DURING_S))
                    before[name].append(_level_db(seen, name, cue_s, BEFORE_S))
    level = {name: np.stack(rows) for name, rows in during.items()}
    change = {name: level[name] - np.stack(before[name]) for name in FEATURES}
    return Imagined(np.array(sides), level, change, seen)


def _level_db(seen: Observed, name: str, cue_s: float, span_s: tuple[float, float]) -> Float64:
    inside = (seen.end_s > cue_s + span_s[0]) & (seen.end_s <= cue_s + span_s[1])
    if inside.sum() < (span_s[1] - span_s[0]) / WINDOW_S - 1:
        raise ValueError(f"the cue at {cue_s} s; expected whole trials")
    return np.asarray((10 * np.log10(seen.feature(name)[inside])).mean(axis=0))


def desynchronisation(name: str, channel: str) -> tuple[float, float]:
    """Mean change of a power over all trials in decibels, and its t."""
    trials = imagined()
    change = trials.change[name][:, trials.observed.column(channel)]
    return float(change.mean()), float(scipy.stats.ttest_1samp(change, 0.0).statistic)


def lateralisation(name: str, left: str = "C3", right: str = "C4") -> tuple[float, float]:
    """How much more the hemisphere opposite to the fist is suppressed, decibels, and its p.

    (left - right electrode) with the left fist less the same with the right fist; two-sided
    permutation of the sides, 9,999 times.
    """
    trials = imagined()
    columns = trials.observed.columns(left, right)
    difference = trials.during[name][:, columns[0]] - trials.during[name][:, columns[1]]
    is_left = trials.side == "left"

    def statistic(a: Float64, b: Float64, axis: int = 0) -> Float64:
        return np.asarray(a.mean(axis=axis) - b.mean(axis=axis))

    test = scipy.stats.permutation_test(
        (difference[is_left], difference[~is_left]),
        statistic,
        vectorized=True,
        n_resamples=9999,
        rng=np.random.default_rng(0),
    )
    return float(test.statistic), float(test.pvalue)
