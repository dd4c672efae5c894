"""The batch job over the archive of a run, and whether it gives the stream's windows again."""

from __future__ import annotations

import contextlib
import dataclasses
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from local.live.account import StreamKey
from pipelines import batch
from transforms.engine import StreamSpec, WindowBatch
from transforms.row_identity import RowIdentity
from transforms.table_part import ARROW_SCHEMAS
from transforms.window_rows import features_part

COMPARED = ("start_ns", "window", "n_samples", "channels")
"""Columns of `features` that hold what was computed; the others tell by whom."""


_EMPTY = ARROW_SCHEMAS["features"].empty_table().select(COMPARED)


@dataclasses.dataclass(frozen=True)
class Equality:
    """How windows of two origins compare.

    Attributes:
      n_windows: that are the same, bit for bit.
      n_other: that differ, or that only one of them has.
      differing: the epochs of the latter.
    """

    n_windows: int
    n_other: int
    differing: tuple[StreamKey, ...]

    @property
    def holds(self) -> bool:
        """Whether all are the same, and there are any."""
        return self.n_windows > 0 and self.n_other == 0

    def __str__(self) -> str:
        if self.holds:
            return f"all {self.n_windows:,} windows are the same, bit for bit"
        where = ", ".join(str(key) for key in self.differing) or "nowhere: there are no windows"
        return f"{self.n_other:,} of {self.n_windows + self.n_other:,} windows differ: {where}"


class BatchFailedError(RuntimeError):
    """The batch job over the archive computed nothing: what it said."""


def compute_again(archive: Path, output: Path, options: Sequence[str]) -> None:
    """Runs the batch job over an archive.

    Args:
      options: of the job, which say where the keys are.

    Raises:
      BatchFailedError: it could not compute anything.
    """
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = batch.main(
            ["--input", str(archive), "--output", str(output), "--no-reports", *options]
        )
    if code:
        raise BatchFailedError(said.getvalue().strip())


def read_features(output: Path) -> dict[StreamKey, pa.Table]:
    """The job's rows of `features`, in the order of their windows."""
    tables: dict[StreamKey, list[pa.Table]] = {}
    for path in sorted((output / "features").rglob("*.parquet")):
        table = pq.ParquetFile(path).read()
        if len(table):
            session, stream, epoch = (
                table[name][0].as_py() for name in ("session", "stream", "epoch")
            )
            tables.setdefault(StreamKey(session, stream, epoch), []).append(table)
    return {
        key: pa.concat_tables(parts).select(COMPARED).sort_by("window")
        for key, parts in tables.items()
    }


def compare(
    windows: Mapping[StreamKey, WindowBatch],
    specs: Mapping[StreamKey, StreamSpec],
    features: Mapping[StreamKey, pa.Table],
) -> Equality:
    """The stream's windows, read from Bigtable, against the batch's rows.

    Args:
      specs: of the same epochs as `windows`.
    """
    same, other, differing = 0, 0, []
    for key in sorted({*windows, *features}):
        ours = _rows(windows[key], specs[key]) if key in windows else _EMPTY
        n_same, n_other = _count_same(ours, features.get(key, _EMPTY))
        same, other = same + n_same, other + n_other
        if n_other:
            differing.append(key)
    return Equality(same, other, tuple(differing))


def _rows(windows: WindowBatch, spec: StreamSpec) -> pa.Table:
    identity = RowIdentity("", "", None)  # not among the columns that are compared
    return features_part(windows, spec, identity, "stored").rows.select(COMPARED)


def _count_same(ours: pa.Table, theirs: pa.Table) -> tuple[int, int]:
    if ours.equals(theirs):  # row by row only where that is needed: it takes a hundred times longer
        return len(ours), 0
    by_window, rows = _by_window(ours), _by_window(theirs)
    equal = sum(by_window.get(window) == row for window, row in rows.items())
    return equal, len({*by_window, *rows}) - equal


def _by_window(table: pa.Table) -> dict[int, dict[str, object]]:
    return {row["window"]: row for row in table.to_pylist()}
