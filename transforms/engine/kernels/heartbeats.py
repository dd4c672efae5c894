"""Heartbeats in an ECG: where the QRS complexes are, how fast the heart beats, how that varies.

After Pan and Tompkins 1985: the energy of the slope in the band of the QRS complex against a
threshold that follows the last beats. A beat is where that energy is largest, between samples.
"""

from __future__ import annotations

import math

from transforms.engine.kernels.compiling import compiled

BEATS = 256  # that are remembered: 60 s at 4 a second, and some
NEIGHBOURS = 5  # intervals of which the median says what is normal
# Rows of a channel's state; positions count samples since the last absent one.
AGE, BAND, BEFORE, SMOOTH_1, SMOOTH_2, ENERGY, TYPICAL, INSIDE = 0, 1, 5, 6, 7, 8, 9, 10
RISING, HIGHEST, FALLING, PLACE, LAST, LOWER_AT, N_BEATS = 11, 12, 13, 14, 15, 16, 17
N_QUIET, ODD, DECIDED = 18, 19, 20
# An interval is positive between normal beats, negative where it is only plausible, else 0.
TIMES, INTERVALS = 21, 21 + BEATS
N_STATE = 21 + 2 * BEATS
# Parameters: the two sections of the band-pass, then these.
SECTIONS = 10
(RATE_HZ, SMOOTHING, SLOPE, SHARE, FLOOR, LEARNING_S, REFRACTORY_S, DECIDED_S, LOST_S, LOWER_S) = (
    range(SECTIONS, SECTIONS + 10)
)
(SHORTEST_S, LONGEST_S, DEVIATION, QUIET_SHARE) = range(20, 24)
(RATE_LOOK_BACK_S, VARIABILITY_S, LEAST_INTERVALS) = range(24, 27)
N_PARAMETERS = 27
LOWERED, LARGEST, LEARNED = 0.6, 4.0, 0.125  # how the typical energy of a beat is followed
# Outputs.
HEART_RATE, RMSSD, SDNN, DECIDED_BEATS, INTERVAL = range(5)


@compiled
def follow_heartbeats(main, first, last, run, parameters, state, out):
    """A window of main, rows `first:last`, into its features.

    Args:
      run: (n_channels,) int64, unbroken samples at the window's last grid sample; 0 if absent.
      parameters: (N_PARAMETERS,) float64.
      state: (N_STATE, n_channels) float64, carried.
      out: (n_channels, 5) float64, written.
    """
    for c in range(out.shape[0]):
        before = state[N_BEATS, c]
        state[DECIDED, c] = 0.0
        for row in range(first, last):
            x = main[row, c]
            if x != x:
                state[:, c] = 0.0
            else:
                _follow_energy(x, parameters, state, c)
                _find_beat(parameters, state, c)
        if run[c] > 0:
            out[c, DECIDED_BEATS] = state[DECIDED, c]
            if state[N_BEATS, c] > before:
                at = INTERVALS + int(state[N_BEATS, c] - 1.0) % BEATS
                if state[at, c] != 0.0:
                    out[c, INTERVAL] = 1000.0 * abs(state[at, c])
            _rate_and_variability(run[c], parameters, state, out, c)


@compiled
def _follow_energy(x, parameters, state, c):
    """The smoothed energy of the slope of the band-passed signal, after one more sample."""
    for s in range(2):
        b0, b1, b2 = parameters[5 * s], parameters[5 * s + 1], parameters[5 * s + 2]
        y = b0 * x + state[BAND + 2 * s, c]
        state[BAND + 2 * s, c] = b1 * x - parameters[5 * s + 3] * y + state[BAND + 2 * s + 1, c]
        state[BAND + 2 * s + 1, c] = b2 * x - parameters[5 * s + 4] * y
        x = y
    slope = (x - state[BEFORE, c]) * parameters[SLOPE]
    state[BEFORE, c] = x
    state[SMOOTH_1, c] += parameters[SMOOTHING] * (slope * slope - state[SMOOTH_1, c])
    state[SMOOTH_2, c] += parameters[SMOOTHING] * (state[SMOOTH_1, c] - state[SMOOTH_2, c])
    state[AGE, c] += 1.0


@compiled
def _find_beat(parameters, state, c):
    """Follows the energy over the threshold to its top, and decides that this was a beat."""
    rate_hz, age, energy = parameters[RATE_HZ], state[AGE, c], state[SMOOTH_2, c]
    before, state[ENERGY, c] = state[ENERGY, c], energy
    if age <= parameters[LEARNING_S] * rate_hz:
        state[TYPICAL, c] = max(state[TYPICAL, c], energy)
        state[LOWER_AT, c] = age + parameters[LOST_S] * rate_hz
        return
    share = parameters[SHARE] * state[TYPICAL, c]
    state[N_QUIET, c] += 1.0 if energy < share else 0.0
    if state[INSIDE, c] == 0.0:
        threshold = max(share, parameters[FLOOR])
        rested = age - state[LAST, c] > parameters[REFRACTORY_S] * rate_hz
        if energy <= threshold or energy <= before or not rested:
            if age > state[LOWER_AT, c]:  # beats have become smaller, or one was an artifact
                state[TYPICAL, c] *= LOWERED
                state[LOWER_AT, c] = age + parameters[LOWER_S] * rate_hz
            return
        state[INSIDE, c], state[HIGHEST, c] = 1.0, 0.0
    if energy > state[HIGHEST, c]:
        state[RISING, c], state[HIGHEST, c], state[PLACE, c] = before, energy, age
    elif age == state[PLACE, c] + 1.0:
        state[FALLING, c] = energy
    if age - state[PLACE, c] >= parameters[DECIDED_S] * rate_hz:
        _take_beat(parameters, state, c)


