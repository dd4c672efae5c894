"""Stage three: flags, window after window, and the thresholds that follow each channel.

What a detector measures is kept as one byte for each of the last 600 emitted windows, 32 steps an
octave from 1/16 to 16 times the profile's default: the median of a histogram of bytes costs nothing
and is exact to 3 %.
"""

from __future__ import annotations

import math

import numpy as np

from transforms.engine.flags import Flag
from transforms.engine.kernels import statistics as st
from transforms.engine.kernels.compiling import compiled

MEMORY = 600  # emitted windows that a threshold looks back on: 30 s
RENEWAL = 20  # emitted windows between renewals: 1 s
ENOUGH = 100  # clean windows below which the defaults hold: 5 s
AMPLITUDE, STEP, MUSCLE, BLINK, DRIFT = range(5)  # rows of what is measured
N_METRICS = 5
DEFAULT, FACTOR, FLOOR = range(3)  # columns of the adaptive thresholds' parameters
FLAT_RANGE, STEP_SHARE, LINE_RATIO, LINE_LEFT, STEP_LARGEST, MUSCLE_SHARE = range(
    6
)  # the fixed thresholds
FLAT_WINDOWS, LINE_FEATURE, EXCURSION, SETTLING_SAMPLES = range(
    4
)  # the integers among the parameters
RELEARN = 400  # flagged windows after which a scale is learnt again: 20 s
FLAGGED, CLEAN, UNUSABLE = 0, 1, 2  # what a window was
NOT_STEPPED, POPPED, CUT = 0, 1, 2  # what a step was

F_FLAT, F_SATURATED, F_POP = int(Flag.FLAT), int(Flag.SATURATED), int(Flag.POP)
F_BLINK, F_MUSCLE, F_LINE = int(Flag.BLINK), int(Flag.MUSCLE), int(Flag.LINE_NOISE)
F_DRIFT = int(Flag.DRIFT)
F_SETTLING, CUT_OFF = int(Flag.SETTLING), int(Flag.FLAT | Flag.SATURATED)
REMOVED = int(Flag.LINE_NOISE | Flag.DRIFT)  # main is free of it: no reason to learn nothing
BROKEN = int(Flag.GAP | Flag.SETTLING | Flag.FLAT | Flag.SATURATED | Flag.NONFINITE)

STEP_WINDOWS = 5  # a pop's step against the steps of 250 ms
MUSCLE_WINDOWS = 5  # 250 ms: at 128 Hz the band above 30 Hz is narrow, a shorter mean too rough
NOTCHED_WINDOWS = 4  # 200 ms
BLINK_WINDOWS = 5  # a lid closes within 250 ms
BASELINE_WINDOWS = 20  # the baseline is the mean of 1 s
LONGEST = 2 * BASELINE_WINDOWS  # windows of terms that the detectors look back on
STEP_MEMORY = 3 * BASELINE_WINDOWS  # a pop that decays is no drift


@compiled
def measure(terms, position, solid, c, metrics):
    """What the adaptive detectors compare, for channel c; NaN where there is not enough of it."""
    ring = terms.shape[0]
    newest = terms[position % ring]
    metrics[AMPLITUDE] = newest[st.PEAK, c]
    metrics[STEP] = newest[st.STEP_MAX, c]
    metrics[MUSCLE] = np.nan
    metrics[BLINK] = np.nan
    if solid >= MUSCLE_WINDOWS:
        energy, count = 0.0, 0.0
        for i in range(MUSCLE_WINDOWS):
            slot = terms[(position - i) % ring]
            energy += slot[st.MUSCLE_ENERGY, c]
            count += slot[st.COUNT, c]
        metrics[MUSCLE] = math.sqrt(energy / count)
    if solid >= BLINK_WINDOWS:
        low, high = np.inf, -np.inf
        for i in range(BLINK_WINDOWS - 1):  # means of 100 ms: alpha at 10 Hz cancels
            a, b = terms[(position - i) % ring], terms[(position - i - 1) % ring]
            mean = 0.5 * (a[st.MEAN, c] + b[st.MEAN, c])
            low, high = min(low, mean), max(high, mean)
        metrics[BLINK] = high - low
    metrics[DRIFT] = np.nan
    if solid >= LONGEST:
        change = 0.0
        for i in range(BASELINE_WINDOWS):
            change += terms[(position - i) % ring][st.RAW_MEAN, c]
            change -= terms[(position - i - BASELINE_WINDOWS) % ring][st.RAW_MEAN, c]
        metrics[DRIFT] = abs(change) / BASELINE_WINDOWS


