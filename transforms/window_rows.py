"""Windows to rows of `features`, and rolled up to seconds to rows of `features_1s`.

Whole columns at a time: a Python loop over windows and channels would cost more than the engine.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.engine import FEATURES, StreamSpec, WindowBatch
from transforms.row_identity import RowIdentity
from transforms.rows_to_seal import StageTimes
from transforms.second_rows import WINDOWS_PER_S, roll_up
from transforms.table_part import ARROW_SCHEMAS, TablePart, make_part

__all__ = ["WINDOWS_PER_S", "features_1s_part", "features_part"]

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
    seconds = roll_up(batch, spec.channels, identity, name, times)
    return TablePart("features_1s", name, seconds.rows)


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
