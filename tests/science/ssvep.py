"""Flicker at 13, 17 and 21 Hz in the visual cortex (Kalunga et al. 2016, subject 3)."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import numpy.typing as npt

from tests.science.observed import observe
from tests.science.spectra import periodogram, signal_to_noise
from transforms.recordings import RecordingSettings

Float64 = npt.NDArray[np.float64]

FOLDER = "kalunga2016_ssvep/subject03"
SESSIONS = ("record-[2012.07.11-15.25.23]", "record-[2012.07.11-15.33.08]")
REST = 0
FREQUENCY_HZ = {"1": REST, "2": 13, "3": 21, "4": 17}
"""By the number in the events file."""
STIMULI_HZ = (13, 17, 21)
OCCIPITAL = ("Oz", "O1", "O2", "POz")
TRIAL_S = (2.0, 5.0)
"""After the onset of the flicker: the response has built up, and lasts until the trial ends."""


@dataclasses.dataclass(frozen=True, eq=False)
class Trials:
    """Stretches of our windows' `filtered` samples.

    Attributes:
      samples: (n_trials, n_samples, n_channels) microvolt.
      flicker_hz: (n_trials,) what was looked at, or `REST`.
      session: (n_trials,) 0 or 1.
    """

    samples: Float64
    flicker_hz: npt.NDArray[np.int64]
    session: npt.NDArray[np.int64]
    rate_hz: float
    occipital: list[int]


@functools.cache
def trials() -> Trials:
    """All trials of both sessions."""
    settings = RecordingSettings(unit="mV")  # the file says V; scalp EEG is not 6 mV
    cut, flicker_hz, session = [], [], []
    for number, name in enumerate(SESSIONS):
        seen = observe(f"{FOLDER}/{name}_raw.fif", settings)
        for code, hz in FREQUENCY_HZ.items():
            for onset_s in seen.onsets_s(code):
                cut.append(seen.filtered(onset_s + TRIAL_S[0], onset_s + TRIAL_S[1]))
                flicker_hz.append(hz)
                session.append(number)
    rate_hz = seen.spec.sampling_rate_hz
    occipital = seen.columns(*OCCIPITAL)
    return Trials(np.stack(cut), np.array(flicker_hz), np.array(session), rate_hz, occipital)


def mean_spectrum(looked_at_hz: int) -> tuple[Float64, Float64]:
    """(n_bins,) hertz and (n_bins, n_channels) density, averaged over the trials of a class."""
    one = trials()
    of_class = one.samples[one.flicker_hz == looked_at_hz]
    spectra = [periodogram(trial, one.rate_hz) for trial in of_class]
    return spectra[0][0], np.mean([density for _, density in spectra], axis=0)


@functools.cache
def stands_out() -> dict[tuple[int, int], Float64]:
    """(looked at, measured at) in hertz -> signal-to-noise of `OCCIPITAL`, (4,)."""
    found = {}
    for looked_at_hz in (REST, *STIMULI_HZ):
        hz, density = mean_spectrum(looked_at_hz)
        for at_hz in (*STIMULI_HZ, *(2 * f for f in STIMULI_HZ)):
            ratio = signal_to_noise(hz, density[:, trials().occipital], at_hz)
            found[looked_at_hz, at_hz] = ratio
    return found


def canonical_correlation(samples: Float64, rate_hz: float, at_hz: float) -> float:
    """The largest correlation of any mixture of channels with a sine and its second harmonic.

    Canonical correlation analysis without training (Lin et al. 2006).
    """
    angle = 2 * np.pi * at_hz * np.arange(len(samples)) / rate_hz
    waves = np.column_stack([f(k * angle) for k in (1, 2) for f in (np.sin, np.cos)])
    left, _ = np.linalg.qr(samples - samples.mean(axis=0))
    right, _ = np.linalg.qr(waves - waves.mean(axis=0))
    return float(np.linalg.svd(left.T @ right, compute_uv=False)[0])


@functools.cache
def correlations() -> Float64:
    """(n_trials, 3) canonical correlation of all channels with each stimulus."""
    one = trials()
    return np.array(
        [[canonical_correlation(t, one.rate_hz, hz) for hz in STIMULI_HZ] for t in one.samples]
    )


def accuracy_of_three() -> float:
    """Share of stimulated trials whose own frequency correlates most; nothing is trained."""
    one = trials()
    stimulated = one.flicker_hz != REST
    guess = np.array(STIMULI_HZ)[correlations().argmax(axis=1)]
    return float((guess == one.flicker_hz)[stimulated].mean())


def accuracy_of_four() -> float:
    """The same with rest: below a correlation that is learnt on the other session only."""
    one = trials()
    highest = correlations().max(axis=1)
    guess = np.array(STIMULI_HZ)[correlations().argmax(axis=1)]
    for session in (0, 1):
        there, here = one.session != session, one.session == session
        least = _best_split(highest[there], one.flicker_hz[there] == REST)
        guess[here & (highest < least)] = REST
    return float((guess == one.flicker_hz).mean())


def _best_split(values: Float64, is_low: npt.NDArray[np.bool_]) -> float:
    """The value midway between two neighbours that tells low from high with fewest errors."""
    ordered = np.sort(values)
    middles = (ordered[1:] + ordered[:-1]) / 2
    errors = [((values < middle) != is_low).sum() for middle in middles]
    return float(middles[np.argmin(errors)])
