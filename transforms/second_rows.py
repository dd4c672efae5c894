"""Seconds of streams on their way to `features_1s`, before they are Arrow.

A live stream completes one second at a time, and an Arrow table of one row takes longer to make
than a packet's windows: so numbers are handed on, and who stores them makes one table of many.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.engine import FEATURES, WINDOW_NS, WindowBatch
from transforms.row_identity import RowIdentity
from transforms.rows_to_seal import StageTimes
from transforms.table_part import ARROW_SCHEMAS, TablePart, columns_table

WINDOWS_PER_S = 1_000_000_000 // WINDOW_NS

Float64 = npt.NDArray[np.float64]
Int64 = npt.NDArray[np.int64]

_TIMES = ("device_ns", "received_ns", "published_ns", "windowed_ns")


@dataclasses.dataclass(frozen=True, eq=False)
class SecondRows:
    """`s` whole seconds of one stream; stands for a TablePart, which `rows` makes of it.

    Attributes:
      name: as a TablePart's.
      times: of the packet that completed them; None: the columns are NULL.
      start_ns, n_windows, n_samples: (s,) int64.
      records: by column, (s, n_channels) float64 or int64.
      means: (s, n_channels, n_features) float64 over the windows present; NaN where there is none.
      feature_names: the last axis of `means`.
    """

    identity: RowIdentity
    name: str
    channels: tuple[str, ...]
    times: StageTimes | None
    start_ns: Int64
    n_windows: Int64
    n_samples: Int64
    records: dict[str, npt.NDArray[Any]]
    means: Float64
    feature_names: tuple[str, ...]

    table = "features_1s"

    @property
    def n_rows(self) -> int:
        """Seconds."""
        return len(self.start_ns)

    @property
    def n_bytes(self) -> int:
        """Of the numbers, about what they take as Arrow."""
        return self.means.nbytes + sum(record.nbytes for record in self.records.values())

    @functools.cached_property
    def rows(self) -> pa.Table:
        """In the table's Arrow schema."""
        return seconds_table([self])


Part = TablePart | SecondRows
"""Rows of a table, as steps hand them on."""


def roll_up(
    batch: WindowBatch,
    channels: tuple[str, ...],
    identity: RowIdentity,
    name: str,
    times: StageTimes | None = None,
) -> SecondRows:
    """One row a whole second of the grid; the batch holds all windows of the seconds it touches."""
    second = batch.index // WINDOWS_PER_S
    starts = np.concatenate([[0], np.flatnonzero(second[1:] != second[:-1]) + 1])
    n_windows = np.concatenate([starts[1:], [len(batch)]]) - starts
    quality = batch.quality.astype(np.float64)
    return SecondRows(
        identity=identity,
        name=name,
        channels=channels,
        times=times,
        start_ns=second[starts] * 1_000_000_000,
        n_windows=n_windows,
        n_samples=np.add.reduceat(batch.n_samples, starts),
        records={
            "quality_mean": np.add.reduceat(quality, starts, axis=0) / n_windows[:, None],
            "quality_min": np.minimum.reduceat(quality, starts, axis=0),
            "flags": np.bitwise_or.reduceat(batch.flags, starts, axis=0).astype(np.int64),
            "n_windows_flagged": np.add.reduceat(
                (batch.flags != 0).astype(np.int64), starts, axis=0
            ),
        },
        means=_mean_over_present(batch.features, starts),
        feature_names=batch.feature_names,
    )


def seconds_table(some: Sequence[SecondRows]) -> pa.Table:
    """One table of all of them, in their order; at least one."""
    counts = [one.n_rows for one in some]
    columns: dict[str, Any] = {
        field.name: _repeated((getattr(one.identity, field.name) for one in some), counts)
        for field in dataclasses.fields(RowIdentity)
    }
    for name in ("start_ns", "n_windows", "n_samples"):
        columns[name] = np.concatenate([getattr(one, name) for one in some])
    for name in _TIMES:
        columns[name] = _repeated(
            ((getattr(one.times, name) or None) if one.times else None for one in some), counts
        )
    columns["channels"] = _channels(some)
    return columns_table("features_1s", sum(counts), columns)


def _channels(some: Sequence[SecondRows]) -> pa.ListArray:
    """Of each second an array of one record a channel."""
    list_type = ARROW_SCHEMAS["features_1s"].field("channels").type
    names = itertools.chain(*(one.channels * one.n_rows for one in some))
    columns: dict[str, pa.Array] = {"channel": pa.array(names, pa.string())}
    for name in some[0].records:
        columns[name] = pa.array(np.concatenate([one.records[name].ravel() for one in some]))
    for feature in FEATURES:
        values = np.concatenate([_means_of(one, feature.name) for one in some])
        columns[feature.name] = pa.array(values, from_pandas=True)  # NaN is NULL
    fields = list(list_type.value_type)
    records = pa.StructArray.from_arrays([columns[f.name] for f in fields], fields=fields)
    widths = np.repeat([len(one.channels) for one in some], [one.n_rows for one in some])
    offsets = pa.array(np.concatenate([[0], np.cumsum(widths)]).astype(np.int32))
    return pa.ListArray.from_arrays(offsets, records, type=list_type)


def _means_of(one: SecondRows, feature: str) -> Float64:
    """All NaN where the signal kind lacks the feature."""
    if feature in one.feature_names:
        return one.means[:, :, one.feature_names.index(feature)].ravel()
    return np.full(one.n_rows * len(one.channels), np.nan)


def _mean_over_present(values: Float64, starts: npt.NDArray[np.intp]) -> Float64:
    """Mean of each run of rows that begins at `starts`, without NaN; NaN where there is nothing."""
    present = ~np.isnan(values)
    counts = np.add.reduceat(present.astype(np.float64), starts, axis=0)
    sums = np.add.reduceat(np.where(present, values, 0.0), starts, axis=0)
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)


def _repeated(values: Iterable[Any], counts: list[int]) -> list[Any]:
    return [value for value, count in zip(values, counts, strict=True) for _ in range(count)]
