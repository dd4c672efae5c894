"""The whole chain over packets of a recording, into an emulator and files, and read back."""

from __future__ import annotations

import dataclasses
import random

import numpy as np
import pytest

from local.kms.server import LocalKms
from pipelines.batch import main as batch_main
from schemas.archive_reader import EpochReader, epoch_folders
from schemas.letters import read_letters
from schemas.packet_events import Event, EventKind
from tests.pipelines.job_runs import Ran
from tests.pipelines.stream_runs import (
    files_below,
    made_packets,
    message_of,
    messages_of,
    recorded_packets,
    run_stream,
    sealed_envelope,
    settings_in,
)
from tests.pipelines.test_batch import assert_rows_equal_windows
from tests.sealed_stores import connected, new_store
from tests.security.vaults import NAMES, make_tenant_keys
from tests.transforms.recordings.made_archive import SESSION, SUBJECT, TENANT, event_packet
from tests.transforms.recordings.real_files import S001R04, real_file
from transforms.engine import SignalEngine, WindowBatch
from transforms.read_windows import SessionOwner, SessionReader
from transforms.recordings import RecordingSettings, open_recording, read_blocks

SECONDS, EVERY = 20, 40
FOREVER = (-(2**61), 2**61)
OWNER = SessionOwner(TENANT, SUBJECT, SESSION)


@pytest.fixture(scope="module")
def address(bigtable, tmp_path_factory):
    with LocalKms(tmp_path_factory.mktemp("kms")) as kms:
        make_tenant_keys(kms)
        yield new_store(kms)


@pytest.fixture(scope="module")
def store(address):
    with connected(address) as store:
        yield store


@pytest.fixture(scope="module")
def packets():
    return recorded_packets(real_file(S001R04), seconds=SECONDS, every=EVERY)


@pytest.fixture(scope="module")
def messages(store, packets):
    """Swapped within the bound, nine twice; a marker; one that opens nowhere, one that is none."""
    chance = random.Random(3)
    order = sorted(range(len(packets)), key=lambda at: at + chance.random() * 1.9)
    assert order != list(range(len(packets)))
    order += chance.choices(order, k=9)
    cue = event_packet(Event(packets[0].start_ns + 10**9, EventKind.MARKER, "left", 10**8))[1]
    made = messages_of(store.vault, [packets[at] for at in order] + [cue])
    forged = message_of(sealed_envelope(store.vault, packets[3], subject="subject000000002"))
    forged.attributes |= {"subject": SUBJECT, "delivery": "f" * 32}
    stray = type(forged)(b"no packet", {"event_time_ms": "1"})
    return [*made[:20], forged, stray, *made[20:]]


@pytest.fixture(scope="module")
def settings(address, tmp_path_factory):
    return settings_in(tmp_path_factory.mktemp("stream"), address)


@pytest.fixture(scope="module")
def ran(settings, messages):
    return run_stream(settings, messages)


@pytest.fixture(scope="module")
def bare():
    """The windows of the engine alone, pushed what the file holds."""
    (plan,) = open_recording(real_file(S001R04), RecordingSettings()).streams
    samples = next(iter(read_blocks(real_file(S001R04), plan))).samples[: 160 * SECONDS]
    engine = SignalEngine(plan.spec)
    return WindowBatch.concatenate([engine.push(0, samples), engine.finish()])


def run_batch(settings, output, *options: str) -> Ran:
    """The batch job over the archive that the stream left."""
    store = settings.store
    where = ["--bigtable-project", store.project, "--bigtable-instance", store.instance]
    where += ["--kms-project", NAMES.project, "--kms-location", NAMES.location]
    where += ["--kms-loopback-address", store.vault.kms_loopback_address]
    files = ["--input", settings.archive, "--output", str(output), "--tenant", TENANT]
    return Ran(batch_main([*files, *where, "--no-reports", *options]), output, "")


def windows_of(store, owner: SessionOwner = OWNER) -> WindowBatch:
    reader = SessionReader(store)
    (epoch,) = (epoch for epoch in reader.epochs(owner) if epoch.place.stream == "eeg0")
    return reader.read_windows(epoch, *FOREVER)


def feature_rows(ran: Ran) -> list[dict]:
    return sorted(ran.rows("features"), key=lambda row: row["window"])


def without(row: dict, *columns: str) -> dict:
    return {name: value for name, value in row.items() if name not in columns}


