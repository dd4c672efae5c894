"""Ten seconds without the keys, or without the store: the job waits, and nothing is lost."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import time

import numpy as np
import pytest

from local.bigtable import ADDRESS_VARIABLE
from local.kms.server import LocalKms
from schemas.archive_reader import EpochReader, epoch_folders
from security.kms import KmsSettings
from tests.pipelines.stream_runs import made_packets, messages_of, run_stream, settings_in
from tests.sealed_stores import connected, new_store
from tests.security.vaults import make_tenant_keys
from tests.tcp_proxy import tcp_proxy
from tests.transforms.recordings.made_archive import SESSION, SUBJECT, TENANT
from transforms.engine import SignalEngine, WindowBatch
from transforms.live import FollowSettings
from transforms.read_windows import SessionOwner, SessionReader
from transforms.recordings.archive.stream_spec import stream_of_format

OUTAGE_S = 10.0
SECONDS = 10
FOREVER = (-(2**61), 2**61)


@pytest.fixture(scope="module")
def packets():
    return made_packets(SECONDS)


@pytest.fixture(scope="module")
def bare(packets):
    first = packets[0]
    recordings = FollowSettings().recordings
    spec, factor, _ = stream_of_format(first.stream, first.format, first.start_ns, recordings)
    engine = SignalEngine(spec)
    samples = np.concatenate([packet.samples_in_unit() for packet in packets]) * factor
    return WindowBatch.concatenate([engine.push(0, samples), engine.finish()])


@contextlib.contextmanager
def away(proxy):
    """Gone now, and back after the outage; nobody waits for that but who needs it."""
    back = threading.Timer(OUTAGE_S, proxy.come_back)
    proxy.go_away()
    back.start()
    try:
        yield
    finally:
        back.join()


def patient(address, kms_address):
    """As deployed: a call to the key service gives up long before the job does."""
    vault = dataclasses.replace(
        address.vault, kms_loopback_address=kms_address, kms=KmsSettings(deadline_s=2.0)
    )
    return dataclasses.replace(address, vault=vault)


@pytest.mark.parametrize("what", ["the key service", "Bigtable"])
def test_ten_seconds_without_it_lose_nothing(what, bigtable, tmp_path, monkeypatch, packets, bare):
    with (
        LocalKms(tmp_path / "kms") as kms,
        tcp_proxy(kms.address) as keys,
        tcp_proxy(bigtable) as rows,
    ):
        make_tenant_keys(kms)
        address = new_store(kms)
        with connected(address) as store:
            messages = messages_of(store.vault, packets)
        settings = settings_in(tmp_path / "stream", patient(address, keys.address))
        monkeypatch.setenv(ADDRESS_VARIABLE, rows.address)
        began = time.monotonic()
        with away(keys if what == "the key service" else rows):
            ran = run_stream(settings, messages)
        assert time.monotonic() - began > OUTAGE_S  # it met the outage
        monkeypatch.setenv(ADDRESS_VARIABLE, bigtable)
        with connected(address) as store:
            reader = SessionReader(store)
            (epoch,) = reader.epochs(SessionOwner(TENANT, SUBJECT, SESSION))
            found = reader.read_windows(epoch, *FOREVER)
    for name in ("index", "n_samples", "features", "flags", "quality"):
        np.testing.assert_array_equal(getattr(found, name), getattr(bare, name))
    (account,) = ran.rows("stream_accounts")
    assert account["samples_computed"] == account["samples_accepted"] == 250 * SECONDS
    (folder,) = epoch_folders(tmp_path / "stream" / "archive" / TENANT / SESSION)
    assert len(EpochReader(folder)) == len(packets)
    assert ran.rows("dead_letters") == []
