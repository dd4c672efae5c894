"""Windows to rows of `features`, and rolled up to seconds to rows of `features_1s`.

Whole columns at a time: a Python loop over windows and channels would cost more than the engine.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.engine import FEATURES, WINDOW_NS, StreamSpec, WindowBatch
from transforms.row_identity import RowIdentity
from transforms.rows_to_seal import StageTimes
from transforms.table_part import ARROW_SCHEMAS, TablePart, make_part

WINDOWS_PER_S = 1_000_000_000 // WINDOW_NS

Float64 = npt.NDArray[np.float64]


def features_part(
    batch: WindowBatch, spec: StreamSpec, identity: RowIdentity, name: str
) -> TablePart:
    """One row a window; its channels are an array of records. NaN becomes NULL."""
    features = _feature_columns(batch.feature_names, lambda i: batch.features[:, :, i])
    columns = {
        "start_ns": batch.start_ns,
        "window": batch.index,
        "n_samples": batch.n_samples,
        "channels": _channel_records(
            "features",
            spec.channels,
            len(batch),
            {
                "quality": pa.array(batch.quality.astype(np.float64).ravel()),
                "flags": pa.array(batch.flags.astype(np.int64).ravel()),
                **features,
            },
        ),
    }
    return make_part("features", name, identity, len(batch), columns)


def features_1s_part(
    batch: WindowBatch,
    spec: StreamSpec,
    identity: RowIdentity,
    name: str,
    times: StageTimes | None = None,
) -> TablePart:
    """One row a whole second of the grid; the batch holds all windows of the seconds it touches.

    Args:
      times: of the packet that completed them; None: the columns are NULL.
    """
    second = batch.index // WINDOWS_PER_S
    starts = np.flatnonzero(np.diff(second, prepend=second[0] - 1))
    n_windows = np.diff(starts, append=len(batch))
    quality = batch.quality.astype(np.float64)

    def mean(i: int) -> Float64:
        return _mean_over_present(batch.features[:, :, i], starts)

    records = {
        "quality_mean": np.add.reduceat(quality, starts, axis=0) / n_windows[:, None],
        "quality_min": np.minimum.reduceat(quality, starts, axis=0),
        "flags": np.bitwise_or.reduceat(batch.flags, starts, axis=0).astype(np.int64),
        "n_windows_flagged": np.add.reduceat((batch.flags != 0).astype(np.int64), starts, axis=0),
    }
    columns: dict[str, Any] = {
        "start_ns": second[starts] * 1_000_000_000,
        "n_windows": n_windows,
        "n_samples": np.add.reduceat(batch.n_samples, starts),
        "channels": _channel_records(
            "features_1s",
            spec.channels,
            len(starts),
            {
                **{key: pa.array(values.ravel()) for key, values in records.items()},
                **_feature_columns(batch.feature_names, mean),
            },
        ),
    }
    if times is not None:
        known = {key: value for key, value in dataclasses.asdict(times).items() if value}
        columns |= {key: np.full(len(starts), value) for key, value in known.items()}
    return make_part("features_1s", name, identity, len(starts), columns)


def _mean_over_present(values: Float64, starts: npt.NDArray[np.intp]) -> Float64:
    """Mean of each run of rows that begins at `starts`, without NaN; NaN where there is nothing."""
    present = ~np.isnan(values)
    counts = np.add.reduceat(present.astype(np.float64), starts, axis=0)
    sums = np.add.reduceat(np.where(present, values, 0.0), starts, axis=0)
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)


def _feature_columns(
    names: tuple[str, ...], values: Callable[[int], Float64]
) -> dict[str, pa.Array]:
    """A column for every feature of the catalogue; those the signal kind lacks are all NULL."""
    columns = {}
    for feature in FEATURES:
        if feature.name in names:
            flat = np.ascontiguousarray(values(names.index(feature.name))).ravel()
            columns[feature.name] = pa.array(flat, from_pandas=True)  # NaN is NULL
    return columns


def _channel_records(
    table: str, channels: tuple[str, ...], n_rows: int, columns: dict[str, pa.Array]
) -> pa.ListArray:
    """The `channels` column: `n_rows` arrays of one record a channel."""
    list_type = ARROW_SCHEMAS[table].field("channels").type
    n_channels, n_records = len(channels), n_rows * len(channels)
    place = np.tile(np.arange(n_channels, dtype=np.int32), n_rows)
    columns = {"channel": pa.array(channels, pa.string()).take(pa.array(place)), **columns}
    fields = list(list_type.value_type)
    arrays = [columns.get(f.name, pa.nulls(n_records, f.type)) for f in fields]
    records = pa.StructArray.from_arrays(arrays, fields=fields)
    offsets = pa.array(np.arange(n_rows + 1, dtype=np.int32) * n_channels)
    return pa.ListArray.from_arrays(offsets, records, type=list_type)