@compiled
def encode(ratio):
    """A positive ratio as a byte; beyond 1/16 and 16 the ends."""
    if not ratio > 0.0625:
        return 0
    if ratio >= 16.0:
        return 255
    mantissa, exponent = math.frexp(ratio)
    return (exponent + 3) * 32 + int((mantissa - 0.5) * 64.0)


@compiled
def decode(code):
    """The middle of a byte's step."""
    return math.ldexp(0.5 + (code % 32 + 0.5) / 64.0, code // 32 - 3)


@compiled
def median(histogram, count):
    """The lower median of `count` bytes."""
    below = 0
    for code in range(256):
        below += histogram[code]
        if 2 * below >= count:
            return decode(code)
    return decode(255)


@compiled
def detect(
    flags, metrics, thresholds, fixed, whole_numbers, limits, terms, position, solid, since, line, c
):  # fmt: skip
    """The flags of channel c, added to those that follow from single samples.

    Args:
      thresholds: (N_METRICS, n_channels) in force.
      since: windows since the input last stepped: what the filters make of a step is no muscle, no
        blink and no drift.
      line: the mains ratio.

    Returns:
      The flags; whether the input is still, at whatever level; whether it stepped.
    """
    newest = terms[position % terms.shape[0]]
    at_rail = newest[st.RAW_MAX, c] >= limits[1, c] or newest[st.RAW_MIN, c] <= limits[0, c]
    still = _is_still(terms, position, solid, whole_numbers[FLAT_WINDOWS], fixed[FLAT_RANGE], c)
    if still and not at_rail:
        flags |= F_FLAT
    if metrics[AMPLITUDE] > thresholds[AMPLITUDE, c]:
        flags |= whole_numbers[EXCURSION]
    if line > fixed[LINE_RATIO] and _is_notched(terms, position, fixed[LINE_LEFT], c):
        flags |= F_LINE
    leapt = metrics[STEP] > fixed[STEP_LARGEST]
    if at_rail or leapt or flags & BROKEN:
        return flags, still, leapt
    if since >= STEP_WINDOWS:
        stepped = _stepped(terms, position, solid, thresholds[STEP, c], fixed, c)
        if stepped != NOT_STEPPED:
            return flags | (F_POP if stepped == POPPED else 0), still, True
    if newest[st.STEP_AFTER, c] < st.LEVEL_ROWS and metrics[STEP] > thresholds[STEP, c]:
        return flags, still, False  # pop or muscle: the next window will tell
    if since > MUSCLE_WINDOWS and metrics[MUSCLE] > thresholds[MUSCLE, c]:
        if not _is_mains(terms, position, fixed[MUSCLE_SHARE], c):
            flags |= F_MUSCLE
    if since > BASELINE_WINDOWS and metrics[BLINK] > thresholds[BLINK, c]:
        flags |= F_BLINK
    if since > STEP_MEMORY and metrics[DRIFT] > thresholds[DRIFT, c]:
        flags |= F_DRIFT
    return flags, still, False


@compiled
def _stepped(terms, position, solid, threshold, fixed, c):
    """Whether the level has shifted by one step, in this window or at the end of the one before.

    An input that is still after its step has not popped: it has been cut off.
    """
    newest = terms[position % terms.shape[0]]
    before = terms[(position - 1) % terms.shape[0]]
    step, shift, moves = newest[st.STEP_MAX, c], newest[st.STEP_SHIFT, c], newest[st.STEP_STILL, c]
    if newest[st.STEP_AFTER, c] < st.LEVEL_ROWS:
        step = 0.0  # the next window will tell
    if not _is_lone_step(terms, position, solid, step, shift, threshold, fixed, c):
        if solid < 2 or before[st.STEP_AFTER, c] >= st.LEVEL_ROWS:
            return NOT_STEPPED
        step, shift = before[st.STEP_MAX, c], newest[st.WIDE_MEAN, c] - before[st.STEP_BEFORE, c]
        moves = newest[st.RAW_MAX, c] - newest[st.RAW_MIN, c]
        if not _is_lone_step(terms, position, solid, step, shift, threshold, fixed, c):
            return NOT_STEPPED
    return POPPED if moves > fixed[FLAT_RANGE] else CUT


@compiled
def _is_lone_step(terms, position, solid, step, shift, threshold, fixed, c):
    if not threshold < step <= fixed[STEP_LARGEST] or abs(shift) < fixed[STEP_SHARE] * step:
        return False
    energy = 0.0
    for i in range(min(solid, STEP_WINDOWS)):
        energy += terms[(position - i) % terms.shape[0]][st.STEP_ENERGY, c]
    return step * step >= fixed[STEP_SHARE] * energy


@compiled
def _is_mains(terms, position, smallest_share, c):
    """Whether a sinusoid at the mains frequency explains most of the high path: mains come or go."""
    rest, high = 0.0, 0.0
    for i in range(MUSCLE_WINDOWS):
        slot = terms[(position - i) % terms.shape[0]]
        rest += slot[st.MUSCLE_ENERGY, c]
        high += slot[st.HIGH_ENERGY, c]
    return rest < smallest_share * high


@compiled
def _is_notched(terms, position, largest_share, c):
    """Whether the notch takes most of what is there now; mains that have gone leave it ringing."""
    main, wide = 0.0, 0.0
    for i in range(NOTCHED_WINDOWS):
        slot = terms[(position - i) % terms.shape[0]]
        main += slot[st.M2, c]
        wide += slot[st.WIDE_M2, c]
    return main <= largest_share * wide


@compiled
def _is_still(terms, position, solid, windows, largest_range, c):
    if solid < windows:
        return False
    low, high = np.inf, -np.inf
    for i in range(windows):
        slot = terms[(position - i) % terms.shape[0]]
        low, high = min(low, slot[st.RAW_MIN, c]), max(high, slot[st.RAW_MAX, c])
    return high - low <= largest_range


@compiled
def remember(kind, metrics, adaptive, position, codes, kinds, histogram, counts, c):
    """Puts a window of channel c in the place of the one 600 before it."""
    at = position % MEMORY
    counts[kinds[at, c], c] -= 1
    counts[kind, c] += 1
    for m in range(N_METRICS):
        if kinds[at, c] == CLEAN:
            histogram[c, m, codes[at, m, c]] -= 1
        codes[at, m, c] = encode(metrics[m] / adaptive[m, DEFAULT])
        if kind == CLEAN:
            histogram[c, m, codes[at, m, c]] += 1
    kinds[at, c] = kind


@compiled
def renew(adaptive, codes, kinds, histogram, counts, thresholds, c):
    """New thresholds for channel c.

    Where hardly any of the remembered windows was clean, what was flagged is the channel's new
    scale: it is learnt as if it had been clean.
    """
    if counts[CLEAN, c] < ENOUGH and counts[FLAGGED, c] >= RELEARN:
        for at in range(MEMORY):
            if kinds[at, c] == FLAGGED:
                kinds[at, c] = CLEAN
                for m in range(N_METRICS):
                    histogram[c, m, codes[at, m, c]] += 1
        counts[CLEAN, c] += counts[FLAGGED, c]
        counts[FLAGGED, c] = 0
    for m in range(N_METRICS):
        thresholds[m, c] = adaptive[m, DEFAULT]
        if counts[CLEAN, c] >= ENOUGH:
            scale = median(histogram[c, m], counts[CLEAN, c]) * adaptive[m, DEFAULT]
            thresholds[m, c] = max(adaptive[m, FLOOR], adaptive[m, FACTOR] * scale)


@compiled
def recount(codes, kinds, histogram, counts):
    """Histogram and counts again from what is remembered."""
    histogram[:] = 0
    counts[:] = 0
    for at in range(MEMORY):
        for c in range(kinds.shape[1]):
            counts[kinds[at, c], c] += 1
            if kinds[at, c] == CLEAN:
                for m in range(N_METRICS):
                    histogram[c, m, codes[at, m, c]] += 1
