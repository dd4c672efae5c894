"""Jobs that ran, and what is read back from their files."""

from __future__ import annotations

import collections
import dataclasses
import hashlib
from pathlib import Path

import pyarrow.parquet as pq

from pipelines.batch import main


@dataclasses.dataclass(frozen=True)
class Ran:
    """A job that ended."""

    code: int
    output: Path
    text: str

    def rows(self, table: str) -> list[dict]:
        """All rows of a table, in the order of its files."""
        paths = sorted((self.output / table).rglob("*.parquet"))
        return [row for path in paths for row in pq.ParquetFile(path).read().to_pylist()]

    def sessions(self) -> dict[str, list[dict]]:
        """Source file name to its rows of `sessions`."""
        found = collections.defaultdict(list)
        for row in self.rows("sessions"):
            found[row["source"]].append(row)
        return found

    def reasons(self) -> dict[str, str]:
        """Name of a file that was left out, to the reason."""
        return {Path(row["path"]).name: row["reason"] for row in self.rows("dead_letters")}


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder, and the digest of its bytes."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def run_job(output: Path | str, *options: str, capture) -> Ran:
    code = main(["--output", str(output), *options])
    return Ran(code, Path(output), capture.readouterr().out)


def rows_of_source(ran: Ran, source: str, stream: str = "eeg0") -> list[dict]:
    session = ran.sessions()[source][0]["session"]
    return [
        row for row in ran.rows("features") if row["session"] == session and row["stream"] == stream
    ]


def events_of(ran: Ran, source: str, category: str) -> list[tuple[str, str | None]]:
    session = ran.sessions()[source][0]["session"]
    return [
        (row["kind"], row["channel"])
        for row in ran.rows("events")
        if row["session"] == session and row["category"] == category
    ]
