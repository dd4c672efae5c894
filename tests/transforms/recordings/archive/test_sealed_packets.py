"""Sealed archives: what opens them, and what each refusal says."""

from __future__ import annotations

import pytest

from local.kms.server import LocalKms
from schemas.keyset_rows import subject_keyset
from tests.pipelines.sealed_archives import SECONDS, write_sealed
from tests.sealed_stores import connected, new_store
from tests.security.vaults import OTHER_TENANT, make_tenant_keys
from tests.transforms.recordings.made_archive import SUBJECT, TENANT
from transforms.recordings import (
    OpenedRecording,
    Reason,
    RecordingError,
    RecordingSettings,
    open_recording,
    read_blocks,
)
from transforms.recordings.plan import ArchiveFence


@pytest.fixture(scope="module")
def kms(bigtable, tmp_path_factory):
    with LocalKms(tmp_path_factory.mktemp("kms")) as running:
        make_tenant_keys(running)
        yield running


@pytest.fixture(scope="module")
def address(kms):
    return new_store(kms)


@pytest.fixture(scope="module")
def store(address):
    with connected(address) as store:
        yield store


@pytest.fixture(scope="module")
def archive(store, tmp_path_factory):
    return write_sealed(tmp_path_factory.mktemp("sealed") / "archive", store)


def opened(folder, address=None, owner: ArchiveFence | None = None) -> OpenedRecording:
    vault = address.vault if address else None
    return open_recording(folder, RecordingSettings(vault=vault, owner=owner))


def refusal(*arguments) -> RecordingError:
    with pytest.raises(RecordingError) as refused:
        opened(*arguments)
    return refused.value


def test_sealed_packets_are_opened_with_the_keys_that_are_named(archive, address):
    found = opened(archive, address, ArchiveFence(TENANT, SUBJECT))
    (plan,) = found.streams
    samples = [block.samples for block in read_blocks(archive, plan)]
    assert sum(map(len, samples)) == 250 * SECONDS


def test_without_keys_they_are_refused_and_the_options_named(archive):
    error = refusal(archive)
    assert error.reason is Reason.SEALED
    assert "--bigtable-instance and --kms-location" in error.message


@pytest.mark.parametrize(
    ("fence", "said"),
    [
        (ArchiveFence(OTHER_TENANT), f"of tenant {TENANT}, and the job is for {OTHER_TENANT}"),
        (ArchiveFence(TENANT, "subject000000009"), "of another subject"),
    ],
)
def test_what_is_anothers_is_not_opened(archive, address, fence, said):
    error = refusal(archive, address, fence)
    assert error.reason is Reason.FOREIGN
    assert said in error.message


def test_what_is_anothers_is_refused_before_a_key_is_asked_for(archive, kms):
    kms.calls.clear()
    refusal(archive, new_store(kms), ArchiveFence(OTHER_TENANT))
    assert kms.calls.count() == 0


def test_packets_in_anothers_place_do_not_open(store, address, tmp_path):
    error = refusal(write_sealed(tmp_path, store, moved=1), address)
    assert error.reason is Reason.NOT_OPENED
    assert "these bytes do not open here" in error.message


def test_keys_of_another_store_open_nothing(archive, kms):
    error = refusal(archive, new_store(kms))
    assert error.reason is Reason.NOT_OPENED
    assert "there is no keyset to open with" in error.message


def test_an_erased_subject_stays_closed(kms, tmp_path):
    address = new_store(kms)
    with connected(address) as store:
        erased = write_sealed(tmp_path, store)
        store.vault.store.erase(subject_keyset(TENANT, SUBJECT), 1_700_000_000_000)
    assert refusal(erased, address).reason is Reason.ERASED_SUBJECT
