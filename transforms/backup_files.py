"""A backup of tables in Bigtable as files: cells as they lie there, and a list of all files.

    <folder>/<table>/00000.parquet ...
    <folder>/backup.json

The list is written last: a folder without it is no backup.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.io.filesystems import FileSystems

LIST = "backup.json"
FORMAT = 1

_SCHEMA = pa.schema(
    [
        pa.field("row", pa.binary(), nullable=False),
        pa.field("family", pa.string(), nullable=False),
        pa.field("column", pa.binary(), nullable=False),
        pa.field("time_us", pa.int64(), nullable=False),
        pa.field("value", pa.binary(), nullable=False),
    ]
)


class BackupError(ValueError):
    """A folder that is no backup, or not this one any more."""

    def __init__(self, field: str, found: object, expected: str):
        super().__init__(field, found, expected)
        self.field, self.found, self.expected = field, found, expected

    def __str__(self) -> str:
        return f"{self.field} is {self.found!r}; expected {self.expected}"


@dataclasses.dataclass(frozen=True)
class StoredCell:
    """A cell as it lies in a table; what it holds is in no repr."""

    row: bytes
    family: str
    column: bytes
    time_us: int
    value: bytes = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True)
class BackupFile:
    """A file of cells, below the folder of its table."""

    name: str
    sha256: str
    cells: int


@dataclasses.dataclass(frozen=True)
class Backup:
    """What the list of a backup says.

    Attributes:
      began, ended: ISO 8601 in UTC. Of a cell that was written between them, either version, or
        none, is in the backup.
      files: of each table.
    """

    project: str
    instance: str
    began: str
    ended: str
    files: dict[str, tuple[BackupFile, ...]]

    def n_cells(self, table: str) -> int:
        """How many cells a table has."""
        return sum(file.cells for file in self.files[table])

    def to_json(self) -> str:
        """As it is stored."""
        return json.dumps({"format": FORMAT, **dataclasses.asdict(self)}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Backup:
        """Undoes `to_json`.

        Raises:
          BackupError: the text is no list, or one of another version of the code.
        """
        try:
            fields: dict[str, Any] = json.loads(text)
            if fields.pop("format") != FORMAT:
                raise BackupError("format", "another", str(FORMAT))
            files = {
                table: tuple(BackupFile(**one) for one in some)
                for table, some in fields.pop("files").items()
            }
            return cls(files=files, **fields)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            if isinstance(error, BackupError):
                raise
            raise BackupError(LIST, type(error).__name__, "the list of a backup") from None


def write_cells(folder: str, table: str, number: int, cells: Iterable[StoredCell]) -> BackupFile:
    """Writes one file of a table."""
    rows = [dataclasses.astuple(cell) for cell in cells]
    columns = list(zip(*rows, strict=True)) or [()] * len(_SCHEMA)
    arrays = [pa.array(one, field.type) for one, field in zip(columns, _SCHEMA, strict=True)]
    content = io.BytesIO()
    # Sealed bytes do not shrink; the rest does.
    pq.write_table(pa.Table.from_arrays(arrays, schema=_SCHEMA), content, compression="zstd")
    name = f"{number:05d}.parquet"
    _write(_path(folder, table, name), content.getvalue())
    return BackupFile(name, hashlib.sha256(content.getvalue()).hexdigest(), len(rows))


def write_list(folder: str, backup: Backup) -> None:
    """Makes a folder of files a backup."""
    _write(FileSystems.join(folder, LIST), backup.to_json().encode())


def is_backup(folder: str) -> bool:
    """Whether the list is there."""
    return bool(FileSystems.exists(FileSystems.join(folder, LIST)))


def read_list(folder: str) -> Backup:
    """What the folder says it is.

    Raises:
      BackupError: it has no list that can be read.
    """
    if not is_backup(folder):
        raise BackupError("folder", folder, f"a finished backup, with {LIST}")
    return Backup.from_json(_read(FileSystems.join(folder, LIST)))


def read_cells(folder: str, table: str, file: BackupFile) -> Iterator[StoredCell]:
    """The cells of a file, in the order of the table.

    Raises:
      BackupError: it is not the file that was written.
    """
    path = _path(folder, table, file.name)
    content = _read(path) if FileSystems.exists(path) else b""
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise BackupError(path, f"{len(content)} bytes", "the file whose digest is in the list")
    for batch in pq.ParquetFile(io.BytesIO(content)).iter_batches():
        for fields in batch.to_pylist():
            yield StoredCell(**fields)


def _path(folder: str, *names: str) -> str:
    return str(FileSystems.join(folder, *names))


def _write(path: str, content: bytes) -> None:
    parent = path.rpartition("/")[0]
    if "://" not in path and not FileSystems.exists(parent):
        FileSystems.mkdirs(parent)
    with FileSystems.create(path, "application/octet-stream") as file:
        file.write(content)


def _read(path: str) -> bytes:
    with FileSystems.open(path, "application/octet-stream") as file:
        return bytes(file.read())
