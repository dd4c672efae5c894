"""Contractions of a muscle: whether it is active, and when it becomes so."""

from __future__ import annotations

import numpy as np

from transforms.engine.kernels.compiling import compiled
from transforms.engine.kernels.spikes import select

SMOOTH = 5  # windows over which energy is averaged: 250 ms
MEMORY = 120  # averages, one after the other, among which rest is looked for: 30 s
LEAST = 4  # of them are needed: 1 s
LOWEST = 10  # one of so many averages lies below rest
# Rows of a channel's state: windows in a row without an absent sample, windows since the muscle was
# last active, energy at rest, energies of the last windows, averages.
SOLID, SINCE, REST, ENERGIES, AVERAGES = 0, 1, 2, 3, 3 + SMOOTH
N_STATE = 3 + SMOOTH + MEMORY
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
    scratch = np.empty(MEMORY)
    for c in range(out.shape[0]):
        if not whole[c]:
            state[SINCE, c] = 0.0
            continue
        solid = int(state[SOLID, c])
        energy = 0.0
        for row in range(first, last):
            energy += main[row, c] * main[row, c]
        state[ENERGIES + (solid - 1) % SMOOTH, c] = energy / (last - first)
        smooth = 0.0
        for i in range(SMOOTH):
            smooth += state[ENERGIES + i, c]
        smooth /= SMOOTH
        averages = solid // SMOOTH
        if solid % SMOOTH == 0:
            state[AVERAGES + (averages - 1) % MEMORY, c] = smooth
            _find_rest(averages, parameters, state, scratch, c)
        if averages < LEAST:
            continue
        active = smooth > parameters[RATIO] * state[REST, c]
        begins = active and state[SINCE, c] >= parameters[QUIET]
        state[SINCE, c] = 0.0 if active else state[SINCE, c] + 1.0
        out[c, ACTIVE] = 1.0 if active else 0.0
        out[c, ONSET] = 1.0 if begins else 0.0


@compiled
def _find_rest(averages, parameters, state, scratch, c):
    """The lowest tenth of the averages, and never less than the amplifier's noise."""
    n = min(averages, MEMORY)
    for i in range(n):
        scratch[i] = state[AVERAGES + i, c]
    state[REST, c] = max(select(scratch, n, (n - 1) // LOWEST), parameters[FLOOR])
