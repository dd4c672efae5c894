"""Which features are followed over time, by channel and around markers, and what is averaged."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from transforms.engine import BY_NAME, Flag, Profile, WindowBatch
from transforms.report.kinds import SPOILS_POWER

Float32 = npt.NDArray[np.float32]

PREFERRED = {
    "spikes": ("spike_rate_hz", "noise_uv"),
    "emg": ("rms", "median_frequency", "emg_active"),
    "ecg": ("heart_rate_bpm", "rmssd_ms", "sdnn_ms"),
    "acc": ("movement", "magnitude"),  # the mean of three axes' tilts tells nothing of any
}
OTHERWISE = ("rms", "median_frequency")  # where a kind has none of its own

# Strengths differ by factors, so their logarithms are averaged; rates, angles and shares by
# differences, and they may be zero.
LOGARITHMIC = ("rms", "noise_uv")

# What spoils another signal is what an accelerometer is there to see.
SPOILS_MOVEMENT = Flag.GAP | Flag.SETTLING | Flag.FLAT | Flag.SATURATED | Flag.NONFINITE

LARGEST = 1e9
"""Values beyond are not followed: sums of them could overflow."""


def trend_names(profile: Profile) -> tuple[str, ...]:
    """The features that are followed for a kind of signal."""
    bands = tuple(name for name in profile.features if name.endswith("_power"))
    own = tuple(n for n in PREFERRED.get(profile.signal, ()) if n in profile.features)
    return bands or own or tuple(name for name in OTHERWISE if name in profile.features)


def is_logarithmic(name: str) -> bool:
    """Whether a feature's logarithm is averaged."""
    return name.endswith("_power") or name in LOGARITHMIC


def spoiling(signal: str) -> Flag:
    """The flags of windows that are left out of averages of a kind of signal."""
    return SPOILS_MOVEMENT if signal == "acc" else SPOILS_POWER


def is_strength(name: str) -> bool:
    """Whether a feature is a power or an amplitude of the signal."""
    return BY_NAME[name].unit.startswith("uV")


def trend_values(batch: WindowBatch, names: tuple[str, ...], spoils: Flag) -> Float32:
    """What is averaged of each window: decimal logarithms, or the values themselves.

    Returns:
      (w, n_channels, len(names)) float32; not finite where the window is spoilt or the feature is
      not known, or, of those averaged by logarithm, not positive.
    """
    at = [batch.feature_names.index(name) for name in names]
    values = batch.features[:, :, at].astype(np.float32)
    spoilt = batch.flags & np.uint32(spoils) != 0
    with np.errstate(divide="ignore", invalid="ignore"):
        if all(map(is_logarithmic, names)):
            np.log10(values, out=values)
        else:
            for k, name in enumerate(names):
                column = values[:, :, k]
                values[:, :, k] = np.log10(column) if is_logarithmic(name) else column
            values[np.abs(values) > LARGEST] = np.nan
    np.copyto(values, np.nan, where=spoilt[:, :, None])
    return values
