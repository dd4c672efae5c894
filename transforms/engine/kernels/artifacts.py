"""The rules by which a channel's window is flagged, from what was measured of it."""

from __future__ import annotations

from transforms.engine.flags import Flag
from transforms.engine.kernels import measuring as ms
from transforms.engine.kernels import statistics as st
from transforms.engine.kernels.compiling import compiled

# The fixed thresholds, and the integers among the parameters:
FLAT_RANGE, STEP_SHARE, LINE_RATIO, LINE_LEFT, STEP_LARGEST, MUSCLE_SHARE = range(6)
FLAT_WINDOWS, LINE_FEATURE, EXCURSION, SETTLING_SAMPLES = range(4)
NOT_STEPPED, POPPED, CUT = 0, 1, 2  # what a step was
STEP_MEMORY = 3 * ms.BASELINE_WINDOWS  # for so long a pop that decays is no drift

F_FLAT, F_SATURATED, F_POP = int(Flag.FLAT), int(Flag.SATURATED), int(Flag.POP)
F_BLINK, F_MUSCLE, F_LINE = int(Flag.BLINK), int(Flag.MUSCLE), int(Flag.LINE_NOISE)
F_DRIFT, F_SETTLING = int(Flag.DRIFT), int(Flag.SETTLING)
CUT_OFF = int(Flag.FLAT | Flag.SATURATED)
REMOVED = int(Flag.LINE_NOISE | Flag.DRIFT)  # main is free of it: no reason to learn nothing
BROKEN = int(Flag.GAP | Flag.SETTLING | Flag.FLAT | Flag.SATURATED | Flag.NONFINITE)


@compiled
def is_rail(x, limits, c):
    """Whether a sample of channel c is at an end of its converter's range.

    Beyond is not at it: no converter returns that, so the range that was named is another's.
    """
    return limits[0, c] <= x <= limits[1, c] or limits[2, c] <= x <= limits[3, c]


@compiled
def detect(
    flags, measures, thresholds, fixed, whole_numbers, limits, terms, position, solid, since,
    line, c,
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
    at = position % terms.shape[0]
    at_rail = is_rail(terms[at, st.RAW_MAX, c], limits, c) or is_rail(
        terms[at, st.RAW_MIN, c], limits, c
    )
    still = measures[ms.STILL_RANGE, c] <= fixed[FLAT_RANGE]
    if still and not at_rail:
        flags |= F_FLAT
    if measures[ms.AMPLITUDE, c] > thresholds[ms.AMPLITUDE, c]:
        flags |= whole_numbers[EXCURSION]
    if line > fixed[LINE_RATIO] and measures[ms.NOTCHED_SHARE, c] <= fixed[LINE_LEFT]:
        flags |= F_LINE
    leapt = measures[ms.STEP, c] > fixed[STEP_LARGEST]
    if at_rail or leapt or flags & BROKEN:
        return flags, still, leapt
    if since >= ms.STEP_WINDOWS:
        stepped = _stepped(terms, position, solid, measures, thresholds, fixed, c)
        if stepped != NOT_STEPPED:
            return flags | (F_POP if stepped == POPPED else 0), still, True
    undecided = terms[at, st.STEP_AFTER, c] < st.LEVEL_ROWS
    if undecided and measures[ms.STEP, c] > thresholds[ms.STEP, c]:
        return flags, still, False  # pop or muscle: the next window will tell
    is_mains = measures[ms.MUSCLE_SHARE, c] < fixed[MUSCLE_SHARE]
    tense = since > ms.MUSCLE_WINDOWS and measures[ms.MUSCLE, c] > thresholds[ms.MUSCLE, c]
    if tense and not is_mains:
        flags |= F_MUSCLE
    if since > ms.BASELINE_WINDOWS and measures[ms.BLINK, c] > thresholds[ms.BLINK, c]:
        flags |= F_BLINK
    if since > STEP_MEMORY and measures[ms.DRIFT, c] > thresholds[ms.DRIFT, c]:
        flags |= F_DRIFT
    return flags, still, False


@compiled
def _stepped(terms, position, solid, measures, thresholds, fixed, c):
    """Whether the level has shifted by one step, in this window or at the end of the one before.

    An input that is still after its step has not popped: it has been cut off.
    """
    at, before = position % terms.shape[0], (position - 1) % terms.shape[0]
    total, threshold = measures[ms.STEP_TOTAL, c], thresholds[ms.STEP, c]
    step, shift = measures[ms.STEP, c], terms[at, st.STEP_SHIFT, c]
    moves = terms[at, st.STEP_STILL, c]
    if terms[at, st.STEP_AFTER, c] < st.LEVEL_ROWS:
        step = 0.0  # the next window will tell
    if not _is_lone_step(step, shift, total, threshold, fixed):
        if solid < 2 or terms[before, st.STEP_AFTER, c] >= st.LEVEL_ROWS:
            return NOT_STEPPED
        step = terms[before, st.STEP_MAX, c]
        shift = terms[at, st.WIDE_MEAN, c] - terms[before, st.STEP_BEFORE, c]
        moves = terms[at, st.RAW_MAX, c] - terms[at, st.RAW_MIN, c]
        if not _is_lone_step(step, shift, total, threshold, fixed):
            return NOT_STEPPED
    return POPPED if moves > fixed[FLAT_RANGE] else CUT


@compiled
def _is_lone_step(step, shift, total, threshold, fixed):
    """Large enough, still there when the levels are compared, and most of all steps' energy."""
    if not threshold < step <= fixed[STEP_LARGEST]:
        return False
    return abs(shift) >= fixed[STEP_SHARE] * step and step * step >= fixed[STEP_SHARE] * total
