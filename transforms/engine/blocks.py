"""A block of consecutive windows through the kernels: rows in, a batch of windows out."""

from __future__ import annotations

import numpy as np

from transforms.engine.kernels.judging import judge
from transforms.engine.kernels.tracking import track
from transforms.engine.kernels.windows import analyse
from transforms.engine.layout import Layout
from transforms.engine.measures import WINDOW_NS
from transforms.engine.pairs import pair_features
from transforms.engine.state import Arrays, State, Workspace
from transforms.engine.transform import transform_look_backs
from transforms.engine.windows import Float64, Int64, WindowBatch


def process(
    layout: Layout,
    state: State,
    work: Workspace,
    rows: Float64,
    numbers: Int64,
    bounds: Int64,
    *,
    complete: bool,
) -> WindowBatch:
    """Works off consecutive windows and advances the state past them.

    Args:
      rows: (n, n_channels) float64, all their rows; absent ones are NaN.
      numbers: (w,) of the windows.
      bounds: (w + 1,) sample numbers between which they lie.
      complete: whether their last grid samples are among the rows.
    """
    n_rows = bounds[1:] - bounds[:-1]
    if not n_rows.all():
        numbers, bounds, n_rows = _with_rows(numbers, bounds, n_rows)
    offsets = bounds - bounds[0]
    at = _make_room(layout, state, work, len(rows))
    analysed = work.analysed(len(numbers))
    n_absent, n_empty = analyse(
        rows, offsets, bounds[:-1], state.position, at, layout.filters,
        layout.cascade.settling_samples, layout.limits, layout.mains, state.carried, work.paths,
        work.terms, state.history, work.spectra, analysed,
    )  # fmt: skip
    state.filled += len(rows)
    ends = at + offsets[1:]
    transform_look_backs(layout.features.spectrum, work.paths, ends, analysed[0])
    features, flags, quality = outputs = empty_outputs(layout, len(numbers) - n_empty)
    _track(layout, state, work, rows, at, numbers, bounds, analysed, features, complete=complete)
    judge(
        state.position, complete, ends, n_rows, layout.time_look_back, layout.features.plan,
        layout.features.numbers, work.paths, work.terms, layout.limits, layout.parameters,
        work.memory(state), work.moments, analysed, outputs,
    )  # fmt: skip
    kept = _advance(state, analysed[4], n_empty)
    filtered = work.paths[1][at : at + len(rows)].copy()
    if n_absent:
        there = ~np.isnan(rows).all(axis=1)
        filtered, n_rows = filtered[there], np.add.reduceat(there, offsets[:-1], dtype=np.int64)
    runs = analysed[1][kept] if complete else np.zeros_like(analysed[1][kept])
    return WindowBatch(
        index=numbers[kept],
        start_ns=numbers[kept] * WINDOW_NS,
        n_samples=n_rows[kept],
        features=features,
        pair_features=pair_features(layout.pairs, work.paths[1], ends[kept], runs, features),
        flags=flags,
        quality=quality,
        filtered=filtered,
        feature_names=layout.features.names,
        pair_feature_names=layout.pairs.names,
    )


def _track(
    layout: Layout,
    state: State,
    work: Workspace,
    rows: Float64,
    at: int,
    numbers: Int64,
    bounds: Int64,
    analysed: Arrays,
    features: Float64,
    *,
    complete: bool,
) -> None:
    """Fills in the features that only this kind of signal has."""
    plan = layout.tracking
    if plan.tracker is None:
        return
    lengths = np.diff(bounds)
    # The stream may begin, or be taken up after a jump, in the middle of a window.
    lengths[0] = bounds[1] - layout.grid.first_sample(int(numbers[0]))
    n_columns = plan.columns.stop - plan.columns.start
    values = np.empty((len(features), layout.spec.n_channels, n_columns))
    track(
        plan.tracker, rows, work.paths, at, bounds - bounds[0], bounds[:-1], lengths, complete,
        plan.parameters, plan.axes, analysed, state.tracked, values,
    )  # fmt: skip
    features[:, :, plan.columns] = values


def _advance(state: State, has_row: np.ndarray, n_empty: int) -> np.ndarray | slice:
    """Counts the windows, and says which of them to return: those that have a row."""
    state.position += len(has_row) - n_empty
    if n_empty == 0:
        state.unbroken += len(has_row)
        return slice(None)
    # A window without a row ends all look-backs.
    state.unbroken = len(has_row) - 1 - int(np.flatnonzero(~has_row)[-1])
    return has_row.copy()


def _with_rows(numbers: Int64, bounds: Int64, n_rows: Int64) -> tuple[Int64, Int64, Int64]:
    """Without the windows that have no grid sample: below 20 Hz that is most of them."""
    filled = np.flatnonzero(n_rows)
    return numbers[filled], np.append(bounds[filled], bounds[-1]), n_rows[filled]


def empty_outputs(layout: Layout, n_windows: int) -> Arrays:
    """Features, flags and quality of so many windows, not filled in yet."""
    n, n_features = layout.spec.n_channels, len(layout.features.names)
    return (
        np.empty((n_windows, n, n_features)),
        np.empty((n_windows, n), dtype=np.uint32),
        np.empty((n_windows, n), dtype=np.float32),
    )


def no_windows(layout: Layout) -> WindowBatch:
    """A batch without a window."""
    features, flags, quality = empty_outputs(layout, 0)
    return WindowBatch(
        index=np.empty(0, dtype=np.int64),
        start_ns=np.empty(0, dtype=np.int64),
        n_samples=np.empty(0, dtype=np.int64),
        features=features,
        pair_features=np.empty((0, len(layout.spec.pairs), len(layout.pairs.names))),
        flags=flags,
        quality=quality,
        filtered=np.empty((0, layout.spec.n_channels)),
        feature_names=layout.features.names,
        pair_feature_names=layout.pairs.names,
    )


def _make_room(layout: Layout, state: State, work: Workspace, n_rows: int) -> int:
    """The row of the path buffers where the next rows go; moves the history down if needed."""
    if state.filled + n_rows > layout.buffer_rows:
        keep = min(layout.history_rows, state.filled)
        for path in work.paths:
            path[:keep] = path[state.filled - keep : state.filled]
        state.filled = keep
    return state.filled