@compiled
def _take_beat(parameters, state, c):
    """Remembers a beat, at the vertex of the parabola through the highest three energies."""
    a, b, d = state[RISING, c], state[HIGHEST, c], state[FALLING, c]
    curvature = a - 2.0 * b + d
    offset = 0.5 * (a - d) / curvature if curvature < 0.0 else 0.0
    place = state[PLACE, c] + min(0.5, max(-0.5, offset))
    if state[LAST, c] > 0.0:
        _take_interval(place, parameters, state, c)
    state[DECIDED, c] += 1.0
    state[LAST, c], state[INSIDE, c], state[N_QUIET, c] = place, 0.0, 0.0
    state[LOWER_AT, c] = place + parameters[LOST_S] * parameters[RATE_HZ]
    most = min(b, LARGEST * state[TYPICAL, c])  # an artifact is not learnt in full
    state[TYPICAL, c] += LEARNED * (most - state[TYPICAL, c])


@compiled
def _take_interval(place, parameters, state, c):
    """Remembers the interval that a beat ends, and what it is worth.

    Between beats the energy is low for most of the time; in noise and movement it is not. An
    interval after one that is not normal is not normal either: a pause makes up for an early beat.
    """
    samples = place - state[LAST, c]
    interval_s = samples / parameters[RATE_HZ]
    at = int(state[N_BEATS, c]) % BEATS
    state[N_BEATS, c] += 1.0
    state[TIMES + at, c] = place
    state[INTERVALS + at, c] = interval_s
    is_quiet = state[N_QUIET, c] >= parameters[QUIET_SHARE] * samples
    is_odd = not (is_quiet and _is_normal(interval_s, parameters, state, c))
    if not is_quiet or not parameters[SHORTEST_S] <= interval_s <= parameters[LONGEST_S]:
        state[INTERVALS + at, c] = 0.0
    elif is_odd or state[ODD, c] > 0.0:
        state[INTERVALS + at, c] = -interval_s
    state[ODD, c] = 1.0 if is_odd else 0.0


@compiled
def _is_normal(interval_s, parameters, state, c):
    """Whether an interval, the newest remembered, is near the median of the last few."""
    if not parameters[SHORTEST_S] <= interval_s <= parameters[LONGEST_S]:
        return False
    n = min(int(state[N_BEATS, c]), NEIGHBOURS)
    middle = interval_s
    for i in range(n):
        candidate = abs(state[INTERVALS + (int(state[N_BEATS, c]) - 1 - i) % BEATS, c])
        lower, equal = 0, 0
        for j in range(n):
            other = abs(state[INTERVALS + (int(state[N_BEATS, c]) - 1 - j) % BEATS, c])
            lower += other < candidate
            equal += other == candidate
        if lower <= (n - 1) // 2 < lower + equal:
            middle = candidate
    return abs(interval_s - middle) <= parameters[DEVIATION] * middle


@compiled
def _rate_and_variability(run, parameters, state, out, c):
    """Features from the remembered intervals: the rate from plausible ones, the rest from normal.

    Where most intervals are neither, what was taken for beats is noise.
    """
    rate_hz, age, n = parameters[RATE_HZ], state[AGE, c], int(state[N_BEATS, c])
    recent, all_recent, recent_s = 0, 0, 0.0
    normal, all_intervals, total_s, steps, squares = 0, 0, 0.0, 0, 0.0
    oldest = age - parameters[VARIABILITY_S] * rate_hz
    newest = age - parameters[RATE_LOOK_BACK_S] * rate_hz
    before_s = 0.0
    for i in range(n - min(n, BEATS), n):
        place, interval_s = state[TIMES + i % BEATS, c], state[INTERVALS + i % BEATS, c]
        if place < oldest:
            continue
        all_intervals += 1
        if place >= newest:
            all_recent += 1
            recent += 1 if interval_s != 0.0 else 0
            recent_s += abs(interval_s)
        if interval_s > 0.0:
            normal += 1
            total_s += interval_s
            if before_s > 0.0:
                steps += 1
                squares += (interval_s - before_s) * (interval_s - before_s)
        before_s = interval_s
    if run >= parameters[RATE_LOOK_BACK_S] * rate_hz and recent >= max(2, all_recent - recent):
        out[c, HEART_RATE] = 60.0 * recent / recent_s
    if run < parameters[VARIABILITY_S] * rate_hz or normal < all_intervals - normal:
        return
    if normal < parameters[LEAST_INTERVALS]:
        return
    out[c, RMSSD] = 1000.0 * math.sqrt(squares / steps) if steps > 0 else math.nan
    mean_s, spread = total_s / normal, 0.0
    for i in range(n - min(n, BEATS), n):
        interval_s = state[INTERVALS + i % BEATS, c]
        if interval_s > 0.0 and state[TIMES + i % BEATS, c] >= oldest:
            spread += (interval_s - mean_s) * (interval_s - mean_s)
    out[c, SDNN] = 1000.0 * math.sqrt(spread / normal)
