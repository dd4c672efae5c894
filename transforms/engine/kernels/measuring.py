"""What the artifact detectors look at, for all channels of a window at once.

Every row of the result is NaN for channels that have not been present for long enough.
"""

from __future__ import annotations

import numpy as np

from transforms.engine.kernels import statistics as st
from transforms.engine.kernels.compiling import compiled

# Rows of what is measured. The first five have a scale of their own, which is learnt:
AMPLITUDE, STEP, MUSCLE, BLINK, DRIFT = range(5)
N_METRICS = 5
# ... the rest are compared with fixed thresholds:
STILL_RANGE, STEP_TOTAL, NOTCHED_SHARE, MUSCLE_SHARE = range(5, 9)
N_MEASURES = 9

STEP_WINDOWS = 5  # a pop's step against the steps of 250 ms
MUSCLE_WINDOWS = 5  # 250 ms: at 128 Hz the band above 30 Hz is narrow, a shorter mean too rough
NOTCHED_WINDOWS = 4  # 200 ms
BLINK_WINDOWS = 5  # a lid closes within 250 ms
BASELINE_WINDOWS = 20  # the baseline is the mean of 1 s
LONGEST = 2 * BASELINE_WINDOWS  # windows of terms that are looked back on


@compiled
def measure(terms, position, flat_windows, solid, measures):
    """Measures the window at `position`.

    Args:
      terms: (ring of windows, N_TERMS, n_channels).
      solid: (n_channels,) int64, windows in a row without an absent sample, this one included.
      measures: (N_MEASURES, n_channels) float64, written.
    """
    newest = position % terms.shape[0]
    for c in range(solid.size):
        measures[AMPLITUDE, c] = terms[newest, st.PEAK, c]
        measures[STEP, c] = terms[newest, st.STEP_MAX, c]
    _steps(terms, position, solid, measures)
    _muscle(terms, position, solid, measures)
    _mains(terms, position, measures)
    _blink(terms, position, solid, measures)
    _drift(terms, position, solid, measures)
    _stillness(terms, position, flat_windows, solid, measures)


@compiled
def _steps(terms, position, solid, measures):
    """Energy of the steps of the last windows."""
    measures[STEP_TOTAL, :] = 0.0
    for i in range(STEP_WINDOWS):
        slot = (position - i) % terms.shape[0]
        for c in range(solid.size):
            energy = terms[slot, st.STEP_ENERGY, c]
            measures[STEP_TOTAL, c] += energy if i < solid[c] else 0.0


@compiled
def _muscle(terms, position, solid, measures):
    """Root mean square of the high path less mains, and its share of all of the high path."""
    high, count = np.zeros(solid.size), 0.0
    measures[MUSCLE, :] = 0.0
    for i in range(MUSCLE_WINDOWS):
        slot = (position - i) % terms.shape[0]
        count += terms[slot, st.COUNT, 0]
        for c in range(solid.size):
            measures[MUSCLE, c] += terms[slot, st.MUSCLE_ENERGY, c]
            high[c] += terms[slot, st.HIGH_ENERGY, c]
    for c in range(solid.size):
        measures[MUSCLE_SHARE, c] = measures[MUSCLE, c] / high[c]
        rms = np.sqrt(measures[MUSCLE, c] / count)
        measures[MUSCLE, c] = rms if solid[c] >= MUSCLE_WINDOWS else np.nan


@compiled
def _mains(terms, position, measures):
    """What the notch leaves of the variance: mains that have gone leave it ringing."""
    wide = np.zeros(measures.shape[1])
    measures[NOTCHED_SHARE, :] = 0.0
    for i in range(NOTCHED_WINDOWS):
        slot = (position - i) % terms.shape[0]
        for c in range(wide.size):
            measures[NOTCHED_SHARE, c] += terms[slot, st.M2, c]
            wide[c] += terms[slot, st.WIDE_M2, c]
    for c in range(wide.size):
        measures[NOTCHED_SHARE, c] /= wide[c]


@compiled
def _blink(terms, position, solid, measures):
    """Range of the 100 ms means of main, in which alpha at 10 Hz cancels."""
    low, high = np.full(solid.size, np.inf), np.full(solid.size, -np.inf)
    for i in range(BLINK_WINDOWS - 1):
        slot, before = (position - i) % terms.shape[0], (position - i - 1) % terms.shape[0]
        for c in range(solid.size):
            mean = 0.5 * (terms[slot, st.MEAN, c] + terms[before, st.MEAN, c])
            low[c] = mean if mean < low[c] else low[c]
            high[c] = mean if mean > high[c] else high[c]
    for c in range(solid.size):
        measures[BLINK, c] = high[c] - low[c] if solid[c] >= BLINK_WINDOWS else np.nan


@compiled
def _drift(terms, position, solid, measures):
    """Change of the mean of raw over 1 s against the second before."""
    measures[DRIFT, :] = 0.0
    for i in range(BASELINE_WINDOWS):
        slot = (position - i) % terms.shape[0]
        before = (position - i - BASELINE_WINDOWS) % terms.shape[0]
        for c in range(solid.size):
            measures[DRIFT, c] += terms[slot, st.RAW_MEAN, c] - terms[before, st.RAW_MEAN, c]
    for c in range(solid.size):
        change = abs(measures[DRIFT, c]) / BASELINE_WINDOWS
        measures[DRIFT, c] = change if solid[c] >= LONGEST else np.nan


@compiled
def _stillness(terms, position, windows, solid, measures):
    """Range of raw over the windows in which stillness is looked for."""
    low, high = np.full(solid.size, np.inf), np.full(solid.size, -np.inf)
    for i in range(windows):
        slot = (position - i) % terms.shape[0]
        for c in range(solid.size):
            least, most = terms[slot, st.RAW_MIN, c], terms[slot, st.RAW_MAX, c]
            low[c] = least if least < low[c] else low[c]
            high[c] = most if most > high[c] else high[c]
    for c in range(solid.size):
        measures[STILL_RANGE, c] = high[c] - low[c] if solid[c] >= windows else np.nan
