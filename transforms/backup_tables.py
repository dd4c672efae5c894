"""Tables of Bigtable to the files of a backup, and back: cell by cell, sealed as they are.

Nothing is opened: no key is needed, and none is asked for.
"""

from __future__ import annotations

import dataclasses
import datetime
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

from google.cloud.bigtable.data import (
    BigtableDataClient,
    Mutation,
    ReadRowsQuery,
    RowMutationEntry,
    SetCell,
    Table,
)
from google.cloud.bigtable.data.row_filters import FamilyNameRegexFilter

from schemas.bigtable_tables import BigtableTable
from schemas.keyset_rows import ERASED_FAMILY, KEYSETS
from transforms.backup_files import (
    Backup,
    BackupError,
    BackupFile,
    StoredCell,
    is_backup,
    read_cells,
    read_list,
    write_cells,
    write_list,
)

FILE_BYTES = 64 << 20  # of cells, about
_REQUEST_CELLS = 10_000  # Bigtable takes 100,000 a request
_REQUEST_BYTES = 16 << 20

TablesOf = Callable[[BigtableTable], Table]


@dataclasses.dataclass(frozen=True)
class TableSet:
    """Where tables are.

    Args:
      app_profile: for reading and writing rows.
    """

    project: str
    instance: str
    app_profile: str | None = None

    def connect(self, client: BigtableDataClient) -> TablesOf:
        """Tables by their definitions."""
        return lambda table: client.get_table(
            self.instance, table.table_id, app_profile_id=self.app_profile
        )


@dataclasses.dataclass
class Restored:
    """How many cells were written, and how many rows were left as they are, by table."""

    cells: dict[str, int] = dataclasses.field(default_factory=dict)
    erased_rows: int = 0


def check_apart(tables: Sequence[BigtableTable]) -> None:
    """Copies of keysets have to be gone sooner than what they open: they are a backup apart.

    Raises:
      BackupError: they are not alone.
    """
    if KEYSETS in tables and len(tables) > 1:
        names = ", ".join(table.table_id for table in tables)
        raise BackupError("tables", names, "keysets by themselves, in a folder that expires sooner")


def back_up(
    where: TableSet,
    tables: Sequence[BigtableTable],
    folder: str,
    *,
    now: Callable[[], datetime.datetime] = lambda: datetime.datetime.now(datetime.UTC),
    file_bytes: int = FILE_BYTES,
) -> Backup:
    """Writes every cell of some tables below a folder.

    Raises:
      BackupError: the folder holds a backup already, or keysets are not alone.
    """
    check_apart(tables)
    if is_backup(folder):
        raise BackupError("folder", folder, "one that holds no backup yet")
    began = now()
    with BigtableDataClient(project=where.project) as client:
        table_of = where.connect(client)
        files = {
            table.table_id: tuple(_export(table_of(table), table.table_id, folder, file_bytes))
            for table in tables
        }
    times = began.isoformat(timespec="seconds"), now().isoformat(timespec="seconds")
    backup = Backup(where.project, where.instance, *times, files)
    write_list(folder, backup)
    return backup


def restore(where: TableSet, folder: str, *, is_dry: bool = False) -> Restored:
    """Writes every cell of a backup into tables that exist, with its own time.

    A cell that was written since, with a higher revision or generation, stays what readers see. A
    row of keysets that was erased since stays erased. Every file is checked before anything is
    written; to run it again changes nothing.

    Args:
      is_dry: checks the files, and counts.

    Raises:
      BackupError: the folder is no backup, or a file of it is not what was written.
    """
    backup = read_list(folder)
    restored = Restored()
    for table, files in backup.files.items():
        for file in files:
            n_cells = sum(1 for _ in read_cells(folder, table, file))
            restored.cells[table] = restored.cells.get(table, 0) + n_cells
    if is_dry:
        return restored
    with BigtableDataClient(project=where.project) as client:
        for name, files in backup.files.items():
            table = client.get_table(where.instance, name, app_profile_id=where.app_profile)
            for file in files:
                cells = read_cells(folder, name, file)
                if name == KEYSETS.table_id:
                    restored.erased_rows += _restore_keysets(table, cells)
                else:
                    _restore_rows(table, cells)
    return restored


def _export(table: Table, name: str, folder: str, file_bytes: int) -> Iterator[BackupFile]:
    held: list[StoredCell] = []
    held_bytes, number = 0, 0
    for row in table.read_rows_stream(ReadRowsQuery()):
        for cell in row:
            place = row.row_key, cell.family, cell.qualifier, cell.timestamp_micros
            held.append(StoredCell(*place, cell.value))
            held_bytes += len(cell.value)
        if held_bytes >= file_bytes:  # a row is never in two files
            yield write_cells(folder, name, number, held)
            held, held_bytes, number = [], 0, number + 1
    if held:
        yield write_cells(folder, name, number, held)


def _rows_of(cells: Iterable[StoredCell]) -> Iterator[tuple[bytes, list[StoredCell]]]:
    for row, some in itertools.groupby(cells, key=lambda cell: cell.row):
        yield row, list(some)


def _mutations(cells: Sequence[StoredCell]) -> list[Mutation]:
    return [
        SetCell(cell.family, cell.column, cell.value, timestamp_micros=cell.time_us)
        for cell in cells
    ]


def _restore_rows(table: Table, cells: Iterable[StoredCell]) -> None:
    held: list[RowMutationEntry] = []
    n_cells = n_bytes = 0
    for row, some in _rows_of(cells):
        held.append(RowMutationEntry(row, _mutations(some)))
        n_cells += len(some)
        n_bytes += sum(len(cell.value) for cell in some)
        if n_cells >= _REQUEST_CELLS or n_bytes >= _REQUEST_BYTES:
            table.bulk_mutate_rows(held)
            held, n_cells, n_bytes = [], 0, 0
    if held:
        table.bulk_mutate_rows(held)


def _restore_keysets(table: Table, cells: Iterable[StoredCell]) -> int:
    """Returns how many rows were erased since, and stay so."""
    return sum(
        table.check_and_mutate_row(
            row, FamilyNameRegexFilter(ERASED_FAMILY), false_case_mutations=_mutations(some)
        )
        for row, some in _rows_of(cells)
    )
