"""An archive's packets in the order of their places, whatever the order in its files.

Only an index is held in memory, 48 bytes a packet (17 MB for a day of four packets a second); the
packets are read from the files one at a time.
"""

from __future__ import annotations

import array
import contextlib
import os
import pathlib
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from google.protobuf.message import DecodeError

from schemas.archive import (
    FRAME,
    MAGIC,
    MAX_RECORD_BYTES,
    ArchiveRecord,
    EpochPlace,
    check_folder,
    decode_record,
    is_archive_file,
    is_epoch_folder,
    place_of_head,
)
from schemas.errors import ArchiveError, SchemaError

_COLUMNS = ("first_sample", "time_ns", "sequence", "crc", "file", "offset")


def epoch_folders(session_folder: str | os.PathLike[str]) -> list[pathlib.Path]:
    """The folders of a session that may hold packets, by stream and epoch."""
    return sorted(
        path
        for path in pathlib.Path(session_folder).glob("*/*")
        if path.is_dir() and is_epoch_folder(path.name)
    )


class EpochReader:
    """The packets of one epoch of a stream.

    Attributes:
      place: whose they are.
      damage: what could not be read, a sentence each.

    Raises:
      ArchiveError: no file of the folder can be read at all.
    """

    def __init__(self, folder: str | os.PathLike[str]):
        self._folder = pathlib.Path(folder)
        self._files = sorted(
            path.name for path in self._folder.iterdir() if is_archive_file(path.name)
        )
        self._columns = [array.array("q") for _ in _COLUMNS]
        self.damage: list[str] = []
        places = {place for file in range(len(self._files)) if (place := self._scan(file))}
        if len(places) != 1:
            found = self.damage[:3] or [f"{len(places)} owners in {self._files}"]
            raise ArchiveError("folder", found, "files of packets, of one subject")
        (self.place,) = places
        self._index = _sorted_once(self._columns)
        self._columns = []

    def __len__(self) -> int:
        """Packets, each counted once."""
        return len(self._index)

    def records(self) -> Iterator[ArchiveRecord]:
        """Sorted by place, then time, then sequence; exact repetitions are left out."""
        with contextlib.ExitStack() as opened:
            at = -1
            for number, offset in self._index[:, -2:].tolist():
                if number != at:
                    opened.close()
                    at = number
                    file = opened.enter_context(open(self._folder / self._files[number], "rb"))
                file.seek(offset)
                yield decode_record(_frame(file)[0])

    def _scan(self, number: int) -> EpochPlace | None:
        """Adds a file to the index; None if it has no place here."""
        name = self._files[number]
        with open(self._folder / name, "rb") as file:
            try:
                if file.read(len(MAGIC)) != MAGIC:
                    raise ArchiveError("magic", "other bytes", repr(MAGIC))
                head, crc = _frame(file)
                if crc != zlib.crc32(head):
                    raise ArchiveError("head", "damaged", "bytes with their CRC-32")
                place = place_of_head(head)
                check_folder(place, str(self._folder.absolute()))
            except (SchemaError, DecodeError) as error:
                self.damage.append(f"{name}: {error}")
                return None
            self._scan_records(file, number, name)
        return place

    def _scan_records(self, file: BinaryIO, number: int, name: str) -> None:
        while True:
            offset = file.tell()
            try:
                body, crc = _frame(file)
            except EOFError:
                return
            except ArchiveError as error:
                self.damage.append(f"{name} from byte {offset} on: {error}")
                return
            try:
                if crc != zlib.crc32(body):
                    raise ArchiveError("record", "damaged", "bytes with their CRC-32")
                record = decode_record(body)
            except (SchemaError, DecodeError) as error:
                self.damage.append(f"{name}, the record at byte {offset}: {error}")
                continue
            row = (record.first_sample, record.time_ns, record.sequence, crc, number, offset)
            for column, value in zip(self._columns, row, strict=True):
                column.append(value)


def _frame(file: BinaryIO) -> tuple[bytes, int]:
    """The next frame's bytes, and the CRC-32 that they should have."""
    size = file.read(FRAME.size)
    if not size:
        raise EOFError
    if len(size) < FRAME.size:
        raise ArchiveError("frame", f"{len(size)} bytes", "a length and a CRC-32")
    length, crc = FRAME.unpack(size)
    if length > MAX_RECORD_BYTES:
        raise ArchiveError("length", length, f"at most {MAX_RECORD_BYTES} bytes")
    body = file.read(length)
    if len(body) < length:
        raise ArchiveError("frame", f"{len(body)} bytes", f"{length} bytes")
    return body, crc


def _sorted_once(columns: list[array.array[int]]) -> npt.NDArray[np.int64]:
    """Rows of `_COLUMNS`, sorted; of equal packets the first."""
    index = np.stack([np.frombuffer(column, np.int64) for column in columns], axis=1)
    index = index[np.lexsort(index.T[::-1])]
    repeated = (index[1:, :4] == index[:-1, :4]).all(axis=1)
    return index[np.concatenate([[True], ~repeated])[: len(index)]]
