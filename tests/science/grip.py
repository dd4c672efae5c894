"""Three grips of a hand, seen in the cortex and the subthalamic nucleus (py_neuromodulation)."""

from __future__ import annotations

import functools

import mne
import numpy as np
import numpy.typing as npt

from tests.recordings import recording
from tests.science.observed import Observed, observe
from transforms.recordings import RecordingSettings

Float64 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

NAME = (
    "pynm_ecog_bids/sub-testsub/ses-EphysMedOff/ieeg/"
    "sub-testsub_ses-EphysMedOff_task-gripforce_run-0_ieeg.vhdr"
)
FORCE = "MOV_RIGHT"
SHARE_OF_RANGE = 0.1
"""A hand grips while its force is this share of the range above its lower quartile."""
BEFORE_S = (-1.5, -0.5)
"""Of the onset: rest. The look-backs of beta and above are 0.5 s long."""
LOOK_BACK_S = 0.5
MIN_SHIFT_S = 2.0
SETTINGS = RecordingSettings(line_hz=60, unit="pV")  # as labelled, the cortex would vary by 40 V


@functools.cache
def force() -> tuple[Float64, float]:
    """(n,) grip force in its own unit, and its rate."""
    raw = mne.io.read_raw_brainvision(recording(NAME), verbose="error")
    return np.asarray(raw.get_data(FORCE)[0]), float(raw.info["sfreq"])


def gripping() -> Mask:
    """(n,) whether the hand grips, by the rule of `SHARE_OF_RANGE`."""
    newtons, _ = force()
    low, high = np.percentile(newtons, [25, 100])
    return np.asarray(newtons > low + SHARE_OF_RANGE * (high - low))


def grips_s() -> list[tuple[float, float]]:
    """Onset and end of each grip in seconds."""
    _, rate_hz = force()
    steps = np.diff(gripping().astype(np.int8))
    onsets, ends = np.flatnonzero(steps == 1) + 1, np.flatnonzero(steps == -1) + 1
    return list(zip((onsets / rate_hz).tolist(), (ends / rate_hz).tolist(), strict=True))


def seen(signal: str) -> Observed:
    """The windows of `ecog` (6 channels) or `lfp` (3 channels)."""
    return observe(NAME, SETTINGS, signal)


def power_db(signal: str, feature: str) -> Float64:
    """(w, n_channels) a band power in decibels; NaN before its first whole look-back.

    `SETTLING` windows are used: what settles for 3.1 s is slower than 1 Hz, and the first grip
    comes after 3.2 s.
    """
    return np.asarray(10 * np.log10(seen(signal).feature(feature)))


def masks(signal: str) -> tuple[Mask, Mask]:
    """(w,) windows whose whole look-back lies in a grip, or in rest before an onset."""
    end_s = seen(signal).end_s
    grip, before = np.zeros(len(end_s), bool), np.zeros(len(end_s), bool)
    for onset_s, stop_s in grips_s():
        grip |= (end_s - LOOK_BACK_S >= onset_s - 1e-9) & (end_s <= stop_s + 1e-9)
        from_s, to_s = onset_s + BEFORE_S[0], onset_s + BEFORE_S[1]
        before |= (end_s - LOOK_BACK_S >= from_s - 1e-9) & (end_s <= to_s + 1e-9)
    return grip, before


def change_db(signal: str, feature: str) -> Float64:
    """(n_channels,) mean during the grips less mean before their onsets."""
    decibel = power_db(signal, feature)
    grip, before = masks(signal)
    return np.asarray(np.nanmean(decibel[grip], axis=0) - np.nanmean(decibel[before], axis=0))


def change_by_grip_db(signal: str, feature: str) -> Float64:
    """(n_grips, n_channels) the same for each grip by itself."""
    decibel, end_s = power_db(signal, feature), seen(signal).end_s
    grip, before = masks(signal)
    found = []
    for onset_s, stop_s in grips_s():
        during = grip & (end_s > onset_s) & (end_s <= stop_s + 1e-9)
        ahead = before & (end_s > onset_s + BEFORE_S[0]) & (end_s <= onset_s)
        found.append(np.nanmean(decibel[during], axis=0) - np.nanmean(decibel[ahead], axis=0))
    return np.stack(found)


def chance(signal: str, feature: str) -> float:
    """Probability of a mean change at least as far from none, if grips came at any other time.

    The power is shifted in a circle against the grips by every whole window from 2 s on, which
    keeps its autocorrelation; with one recording of 19 s it cannot fall below about 1 / 270.
    """
    decibel = power_db(signal, feature)
    decibel = decibel[np.isfinite(decibel).all(axis=1)].mean(axis=1)
    keep = np.isfinite(power_db(signal, feature)).all(axis=1)
    grip, before = (mask[keep] for mask in masks(signal))
    least = round(MIN_SHIFT_S / 0.05)
    shifted = [
        np.roll(decibel, shift)[grip].mean() - np.roll(decibel, shift)[before].mean()
        for shift in (0, *range(least, len(decibel) - least))
    ]
    return float(np.mean(np.abs(shifted) >= abs(shifted[0])))


def around_onsets_db(signal: str, feature: str) -> tuple[Float64, Float64]:
    """Time from onset (t,) and (t, n_channels) power, less its mean before, averaged over grips."""
    decibel, end_s = power_db(signal, feature), seen(signal).end_s
    at_s = np.arange(-1.5, 2.0, 0.05)
    rows = [np.searchsorted(end_s, onset_s + at_s) for onset_s, _ in grips_s()]
    _, before = masks(signal)
    level = np.nanmean(decibel[before], axis=0)
    return at_s, np.nanmean([decibel[row] for row in rows], axis=0) - level
