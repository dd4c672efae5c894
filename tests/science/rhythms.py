"""Rhythms that are known to be in a recording: theta, beta, alpha, and how two are coupled."""

from __future__ import annotations

import dataclasses
import functools
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import scipy.io
import scipy.signal

from tests.recordings import recording
from tests.science.observed import Observed, observe, windows_of
from tests.science.spectra import excess_db, periodogram, signal_to_noise
from transforms.engine import StreamSpec
from transforms.recordings import RecordingSettings

Float64 = npt.NDArray[np.float64]

BANDS = ("delta_power", "theta_power", "alpha_power", "beta_power", "gamma_power")
WIDTH_HZ = {"delta": 3, "theta": 4, "alpha": 5, "beta": 17, "gamma": 15}
FIT_HZ = (2.0, 45.0)
SEGMENT_S = 2
SETTLED_S = 4.0


@dataclasses.dataclass(frozen=True)
class Rhythm:
    """A recording and the band in which it oscillates."""

    file: str
    settings: RecordingSettings
    band: str
    band_hz: tuple[float, float]


_AT_1_KHZ = RecordingSettings(signal="lfp", sampling_rate=Fraction(1000), line_hz=60)
THETA = Rhythm("neurodsp_lfp/sample_data_2.npy", _AT_1_KHZ, "theta", (4, 8))
MOTOR_BETA = Rhythm(
    "neurodsp_lfp/sample_data_1.npy",
    dataclasses.replace(_AT_1_KHZ, signal="ecog"),
    "beta",
    (13, 30),
)


def spectrum(rhythm: Rhythm) -> tuple[Float64, Float64]:
    """(n_bins,) hertz and density of `filtered`, in segments of 2 s once the filters settled."""
    seen = observe(rhythm.file, rhythm.settings)
    rate_hz = seen.spec.sampling_rate_hz
    settled = seen.windows.filtered[round(SETTLED_S * rate_hz) :, 0]
    hz, density = scipy.signal.welch(settled, rate_hz, nperseg=round(SEGMENT_S * rate_hz))
    return hz, density


def peak(rhythm: Rhythm) -> tuple[float, float]:
    """Frequency of the largest excess over the 1/f background from 2 to 45 Hz, and decibels."""
    return excess_db(*spectrum(rhythm), rhythm.band_hz, FIT_HZ)


def densities(rhythm: Rhythm) -> dict[str, float]:
    """Median of each band power over its width, in uV^2 / Hz, by the name of the band."""
    seen = observe(rhythm.file, rhythm.settings)
    late = seen.end_s > SETTLED_S
    return {
        band: float(np.nanmedian(seen.feature(f"{band}_power")[late])) / width
        for band, width in WIDTH_HZ.items()
    }


def share(rhythm: Rhythm) -> float:
    """Median share of the rhythm's band in the power from 1 to 45 Hz."""
    seen = observe(rhythm.file, rhythm.settings)
    return _median_share(seen, rhythm.band)


def alpha_share(state: str) -> float:
    """The same of alpha in BioSPPy's occipital EEG, `ec` eyes closed or `eo` open."""
    settings = RecordingSettings(signal="eeg", line_hz=None)
    return _median_share(observe(f"biosppy/eeg_{state}.txt", settings), "alpha")


def _median_share(seen: Observed, band: str) -> float:
    late = seen.end_s > SETTLED_S
    total = np.sum([seen.feature(name)[late] for name in BANDS], axis=0)
    return float(np.nanmedian(seen.feature(f"{band}_power")[late] / total))


MUSE_HZ = {"1": 30, "2": 20}
"""Flicker by the number of the marker."""
MUSE_TRIAL_S = (0.5, 2.5)
OCCIPUT = "Right AUX"


@functools.cache
def muse() -> dict[tuple[int, int], float]:
    """(looked at, measured at) in hertz -> signal-to-noise on the electrode at the occiput."""
    file = "muse_eeg_notebooks/SSVEP_subject1_session1_a.csv"
    seen = observe(file, RecordingSettings(line_hz=60))
    rate_hz, column = seen.spec.sampling_rate_hz, seen.column(OCCIPUT)
    last_s = len(seen.windows.filtered) / rate_hz - MUSE_TRIAL_S[1]
    found = {}
    for code, looked_at_hz in MUSE_HZ.items():
        onsets_s = [onset_s for onset_s in seen.onsets_s(code) if onset_s <= last_s]
        spectra = [
            periodogram(seen.filtered(t + MUSE_TRIAL_S[0], t + MUSE_TRIAL_S[1]), rate_hz)
            for t in onsets_s
        ]
        density = np.mean([one for _, one in spectra], axis=0)[:, [column]]
        for at_hz in MUSE_HZ.values():
            ratio = signal_to_noise(spectra[0][0], density, at_hz)
            found[looked_at_hz, at_hz] = float(ratio[0])
    return found


N_PHASES = 18


@functools.cache
def coupling() -> tuple[Float64, float, float]:
    """Kramer's LFP-1: how the amplitude at 80 to 120 Hz follows the phase at 5 to 7 Hz.

    Returns:
      Mean amplitude in each of 18 phases over their mean, the modulation index (Tort et al. 2010),
      and the largest index of 50 circular shifts of the amplitude, by which chance is judged.
    """
    loaded = scipy.io.loadmat(recording("kramer_case_studies/LFP-1.mat"))
    millivolt = np.ravel(loaded["LFP"])
    spec = StreamSpec("lfp", 1000, ["LFP"], line_hz=60)
    settled = windows_of(spec, 1000 * millivolt[:, None]).filtered[round(SETTLED_S * 1000) :, 0]
    phase = np.angle(_analytic(settled, 5, 7))
    amplitude = np.abs(_analytic(settled, 80, 120))
    bins = np.digitize(phase, np.linspace(-np.pi, np.pi, N_PHASES + 1)) - 1
    shifts = np.random.default_rng(0).integers(5000, len(settled) - 5000, 50)
    by_chance = [_modulation(_by_phase(np.roll(amplitude, s), bins)) for s in shifts]
    profile = _by_phase(amplitude, bins)
    return profile, _modulation(profile), max(by_chance)


def _analytic(samples: Float64, low_hz: float, high_hz: float) -> npt.NDArray[np.complex128]:
    sections = scipy.signal.butter(2, (low_hz, high_hz), "bandpass", fs=1000, output="sos")
    return np.asarray(scipy.signal.hilbert(scipy.signal.sosfiltfilt(sections, samples)))


def _by_phase(amplitude: Float64, bins: npt.NDArray[np.int64]) -> Float64:
    means = np.array([amplitude[bins == one].mean() for one in range(N_PHASES)])
    return means / means.mean()


def _modulation(profile: Float64) -> float:
    p = profile / profile.sum()
    return float(1 + (p * np.log(p)).sum() / np.log(N_PHASES))
