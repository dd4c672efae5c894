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
# last active and for which it has been, averages taken, energy at rest, energies of the last
# windows, averages.
SOLID, SINCE, LASTING, TAKEN, REST, ENERGIES, AVERAGES = 0, 1, 2, 3, 4, 5, 5 + SMOOTH
N_STATE = 5 + SMOOTH + MEMORY
# Parameters.
RATIO, FLOOR, QUIET, LONGEST = range(4)
# Outputs.
ACTIVE, ONSET = range(2)


@compiled
def follow_bursts(main, first, last, whole, parameters, state, out):
    """A window of main, rows `first:last`, into its features.

    Args:
      whole: (n_channels,) bool, whether no sample is absent and the window is of full length.
      parameters: energy over energy at rest from which a muscle is active, least energy at rest,
        windows of rest before an onset, windows after which activity is taken for rest.
      state: (N_STATE, n_channels) float64, carried; SOLID is brought up to date by the caller.
      out: (n_channels, 2) float64, written.
    """
    scratch = np.empty(MEMORY)
    for c in range(out.shape[0]):
        if state[SOLID, c] <= 1.0:  # nothing is known of what was before
            state[SINCE, c], state[LASTING, c], state[TAKEN, c] = 0.0, 0.0, 0.0
        if not whole[c]:
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
        active = False
        if state[TAKEN, c] >= LEAST:
            active = smooth > parameters[RATIO] * state[REST, c]
            begins = active and state[SINCE, c] >= parameters[QUIET]
            state[SINCE, c] = 0.0 if active else state[SINCE, c] + 1.0
            state[LASTING, c] = state[LASTING, c] + 1.0 if active else 0.0
            out[c, ACTIVE] = 1.0 if active else 0.0
            out[c, ONSET] = 1.0 if begins else 0.0
        if solid % SMOOTH == 0 and (not active or state[LASTING, c] > parameters[LONGEST]):
            state[AVERAGES + int(state[TAKEN, c]) % MEMORY, c] = smooth
            state[TAKEN, c] += 1.0
            _find_rest(int(state[TAKEN, c]), parameters, state, scratch, c)


@compiled
def _find_rest(averages, parameters, state, scratch, c):
    """The lowest tenth of the averages, and never less than the amplifier's noise."""
    n = min(averages, MEMORY)
    for i in range(n):
        scratch[i] = state[AVERAGES + i, c]
    state[REST, c] = max(select(scratch, n, (n - 1) // LOWEST), parameters[FLOOR])
