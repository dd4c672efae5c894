"""Muscle and movement (BioSPPy's samples)."""

from __future__ import annotations

import numpy as np

from tests.science.observed import Observed, observe
from transforms.recordings import RecordingSettings

CONTRACTIONS_S = ((35.0, 41.0), (49.0, 58.0))
"""By eye, on the raw trace and its spectrogram; nobody published labels."""
CALM_S = ((3.0, 33.0), (60.0, 100.0))
STANDARD_GRAVITY = 9.80665
"""Of acc.txt: it says m/s^2 and holds g, as the reader notices."""


def emg() -> Observed:
    """100 s of a weakly contracted muscle, in counts of its converter."""
    return observe("biosppy/emg.txt", RecordingSettings(signal="emg", line_hz=50))


def acceleration() -> Observed:
    """20 s of a sensor that is worn, three axes."""
    settings = RecordingSettings(signal="acc", line_hz=None)
    return observe("biosppy/acc.txt", settings, factor=STANDARD_GRAVITY)


def share_active(spans_s: tuple[tuple[float, float], ...]) -> float:
    """Share of the windows in these stretches of time that are marked as contracted."""
    seen = emg()
    inside = np.any([(seen.end_s > a) & (seen.end_s <= b) for a, b in spans_s], axis=0)
    return float(np.nanmean(seen.feature("emg_active")[inside, 0]))


def rms_ratio() -> float:
    """Median amplitude while contracted over that in calm."""
    seen = emg()
    rms = seen.feature("rms")[:, 0]
    inside, calm = (
        np.any([(seen.end_s > a) & (seen.end_s <= b) for a, b in spans], axis=0)
        for spans in (CONTRACTIONS_S, CALM_S)
    )
    return float(np.nanmedian(rms[inside]) / np.nanmedian(rms[calm]))
