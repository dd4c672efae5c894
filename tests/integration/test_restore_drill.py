"""The drill: stores written, backed up, written on, wiped; rebuilt from backup and archive."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from functions.registry.registry import connect
from functions.registry.rows import RegistryRows
from local.kms.server import LocalKms
from pipelines.backup import main as backup_main
from pipelines.batch import main as batch_main
from pipelines.restore import main as restore_main
from pipelines.stream_options import StreamSettings
from schemas.keyset_rows import KEYSETS, subject_keyset
from schemas.packet import Packet
from schemas.packet_events import Event, EventKind, EventPacket
from schemas.registry_rows import REGISTRY, device_row
from schemas.stored_tables import BIGTABLE_TABLES
from security.errors import KeysetErasedError
from tests.pipelines.job_runs import Ran
from tests.pipelines.stream_runs import (
    made_packets,
    message_of,
    run_stream,
    sealed_envelope,
    settings_in,
)
from tests.sealed_stores import Cells, cells_of, connected, new_store, put_cells
from tests.security.vaults import NAMES, make_tenant_keys
from tests.transforms.recordings.made_archive import SUBJECT, TENANT, event_packet
from transforms.engine import WindowBatch
from transforms.read_windows import NothingStoredError, SessionOwner, SessionReader
from transforms.sealed_store import StoreAddress

BEFORE, AFTER, LOST = "a" * 32, "b" * 32, "c" * 32
LATER_SUBJECT = "subject000000003"
"""Whose keyset was made after the last backup of keysets."""
SECONDS = 4
FOREVER = (-(2**61), 2**61)
DEVICE = "d" * 16
WINDOW_ARRAYS = ("index", "start_ns", "n_samples", "features", "flags", "quality")


@dataclasses.dataclass
class Drill:
    """What was there, and where everything is."""

    folder: Path
    address: StoreAddress
    settings: StreamSettings
    at_backup: dict[str, Cells] = dataclasses.field(default_factory=dict)
    windows: dict[tuple[str, str], WindowBatch] = dataclasses.field(default_factory=dict)
    signals: dict[tuple[str, str], np.ndarray] = dataclasses.field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = dataclasses.field(default_factory=dict)

    def where(self) -> list[str]:
        address = self.address
        return ["--bigtable-project", address.project, "--bigtable-instance", address.instance]

    def backup(self, kind: str) -> str:
        return str(self.folder / kind)


def stream_in(store, settings, session: str, subject: str, seed: int) -> Ran:
    """A session comes live: two streams of samples and a marker."""
    samples = [
        dataclasses.replace(one, session=session, stream=stream)
        for place, stream in enumerate(("eeg0", "eeg1"))
        for one in made_packets(SECONDS, seed=seed + place)
    ]
    cue = Event(samples[0].start_ns + 10**9, EventKind.MARKER, "left", 10**8)
    marker = dataclasses.replace(event_packet(cue)[1], session=session)
    packets: list[Packet | EventPacket] = [*samples, marker]
    messages = [message_of(sealed_envelope(store.vault, one, subject=subject)) for one in packets]
    return run_stream(settings, messages)


def read_all(store, session: str, subject: str = SUBJECT):
    """Windows and samples of every stream, opened."""
    reader = SessionReader(store)
    windows, signals = {}, {}
    for epoch in reader.epochs(SessionOwner(TENANT, subject, session)):
        name = session, epoch.place.stream
        windows[name] = reader.read_windows(epoch, *FOREVER)
        signals[name] = reader.read_signal(epoch, *FOREVER).samples
    return windows, signals


def feature_rows(ran: Ran, session: str) -> list[dict]:
    rows = [row for row in ran.rows("features") if row["session"] == session]
    rows = [{k: v for k, v in row.items() if k != "revision"} for row in rows]
    return sorted(rows, key=lambda row: (row["stream"], row["window"]))


@pytest.fixture(scope="module")
def drill(bigtable, tmp_path_factory):
    folder = tmp_path_factory.mktemp("drill")
    with LocalKms(folder / "kms") as kms:
        make_tenant_keys(kms)
        address = new_store(kms)
        settings = settings_in(folder, address)
        made = Drill(folder, address, settings)
        with connected(address) as store:
            write_everything(made, store)
            for table in BIGTABLE_TABLES:
                put_cells(store, table, {})
                assert cells_of(store, table) == {}
        yield made


def write_everything(made: Drill, store) -> None:
    registry = RegistryRows(connect(made.address.project, made.address.instance))
    assert registry.create(device_row(DEVICE), {"device": DEVICE}, status="")
    stream_in(store, made.settings, BEFORE, SUBJECT, seed=1)
    made.at_backup = {table.table_id: cells_of(store, table) for table in BIGTABLE_TABLES}
    where = made.where()
    assert backup_main([*where, "--output", made.backup("backup")]) == 0
    keysets = ["--tables", "keysets", "--output", made.backup("keysets")]
    assert backup_main([*where, *keysets]) == 0
    stream_in(store, made.settings, AFTER, SUBJECT, seed=3)
    ran = stream_in(store, made.settings, LOST, LATER_SUBJECT, seed=5)  # all tables so far
    for session in (BEFORE, AFTER):
        windows, signals = read_all(store, session)
        assert len(windows) == 2
        made.windows |= windows
        made.signals |= signals
        made.rows[session] = feature_rows(ran, session)
        assert len(made.rows[session]) == 2 * (20 * SECONDS + 1)  # off the grid


@pytest.fixture(scope="module")
def restored(drill):
    """From the backup alone."""
    for kind in ("keysets", "backup"):
        assert restore_main(["--input", drill.backup(kind), *drill.where()]) == 0
    return drill


@pytest.fixture(scope="module")
def rebuilt(restored, tmp_path_factory):
    """And from the archive, which has what came since."""
    output = tmp_path_factory.mktemp("rebuilt")
    keys = ["--kms-project", NAMES.project, "--kms-location", NAMES.location]
    keys += ["--kms-loopback-address", restored.address.vault.kms_loopback_address]
    files = ["--input", restored.settings.archive, "--output", str(output), "--any-tenant"]
    options = ["--no-reports", "--revision", "1"]
    return Ran(batch_main([*files, *restored.where(), *keys, *options]), output, "")


def assert_all_equal(drill: Drill, sessions: tuple[str, ...]) -> None:
    with connected(drill.address) as store:
        for session in sessions:
            windows, signals = read_all(store, session)
            expected = {name for name in drill.windows if name[0] == session}
            assert windows.keys() == signals.keys() == expected
            for name in expected:
                for array in WINDOW_ARRAYS:
                    found, there = getattr(windows[name], array), drill.windows[name]
                    np.testing.assert_array_equal(found, getattr(there, array))
                np.testing.assert_array_equal(signals[name], drill.signals[name])


def test_the_backup_alone_brings_back_every_cell_that_it_saw(restored):
    with connected(restored.address) as store:
        for table in BIGTABLE_TABLES:
            assert cells_of(store, table) == restored.at_backup[table.table_id], table.table_id
            assert table.table_id == "erasures" or restored.at_backup[table.table_id]
        assert_all_equal(restored, (BEFORE,))
        with pytest.raises(NothingStoredError):
            read_all(store, AFTER)


def test_a_device_that_was_enrolled_is_known_again(restored):
    rows = RegistryRows(connect(restored.address.project, restored.address.instance))
    found = rows.read(device_row(DEVICE))
    assert found is not None
    assert found.content == {"device": DEVICE}


def test_the_archive_brings_back_what_came_after_the_backup_row_by_row(rebuilt, restored):
    assert_all_equal(restored, (BEFORE, AFTER))
    for session in (BEFORE, AFTER):
        assert feature_rows(rebuilt, session) == restored.rows[session]


def test_who_had_no_keyset_in_the_backup_is_told_and_gets_no_new_one(rebuilt, restored):
    letters = rebuilt.rows("dead_letters")
    assert {row["reason"] for row in letters} == {"not_opened"}
    assert all(f"/{LOST}" in row["path"] for row in letters)
    with connected(restored.address) as store:
        keysets = {key[0] for key in cells_of(store, KEYSETS)}
    assert subject_keyset(TENANT, SUBJECT).row_key in keysets
    assert subject_keyset(TENANT, LATER_SUBJECT).row_key not in keysets


def test_restoring_again_changes_nothing(rebuilt, restored):
    with connected(restored.address) as store:
        before = {table.table_id: cells_of(store, table) for table in BIGTABLE_TABLES}
        for kind in ("keysets", "backup"):
            assert restore_main(["--input", restored.backup(kind), *restored.where()]) == 0
        assert_all_equal(restored, (BEFORE, AFTER))
        assert cells_of(store, REGISTRY) == before["registry"]


def test_who_was_erased_since_the_backup_stays_erased(rebuilt, restored, capsys):
    keyset_id = subject_keyset(TENANT, SUBJECT)
    with connected(restored.address) as store:
        store.vault.store.erase(keyset_id, 1_780_000_000_000)
        restore_main(["--input", restored.backup("keysets"), *restored.where()])
        assert "1 keysets were erased since" in capsys.readouterr().out
        with pytest.raises(KeysetErasedError):
            store.vault.store.read(keyset_id)
        held = [key for key in cells_of(store, KEYSETS) if key[0] == keyset_id.row_key]
    assert {family for _, family, _, _ in held} == {"erased"}
