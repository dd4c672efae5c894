"""Promise 7 for rows, and tampering by somebody who can write to the tables and has no key."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from google.cloud.bigtable.data import DeleteAllFromRow, SetCell
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.archive import EpochPlace
from schemas.errors import CellError, SchemaError
from schemas.keyset_rows import KEYSETS, subject_keyset
from schemas.window_rows import (
    SIGNAL_FAMILY,
    STREAMS,
    WINDOW_FAMILY,
    WINDOWS,
    qualifier,
    row_key,
)
from security.errors import KeysetMissingError, OpenRefusedError, SealError
from tests.sealed_stores import cells_of, connected, new_store, put_cells
from tests.security.vaults import (
    OTHER_SESSION,
    OTHER_SUBJECT,
    OTHER_TENANT,
    SESSION,
    SUBJECT,
    TENANT,
)
from tests.transforms.stored_sessions import (
    OWNER,
    PLACE,
    SPEC,
    made_samples,
    rows_of,
    write_rows,
)
from transforms.read_windows import SessionReader, StoredEpoch

FOREVER = (-(2**61), 2**61)
SAMPLES = made_samples(64)
ROWS, MADE = rows_of(SPEC, SAMPLES)
OTHER_OWNER = dataclasses.replace(OWNER, tenant=OTHER_TENANT, subject=OTHER_SUBJECT)


@pytest.fixture(scope="module")
def store(kms):
    """A session of each of two subjects in each of two tenants: everybody has a keyset."""
    with connected(new_store(kms)) as store:
        write_rows(store, ROWS)
        for tenant, subject in itertools.product((TENANT, OTHER_TENANT), (SUBJECT, OTHER_SUBJECT)):
            if (tenant, subject) != (TENANT, SUBJECT):
                place = EpochPlace(tenant, OTHER_SESSION, "eeg0", 0, subject)
                write_rows(store, rows_of(SPEC, made_samples(2, seed=1), place)[0])
        yield store


@pytest.fixture(scope="module")
def described(store):
    (epoch,) = SessionReader(store).epochs(OWNER)
    return epoch.newest


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a cell is, and where it is looked for."""

    tenant: str = TENANT
    subject: str = SUBJECT
    session: str = SESSION
    stream: str = "eeg0"
    epoch: int = 0
    minute: int = 0
    later: int = 0
    family: str = WINDOW_FAMILY
    time_us: int = 0


OTHER_PLACE = Place(
    OTHER_TENANT, OTHER_SUBJECT, OTHER_SESSION, "eeg1", 1, 1200, 20, SIGNAL_FAMILY, 1000
)
FIELDS = [field.name for field in dataclasses.fields(Place)]


@pytest.mark.parametrize("n_wrong", range(1, len(FIELDS) + 1))
def test_a_cell_opens_at_no_other_combination_of_owner_and_place(store, described, n_wrong):
    first = int(MADE.index[40]) // 20 * 20
    bucket = described.windows_per_bucket
    column = qualifier(first, first + 19, bucket)
    key = row_key(PLACE, first, bucket)
    sealed = cells_of(store, WINDOWS)[key, WINDOW_FAMILY, column, 0]
    for wrong in itertools.combinations(FIELDS, n_wrong):
        place = dataclasses.replace(Place(), **{name: getattr(OTHER_PLACE, name) for name in wrong})
        target = EpochPlace(place.tenant, place.session, place.stream, place.epoch, place.subject)
        window = first + place.later
        there = row_key(target, window + place.minute, bucket)
        there_column = qualifier(window, window + 19, bucket)
        table = store.table(WINDOWS)
        before = {k: v for k, v in cells_of(store, WINDOWS).items() if k[0] == there}
        table.mutate_row(there, DeleteAllFromRow())
        moved = SetCell(place.family, there_column, sealed, timestamp_micros=place.time_us)
        table.mutate_row(there, moved)
        epoch = StoredEpoch(target, {0: described, 1: described})
        reader = SessionReader(store)
        read = reader.read_windows if place.family == WINDOW_FAMILY else reader.read_signal
        start_ns = (window + place.minute) * 50_000_000
        with pytest.raises(SealError):
            read(epoch, start_ns, start_ns + 10**9)
        table.mutate_row(there, DeleteAllFromRow())
        for (row, family, name, time_us), value in before.items():
            table.mutate_row(row, SetCell(family, name, value, timestamp_micros=time_us))


def test_a_subject_who_is_not_the_sessions_opens_nothing(store):
    with pytest.raises(OpenRefusedError):
        SessionReader(store).epochs(dataclasses.replace(OWNER, subject=OTHER_SUBJECT))
    with pytest.raises(KeysetMissingError):
        SessionReader(store).epochs(dataclasses.replace(OWNER, subject="nobody0000000000"))


def read_all(store) -> None:
    reader = SessionReader(store)
    for epoch in reader.epochs(OWNER):
        reader.read_windows(epoch, *FOREVER)
        reader.read_signal(epoch, *FOREVER)


def own_cells(store, table):
    return {k: v for k, v in cells_of(store, table).items() if SESSION.encode() in k[0]}