def test_stream_batch_and_bare_engine_give_the_same_windows(
    ran, settings, store, bare, tmp_path_factory
):
    assert_rows_equal_windows(feature_rows(ran), bare)
    live = windows_of(store)
    batch = run_batch(settings, tmp_path_factory.mktemp("batch"), "--revision", "1")
    assert (batch.code, batch.reasons()) == (0, {})
    again = windows_of(store)  # of the batch now: readers see the highest revision
    for name in ("index", "n_samples", "features", "pair_features", "flags", "quality"):
        np.testing.assert_array_equal(getattr(live, name), getattr(bare, name))
        np.testing.assert_array_equal(getattr(again, name), getattr(bare, name))
    for row, other in zip(feature_rows(ran), feature_rows(batch), strict=True):
        assert without(row, "revision") == without(other, "revision")
        assert other["revision"] == 1


def test_every_sample_is_accounted_for(ran):
    (account,) = (row for row in ran.rows("stream_accounts") if row["stream"] == "eeg0")
    assert account["is_final"]
    assert account["samples_computed"] == 160 * SECONDS
    assert account["samples_duplicate"] == 9 * EVERY
    assert account["samples_accepted"] == 160 * SECONDS + 9 * EVERY
    assert (account["samples_late"], account["samples_in_gaps"]) == (0, 0)
    assert account["packets_refused"] == 1


def test_the_archive_has_each_packet_once_as_it_was_sealed(ran, settings, messages):
    sealed = {message.data for message in messages}
    for folder in epoch_folders(f"{settings.archive}/{TENANT}/{SESSION}"):
        reader = EpochReader(folder)
        records = list(reader.records())
        assert reader.damage == []
        assert all(record.is_sealed and record.packet in sealed for record in records)
        if reader.place.stream == "eeg0":
            assert [record.first_sample for record in records] == list(
                range(0, 160 * SECONDS, EVERY)
            )


def test_what_cannot_be_used_is_kept_as_it_came_and_told(ran, settings, messages):
    letters = [
        letter
        for path in files_below(settings.dead_letters, ".nepd")
        for letter in read_letters(path.read_bytes())
    ]
    found = {letter.reason: (letter.data, letter.attributes) for letter in letters}
    forged, stray = messages[20:22]
    assert found == {
        "not_opened": (forged.data, forged.attributes),
        "not_an_envelope": (stray.data, stray.attributes),
    }
    rows = {row["reason"]: row for row in ran.rows("dead_letters")}
    assert rows.keys() == found.keys()
    assert rows["not_opened"]["session"] == SESSION
    assert rows["not_an_envelope"]["tenant"] == "unknown"
    for row in rows.values():
        assert row["path"] in map(str, files_below(settings.dead_letters, ".nepd"))


def test_live_rows_tell_when_they_were_where(ran):
    rows = [row for row in ran.rows("latencies") if row["stream"] == "eeg0"]
    assert len({row["start_ns"] for row in rows}) == SECONDS
    for row in rows:
        assert 0 < row["received_ns"] < row["windowed_ns"] <= row["written_ns"]


def test_running_again_leaves_what_readers_see(
    ran, settings, messages, store, bare, tmp_path_factory
):
    run_stream(settings, messages)
    np.testing.assert_array_equal(windows_of(store).features, bare.features)
    (folder,) = (
        f for f in epoch_folders(f"{settings.archive}/{TENANT}/{SESSION}") if "eeg" in f.parent.name
    )
    assert len(list(folder.glob("*.nepk"))) == 2  # nothing of the first run was replaced
    assert len(EpochReader(folder)) == 160 * SECONDS // EVERY
    batch = run_batch(settings, tmp_path_factory.mktemp("again"), "--revision", "2")
    rows = [without(row, "revision") for row in feature_rows(batch)]
    assert rows == [without(row, "revision") for row in feature_rows(ran)]


def test_what_came_too_late_is_taken_in_by_the_next_revision(address, store, tmp_path):
    packets = [dataclasses.replace(one, session="a" * 32) for one in made_packets(4, seed=2)]
    settings = settings_in(tmp_path / "late", address)
    messages = messages_of(store.vault, packets)
    ran = run_stream(settings, [*messages[:3], *messages[4:], messages[3]])
    (account,) = ran.rows("stream_accounts")
    n_late = packets[3].n_samples
    assert (account["samples_late"], account["samples_in_gaps"]) == (n_late, n_late)
    owner = SessionOwner(TENANT, SUBJECT, "a" * 32)
    assert windows_of(store, owner).n_samples.sum() == 1000 - n_late
    assert run_batch(settings, tmp_path / "batch", "--revision", "1").code == 0
    assert windows_of(store, owner).n_samples.sum() == 1000
