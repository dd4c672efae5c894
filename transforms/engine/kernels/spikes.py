"""Action potentials of microelectrodes: noise, threshold crossings, and their rate."""

from __future__ import annotations

from transforms.engine.kernels.compiling import compiled

LOOK_BACK = 20  # windows
# Rows of a channel's state: windows in a row without an absent sample, samples until a crossing
# counts again, and for each of the last windows its own noise and its crossings.
SOLID, HOLD, NOISES, COUNTS = 0, 1, 2, 2 + LOOK_BACK
N_STATE = 2 + 2 * LOOK_BACK
# Parameters.
THRESHOLD, MAD_TO_SD, DEAD_SAMPLES, FLOOR = range(4)
# Outputs.
NOISE, CROSSINGS, RATE = range(3)


@compiled
def follow_spikes(main, first, last, whole, parameters, state, scratch, out):
    """A window of main, rows `first:last`, into its features.

    Args:
      whole: (n_channels,) bool, whether no sample is absent and the window is of full length.
      parameters: threshold in noise levels (negative), median absolute value to standard deviation,
        dead time in samples, least noise that counts for the threshold.
      state: (N_STATE, n_channels) float64, carried; SOLID is brought up to date by the caller.
      scratch: (rows of the longest window,) float64.
      out: (n_channels, 3) float64, written.
    """
    for c in range(out.shape[0]):
        if not whole[c]:
            state[HOLD, c] = 0.0
            continue
        solid = int(state[SOLID, c])
        for row in range(first, last):
            scratch[row - first] = abs(main[row, c])
        at = (solid - 1) % LOOK_BACK
        state[NOISES + at, c] = median_of(scratch, last - first) * parameters[MAD_TO_SD]
        if solid < LOOK_BACK:
            continue
        for i in range(LOOK_BACK):
            scratch[i] = state[NOISES + i, c]
        noise = median_of(scratch, LOOK_BACK)
        level = parameters[THRESHOLD] * max(noise, parameters[FLOOR])
        count = _crossings(main, first, last, level, parameters[DEAD_SAMPLES], state, c)
        state[COUNTS + at, c] = count
        out[c, NOISE], out[c, CROSSINGS] = noise, count
        if solid >= 2 * LOOK_BACK - 1:
            total = 0.0
            for i in range(LOOK_BACK):
                total += state[COUNTS + i, c]
            out[c, RATE] = total  # in a second


@compiled
def _crossings(main, first, last, level, dead, state, c):
    """Falls below `level`; within the dead time after one that counted they do not count."""
    count, hold = 0.0, state[HOLD, c]
    before = main[first - 1, c]
    for row in range(first, last):
        x = main[row, c]
        hold -= 1.0
        if x < level and before >= level and hold < 0.0:
            count += 1.0
            hold = dead
        before = x
    state[HOLD, c] = max(hold, 0.0)
    return count


@compiled
def median_of(values, n):
    """Median of the first n values, which it puts in another order."""
    upper = select(values, n, n // 2)
    if n % 2:
        return upper
    lower = values[0]  # everything before the middle is at most `upper`
    for i in range(1, n // 2):
        lower = max(lower, values[i])
    return 0.5 * (lower + upper)


@compiled
def select(values, n, k):
    """The k-th smallest (Hoare 1961); smaller ones end up before it, larger ones after it."""
    low, high = 0, n - 1
    while low < high:
        pivot = values[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while pivot < values[j]:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if k <= j:
            high = j
        elif k >= i:
            low = i
        else:
            break
    return values[k]