@pytest.fixture(scope="module")
def copy(store):
    """Every cell of the session, to put back."""
    return {table: own_cells(store, table) for table in (STREAMS, WINDOWS)}


def overwrite(store, table, key, value) -> None:
    row, family, column, time_us = key
    store.table(table).mutate_row(row, SetCell(family, column, value, timestamp_micros=time_us))


tables = st.sampled_from([STREAMS, WINDOWS, WINDOWS, WINDOWS])


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_any_changed_cell_makes_reading_fail(store, copy, data):
    table = data.draw(tables)
    key = data.draw(st.sampled_from(sorted(copy[table])))
    value = copy[table][key]
    kind = data.draw(st.sampled_from(["bit", "cut", "longer", "empty"]))
    if kind == "bit":
        bit = data.draw(st.integers(0, 8 * len(value) - 1))
        changed = bytearray(value)
        changed[bit // 8] ^= 1 << bit % 8
    else:
        cut = data.draw(st.integers(0, len(value) - 1))
        changed = bytearray({"cut": value[:cut], "longer": value + b"\0", "empty": b""}[kind])
    overwrite(store, table, key, bytes(changed))
    try:
        with pytest.raises(SealError):
            read_all(store)
    finally:
        overwrite(store, table, key, value)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_any_two_swapped_cells_make_reading_fail(store, copy, data):
    """Of one session, or of two subjects, or of two tenants."""
    everywhere = {
        (table.table_id, key): (table, value)
        for table in (STREAMS, WINDOWS)
        for key, value in cells_of(store, table).items()
    }
    own = sorted(each for each in everywhere if SESSION.encode() in each[1][0])
    one = data.draw(st.sampled_from(own))
    other = data.draw(st.sampled_from([each for each in sorted(everywhere) if each != one]))
    (table, value), (other_table, other_value) = everywhere[one], everywhere[other]
    overwrite(store, table, one[1], other_value)
    overwrite(store, other_table, other[1], value)
    try:
        with pytest.raises(SealError):
            read_all(store)
    finally:
        overwrite(store, table, one[1], value)
        overwrite(store, other_table, other[1], other_value)


def test_swapped_rows_make_reading_fail(store, copy):
    first, second = sorted({key[0] for key in copy[WINDOWS]})
    swap = {first: second, second: first}
    swapped = {(swap[key[0]], *key[1:]): value for key, value in copy[WINDOWS].items()}
    all_cells = cells_of(store, WINDOWS)
    put_cells(store, WINDOWS, {**without(all_cells, copy[WINDOWS]), **swapped})
    try:
        with pytest.raises(SealError):
            read_all(store)
    finally:
        put_cells(store, WINDOWS, all_cells)
    read_all(store)


def without(cells, gone):
    return {key: value for key, value in cells.items() if key not in gone}


def test_a_cell_under_a_name_that_we_never_gave_is_an_error(store, copy):
    (row, _, _, _), value = next(iter(copy[WINDOWS].items()))
    for column in (b"", b"119920x", b"999920", b"000099", b"\xff" * 6):
        table = store.table(WINDOWS)
        table.mutate_row(row, SetCell(WINDOW_FAMILY, column, value, timestamp_micros=0))
        with pytest.raises((SchemaError, SealError)):
            read_all(store)
        put_cells(
            store, WINDOWS, without(cells_of(store, WINDOWS), {(row, WINDOW_FAMILY, column, 0)})
        )
    read_all(store)


def test_an_older_keyset_put_back_opens_nothing_of_the_newer(kms):
    address = new_store(kms)
    with connected(address) as process:
        write_rows(process, ROWS[:1])
        keyset_id = subject_keyset(TENANT, SUBJECT)
        older = cells_of(process, KEYSETS)
        process.vault.keysets.rotate(keyset_id)
        write_rows(process, ROWS[1:])
        read_all(process)
        newer = cells_of(process, KEYSETS)
        put_cells(process, KEYSETS, older)
        process.vault.keysets.forget(keyset_id)
        with pytest.raises(SealError):  # it has seen the newer one
            read_all(process)
        with connected(address) as another, pytest.raises(OpenRefusedError):
            read_all(another)
        put_cells(process, KEYSETS, newer)
        with connected(address) as another:
            read_all(another)


def test_an_opened_cell_that_does_not_hold_its_place_is_an_error(kms):
    """A writer with the key and a fault: sealed for one second, and of another."""
    row = next(row for row in ROWS if row.table is WINDOWS)
    signal_of = {cell.qualifier: cell for cell in row.cells if cell.family == SIGNAL_FAMILY}
    windows_of = {cell.qualifier: cell for cell in row.cells if cell.family == WINDOW_FAMILY}
    for cells in (signal_of, windows_of):
        one, other = sorted(cells)[3:5]
        wrong = dataclasses.replace(cells[one], content=cells[other].content)
        faulty = dataclasses.replace(row, cells=(wrong,))
        with connected(new_store(kms)) as process:
            write_rows(process, [ROWS[0], faulty])
            reader = SessionReader(process)
            (epoch,) = reader.epochs(OWNER)
            read = reader.read_signal if cells is signal_of else reader.read_windows
            with pytest.raises(CellError):
                read(epoch, *FOREVER)
