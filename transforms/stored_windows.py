"""Cells of several revisions to one batch of windows, each window once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.errors import CellError
from schemas.stream_descriptions import StreamDescription
from schemas.window_cells import WindowCell
from transforms.engine import WINDOW_NS, Flag, WindowBatch

_UNSETTLED = np.uint32(Flag.GAP | Flag.SETTLING)

Float64 = npt.NDArray[np.float64]


def merge_cells(
    descriptions: Mapping[int, StreamDescription],
    cells: Sequence[tuple[int, WindowCell]],
    first: int,
    stop: int,
) -> WindowBatch:
    """Windows [first, stop), oldest first, each from the highest revision that has it.

    Args:
      cells: each with its revision, in any order; windows may be in several, of one revision
        too: a stream that did some work again may have cut its cells elsewhere. Of those that
        differ, because a packet came in time on one try and late on another, the window with
        the most samples counts; then the one with fewer channels that settle: a stream that
        began again in its middle knows less of what came before.

    Returns:
      With the features of the highest revision described, NaN where a window's own revision did
      not have them; without `filtered`.

    Raises:
      CellError: a cell has other arrays than its revision, or revisions have other channels.
    """
    newest = descriptions[max(descriptions)]
    aligned = [_aligned(descriptions[revision], newest, cell) for revision, cell in cells]
    revisions = [np.full(len(cell.index), revision) for revision, cell in cells]
    arrays = {
        name: np.concatenate([getattr(cell, name) for cell in [_empty(newest), *aligned]])
        for name in ("index", "n_samples", "features", "pair_features", "flags", "quality")
    }
    newest_first = -np.concatenate([np.empty(0, np.int64), *revisions])
    n_settling = np.count_nonzero(arrays["flags"] & _UNSETTLED, axis=1)
    order = np.lexsort((n_settling, -arrays["n_samples"], newest_first, arrays["index"]))
    index = arrays["index"][order]
    is_first = np.ones(len(index), np.bool_)
    is_first[1:] = np.diff(index) > 0
    taken = order[is_first & (index >= first) & (index < stop)]
    chosen: dict[str, Any] = {name: array[taken] for name, array in arrays.items()}
    return WindowBatch(
        **chosen,
        start_ns=chosen["index"] * WINDOW_NS,
        filtered=np.empty((0, len(newest.channels))),
        feature_names=newest.feature_names,
        pair_feature_names=newest.pair_feature_names,
    )


def _aligned(
    described: StreamDescription, newest: StreamDescription, cell: WindowCell
) -> WindowCell:
    same = ("channels", "pairs", "rate_num", "rate_den", "start_ns")
    if any(getattr(described, name) != getattr(newest, name) for name in same):
        expected = "revisions of an epoch with the same channels, rate and start"
        raise CellError("channels", described.channels, expected)
    shapes = cell.features.shape[1:], cell.pair_features.shape[1:]
    expected_shapes = _shapes(described)
    if shapes != expected_shapes:
        raise CellError("features", shapes, f"{expected_shapes}, as its revision")
    return WindowCell(
        index=cell.index,
        n_samples=cell.n_samples,
        features=_columns(cell.features, described.feature_names, newest.feature_names),
        pair_features=_columns(
            cell.pair_features, described.pair_feature_names, newest.pair_feature_names
        ),
        flags=cell.flags,
        quality=cell.quality,
    )


def _columns(values: Float64, names: tuple[str, ...], wanted: tuple[str, ...]) -> Float64:
    if names == wanted:
        return values
    columns = np.full((*values.shape[:-1], len(wanted)), np.nan)
    for place, name in enumerate(wanted):
        if name in names:
            columns[..., place] = values[..., names.index(name)]
    return columns


def _shapes(described: StreamDescription) -> tuple[tuple[int, ...], tuple[int, ...]]:
    of_pairs = len(described.pairs), len(described.pair_feature_names)
    return (len(described.channels), len(described.feature_names)), of_pairs


def _empty(described: StreamDescription) -> WindowCell:
    features, pair_features = _shapes(described)
    return WindowCell(
        index=np.empty(0, np.int64),
        n_samples=np.empty(0, np.int64),
        features=np.empty((0, *features)),
        pair_features=np.empty((0, *pair_features)),
        flags=np.empty((0, features[0]), np.uint32),
        quality=np.empty((0, features[0]), np.float32),
    )
