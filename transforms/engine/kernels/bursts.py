"""Contractions of a muscle: whether it is active, and when it becomes so."""

from __future__ import annotations

from transforms.engine.kernels.compiling import compiled

SMOOTH = 5  # windows over which the energy at rest is averaged: 250 ms
MEMORY = 200  # windows in which rest is looked for: 10 s
LEAST = 20  # windows of it that are needed: 1 s
# Rows of a channel's state: windows in a row without an absent sample, windows since the muscle was
# last active, energies of the last windows, averages of the last windows.
SOLID, SINCE, ENERGIES, AVERAGES = 0, 1, 2, 2 + SMOOTH
N_STATE = 2 + SMOOTH + MEMORY
# Parameters.
RATIO, FLOOR, QUIET = range(3)
# Outputs.
ACTIVE, ONSET = range(2)


@compiled
def follow_bursts(main, first, last, whole, parameters, state, out):
    """A window of main, rows `first:last`, into its features.

    Args:
      whole: (n_channels,) bool, whether no sample is absent and the window is of full length.
      parameters: energy over energy at rest from which a muscle is active, least energy at rest,
        windows of rest before an onset.
      state: (N_STATE, n_channels) float64, carried; SOLID is brought up to date by the caller.
      out: (n_channels, 2) float64, written.
    """
    for c in range(out.shape[0]):
        if not whole[c]:
            state[SINCE, c] = 0.0
            continue
        solid = int(state[SOLID, c])
        energy = 0.0
        for row in range(first, last):
            energy += main[row, c] * main[row, c]
        energy /= last - first
        state[ENERGIES + (solid - 1) % SMOOTH, c] = energy
        if solid < SMOOTH:
            continue
        total = 0.0
        for i in range(SMOOTH):
            total += state[ENERGIES + i, c]
        averages = solid - SMOOTH + 1
        state[AVERAGES + (averages - 1) % MEMORY, c] = total / SMOOTH
        if averages < LEAST:
            continue
        rest = state[AVERAGES, c]
        for i in range(1, min(averages, MEMORY)):
            rest = min(rest, state[AVERAGES + i, c])
        active = energy > parameters[RATIO] * max(rest, parameters[FLOOR])
        begins = active and state[SINCE, c] >= parameters[QUIET]
        state[SINCE, c] = 0.0 if active else state[SINCE, c] + 1.0
        out[c, ACTIVE] = 1.0 if active else 0.0
        out[c, ONSET] = 1.0 if begins else 0.0
