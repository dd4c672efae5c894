"""Packets to files of an archive on a local disk."""

from __future__ import annotations

import collections
import os
import pathlib
import types
from typing import Self

from schemas.archive import ArchiveRecord, EpochPlace, file_bytes, file_name, minute_of

_OPEN_MINUTES = 2
"""A minute is written when one of the same epoch begins that is so many later."""


class ArchiveWriter:
    """Keeps the newest minutes of each epoch in memory, and writes each as one file.

    A packet that comes after its minute was written begins a further part of it. The same packets
    in the same order make the same files.

    >>> import tempfile
    >>> place = EpochPlace("clinic01", "0" * 32, "eeg0", 0, "subject000000001")
    >>> with tempfile.TemporaryDirectory() as root:
    ...     with ArchiveWriter(root) as writer:
    ...         writer.add(place, ArchiveRecord(0, 1_700_000_000_000_000_000, 0, 50, b"packet"))
    ...     [path.name for path in pathlib.Path(root).rglob("*.nepk")]
    ['202311142213-0000.nepk']
    """

    def __init__(self, root: str | os.PathLike[str]):
        self._root = pathlib.Path(root)
        self._minutes: dict[EpochPlace, dict[int, list[ArchiveRecord]]] = {}
        self._parts: collections.Counter[tuple[EpochPlace, int]] = collections.Counter()

    def add(self, place: EpochPlace, record: ArchiveRecord) -> None:
        """Takes a packet; writes files that are complete by now."""
        minutes = self._minutes.setdefault(place, {})
        minute = minute_of(record.time_ns)
        minutes.setdefault(minute, []).append(record)
        while min(minutes) <= max(minutes) - _OPEN_MINUTES:
            self._write(place, min(minutes))

    def close(self) -> None:
        """Writes what is left."""
        for place, minutes in self._minutes.items():
            for minute in sorted(minutes):
                self._write(place, minute)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        if error is None:  # what a failed writer left is written again by its retry
            self.close()

    def _write(self, place: EpochPlace, minute: int) -> None:
        records = self._minutes[place].pop(minute)
        part = self._parts[place, minute]
        self._parts[place, minute] += 1
        path = self._root / place.folder / file_name(minute, part)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.part")  # hidden: nobody reads half a file
        unfinished.write_bytes(file_bytes(place, records))
        unfinished.replace(path)
