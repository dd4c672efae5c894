"""What an engine carries from one window to the next, and the arrays it works in."""

from __future__ import annotations

import dataclasses

import numpy as np

from transforms.engine.kernels import features as feature_kernel
from transforms.engine.kernels import measuring, statistics, thresholds
from transforms.engine.layout import Layout
from transforms.engine.spectrum import PathPlan
from transforms.engine.windows import Float64

Arrays = tuple[np.ndarray, ...]


@dataclasses.dataclass
class State:
    """Mutable; everything here is a function of the samples seen, whatever their packets.

    Attributes:
      window: number of the window that is open.
      window_first: sample number of its first row.
      position: windows emitted so far.
      repeated_samples: rows ignored because they had been seen.
      pending: rows of the open window, raw.
      filled: rows of the path buffers in use.
      history: (ring of windows, 2) int64, first sample and rows of emitted windows.
      unbroken: windows emitted since one had no row at all: their rows are neighbours.
    """

    window: int
    window_first: int
    pending: Float64
    filters: Float64  # (n_sections, 2, n_channels)
    run: np.ndarray  # (n_channels,) int64, unbroken samples
    railed: np.ndarray  # (n_channels,) int64, samples at the range's end in a row
    solid: np.ndarray  # (n_channels,) int64, windows in a row without an absent sample
    since: np.ndarray  # (n_channels,) int64, windows since the input stepped
    unsettled: np.ndarray  # (n_channels,) int64, samples until a cut-off input is forgotten
    codes: np.ndarray  # (MEMORY, N_METRICS, n_channels) uint8, what was measured
    kinds: np.ndarray  # (MEMORY, n_channels) uint8, whether it was clean
    thresholds: Float64  # (N_METRICS, n_channels)
    history: np.ndarray
    tracked: Float64  # (rows, n_channels), of what follows the kind's own features
    position: int = 0
    unbroken: int = 0
    repeated_samples: int = 0
    filled: int = 0

    @property
    def next_sample(self) -> int:
        """The first sample not seen yet."""
        return self.window_first + len(self.pending)

    @property
    def carried(self) -> Arrays:
        """What stage one carries."""
        return self.filters, self.run, self.railed

    def break_off(self) -> None:
        """The stream is interrupted between two windows."""
        self.run[:] = 0
        self.railed[:] = 0


def fresh_state(layout: Layout) -> State:
    """The state before the first sample."""
    n = layout.spec.n_channels
    window = layout.grid.window_of(0)
    return State(
        window=window,
        window_first=0,
        pending=np.empty((0, n)),
        filters=np.zeros((len(layout.cascade.sos), 2, n)),
        run=np.zeros(n, dtype=np.int64),
        railed=np.zeros(n, dtype=np.int64),
        solid=np.zeros(n, dtype=np.int64),
        since=np.zeros(n, dtype=np.int64),
        unsettled=np.zeros(n, dtype=np.int64),
        codes=np.zeros((thresholds.MEMORY, measuring.N_METRICS, n), dtype=np.uint8),
        kinds=np.full((thresholds.MEMORY, n), thresholds.UNUSABLE, dtype=np.uint8),
        thresholds=np.repeat(layout.parameters[0][:, [thresholds.DEFAULT]], n, axis=1),
        history=np.zeros((layout.replayed, 2), dtype=np.int64),
        tracked=np.zeros((layout.tracking.n_state, n)),
    )


class Workspace:
    """Arrays that follow from the state: made on start and on restore, never stored whole."""

    def __init__(self, layout: Layout, state: State):
        n = layout.spec.n_channels
        rows = layout.buffer_rows
        self.paths: Arrays = tuple(np.zeros((rows, n)) for _ in range(3))
        self.terms = np.zeros((layout.ring, statistics.N_TERMS, n))
        self.main_spectrum = _spectrum_arrays(layout.features.spectrum.main, layout)
        self.wide_spectrum = _spectrum_arrays(layout.features.spectrum.wide, layout)
        padded, windows = self.main_spectrum[6].shape[1], layout.block_windows
        self._analysed: Arrays = (
            np.empty((windows, padded, layout.features.spectrum.n_lines)),  # power
            np.empty((windows, n), dtype=np.int64),  # unbroken samples
            np.empty((windows, n), dtype=np.int64),  # samples present
            np.empty((windows, n), dtype=np.int64),  # flags
            np.empty(windows, dtype=np.bool_),  # whether there is a row
        )
        self.moments = np.zeros((feature_kernel.N_MOMENTS, n))
        self.histogram = np.zeros((n, measuring.N_METRICS, 256), dtype=np.uint16)
        self.counts = np.zeros((3, n), dtype=np.int64)
        thresholds.recount(state.codes, state.kinds, self.histogram, self.counts)

    def analysed(self, n_windows: int) -> Arrays:
        """What stage one writes for stage two, of so many windows."""
        return tuple(array[:n_windows] for array in self._analysed)

    def memory(self, state: State) -> Arrays:
        """What stage three carries."""
        return (
            state.codes,
            state.kinds,
            self.histogram,
            self.counts,
            state.thresholds,
            state.since,
            state.unsettled,
            state.solid,
        )

    @property
    def spectra(self) -> tuple[Arrays, Arrays]:
        """What the kernels take of main and of wide."""
        return self.main_spectrum, self.wide_spectrum


def _spectrum_arrays(plan: PathPlan, layout: Layout) -> Arrays:
    padded = -(-layout.spec.n_channels // 4) * 4
    n_bins = len(plan.frequencies)
    return (
        plan.look_backs,
        plan.frequencies,
        layout.lengths,
        plan.cosines,
        plan.sines,
        plan.roots,
        np.zeros((2, padded, plan.cosines.shape[1])),  # folded
        np.zeros((2, padded, n_bins)),  # sums
        np.zeros((plan.n_windows, 2, padded, n_bins)),  # ring
        np.zeros((2, padded, n_bins)),  # prefix
        np.zeros((2, n_bins)),  # turn
    )
