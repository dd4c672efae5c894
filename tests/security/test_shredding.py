"""An erasure from its request to the day it is final, and everything that interrupts it."""

from __future__ import annotations

import grpc
import pytest
from google.cloud.bigtable.data import DeleteAllFromRow

from local.kms.faults import Fault
from schemas.erasure_rows import Stage
from schemas.errors import SchemaError
from schemas.keyset_rows import subject_keyset
from security.erasure_status import ErasureState
from security.errors import (
    ErasureRecordError,
    KeyAdministrationDeniedError,
    KeysetErasedError,
)
from security.shredding import Verified
from tests.security.clinics import (
    COPIES,
    KEY,
    OPERATOR,
    cell_of,
    copy_of,
    erase_completely,
    open_conditions,
    restore,
    rewrap_all,
    stages,
    states,
)
from tests.security.vaults import (
    CELL,
    OTHER_SUBJECT,
    OTHER_TENANT,
    SUBJECT,
    TENANT,
)


def test_an_erasure_is_final_after_the_last_copy_and_not_an_hour_before(clinic, sealed):
    operator = clinic.operator()
    operator.shredder.request(TENANT, SUBJECT, OPERATOR)
    operator.shredder.rotate(TENANT)
    clinic.clock.pass_days(2)
    assert operator.shredder.destroy(TENANT, rewrap_all(operator)) == [1]
    status = operator.shredder.status(TENANT, SUBJECT)
    assert status.state is ErasureState.PENDING
    by_name = {condition.name: condition.ends_at for condition in status.conditions}
    requested, scheduled = status.requested_at, clinic.clock.now
    in_days = {name: (ends - requested).total_seconds() / 86400 for name, ends in by_name.items()}
    slack = COPIES.clocks / 24
    assert in_days == pytest.approx(
        {
            "keyset_deleted": 0,
            "worker_caches": 1.25 / 24 + slack,
            "deleted_cells": 7 + slack,
            "backups": 120 + slack,
            "rewrapped": 2,
            "old_kms_versions_destroyed": 2 + 30,  # the period of the key
            "key_service_copies": 2 + 30 + 45 + slack,
        }
    )
    assert status.final_from == max(by_name.values())
    clinic.clock.now = scheduled
    seen = []
    while (now := operator.shredder.status(TENANT, SUBJECT)).state is ErasureState.PENDING:
        assert clinic.clock.now < now.final_from
        clinic.clock.pass_hours(12)
        seen.append(open_conditions(now))
    assert 0 <= (clinic.clock.now - status.final_from).total_seconds() < 12 * 3600
    assert seen[0] == {"deleted_cells", "backups", "old_kms_versions_destroyed"} | {
        "key_service_copies"
    }
    assert seen[-1] == {"backups"}
    assert now.final_from == status.final_from


def test_the_period_of_destruction_is_read_from_the_key(clinic):
    operator = clinic.operator()
    assert operator.versions.destruction_takes(KEY).days == 30


def test_survivors_and_other_tenants_still_open_and_the_erased_does_not(clinic, sealed):
    erase_completely(clinic)
    fresh = clinic.worker()
    for context, one in sealed.items():
        if context == CELL:
            with pytest.raises(KeysetErasedError):
                fresh.opener.open(one, context)
        else:
            assert fresh.opener.open(one, context) == b"signal"
    assert states(clinic) == {1: "DESTROYED", 2: "ENABLED"}
    assert states(clinic, OTHER_TENANT) == {1: "ENABLED"}


def test_no_writer_brings_an_erased_subject_back(clinic, sealed):
    erase_completely(clinic)
    with pytest.raises(KeysetErasedError):
        clinic.worker().sealer.seal(b"more", CELL)
    clinic.operator().shredder.request(TENANT, "neverseen0000000", OPERATOR)
    with pytest.raises(KeysetErasedError):  # who never had a keyset gets none afterwards
        clinic.worker().sealer.seal(b"more", cell_of("neverseen0000000"))


def test_several_erasures_share_one_rotation(clinic, sealed):
    operator = clinic.operator()
    for subject in (SUBJECT, OTHER_SUBJECT):
        operator.shredder.request(TENANT, subject, OPERATOR)
    for _ in range(3):
        operator.shredder.rotate(TENANT)
    clinic.clock.pass_days(2)
    assert operator.shredder.destroy(TENANT, rewrap_all(operator)) == [1]
    assert states(clinic) == {1: "DESTROY_SCHEDULED", 2: "ENABLED"}
    assert len(operator.shredder.statuses(TENANT)) == 2


def test_a_later_erasure_needs_a_version_that_was_made_after_it(clinic, sealed):
    operator = clinic.operator()
    operator.shredder.request(TENANT, SUBJECT, OPERATOR)
    operator.shredder.rotate(TENANT)
    clinic.clock.pass_days(2)
    operator.shredder.destroy(TENANT, rewrap_all(operator))  # OTHER_SUBJECT's is on version 2 now
    operator.shredder.request(TENANT, OTHER_SUBJECT, OPERATOR)
    operator.shredder.rotate(TENANT)
    clinic.clock.pass_days(2)
    assert operator.shredder.destroy(TENANT, rewrap_all(operator)) == [1, 2]
    clinic.clock.pass_days(28.5)  # version 1 is gone, version 2 not
    assert states(clinic) == {1: "DESTROYED", 2: "DESTROY_SCHEDULED", 3: "ENABLED"}
    destroyed = "old_kms_versions_destroyed"
    assert destroyed not in open_conditions(operator.shredder.status(TENANT, SUBJECT))
    assert destroyed in open_conditions(operator.shredder.status(TENANT, OTHER_SUBJECT))


def test_nothing_is_destroyed_while_workers_may_wrap_with_the_old_version(clinic, sealed):
    operator = clinic.operator()
    operator.shredder.request(TENANT, SUBJECT, OPERATOR)
    operator.shredder.rotate(TENANT)
    clinic.clock.pass_hours(COPIES.new_primary)  # and the clocks' difference is not over
    assert operator.shredder.destroy(TENANT, rewrap_all(operator)) == []
    assert operator.shredder.settles_at(TENANT) > clinic.clock.now
    assert states(clinic) == {1: "ENABLED", 2: "ENABLED"}
    assert Stage.REWRAPPED not in stages(clinic)


@pytest.mark.parametrize("oldest", [1, 0])
def test_nothing_is_destroyed_while_a_survivor_needs_it_or_does_not_tell(clinic, sealed, oldest):
    operator = clinic.operator()
    operator.shredder.request(TENANT, SUBJECT, OPERATOR)
    operator.shredder.rotate(TENANT)
    clinic.clock.pass_days(2)
    assert operator.shredder.destroy(TENANT, Verified(clinic.clock.now, oldest, 2)) == []
    assert states(clinic) == {1: "ENABLED", 2: "ENABLED"}


def test_a_destruction_that_is_taken_back_is_pending_again_and_resumed(clinic, sealed):
    operator = clinic.operator()
    operator.shredder.request(TENANT, SUBJECT, OPERATOR)
    operator.shredder.rotate(TENANT)
    clinic.clock.pass_days(2)
    operator.shredder.destroy(TENANT, rewrap_all(operator))
    clinic.kms.client().restore_crypto_key_version(name=f"{KEY}/cryptoKeyVersions/1")
    clinic.clock.pass_days(200)
    status = operator.shredder.status(TENANT, SUBJECT)
    assert (status.state, status.final_from) == (ErasureState.PENDING, None)
    assert any("[1] are not going to be destroyed" in one.detail for one in status.conditions)
    operator.shredder.destroy(TENANT, rewrap_all(operator))
    clinic.clock.pass_days(30 + 46)
    assert operator.shredder.status(TENANT, SUBJECT).state is ErasureState.FINAL


def test_a_keyset_out_of_a_backup_begins_the_erasure_again(clinic, sealed):
    backup = copy_of(clinic.keysets)
    operator = clinic.operator()
    operator.shredder.request(TENANT, SUBJECT, OPERATOR)
    operator.shredder.rotate(TENANT)
    clinic.keysets.mutate_row(subject_keyset(TENANT, SUBJECT).row_key, [DeleteAllFromRow()])
    restore(clinic.keysets, backup)
    status = operator.shredder.status(TENANT, SUBJECT)
    assert "keyset_deleted" in open_conditions(status)
    assert operator.shredder.sweep(TENANT) == 1
    with pytest.raises(KeysetErasedError):
        clinic.worker().sealer.seal(b"more", CELL)
    status = operator.shredder.status(TENANT, SUBJECT)
    assert "old_kms_versions_destroyed" in open_conditions(status)
    operator.shredder.rotate(TENANT)
    clinic.clock.pass_days(2)
    assert operator.shredder.destroy(TENANT, rewrap_all(operator)) == [1, 2]
    clinic.clock.pass_days(200)
    assert operator.shredder.status(TENANT, SUBJECT).state is ErasureState.FINAL


def test_who_erases_without_the_right_to_change_keys_is_told_which_right(clinic, sealed):
    operator = clinic.operator()
    operator.shredder.request(TENANT, SUBJECT, OPERATOR)
    fault = Fault(grpc.StatusCode.PERMISSION_DENIED, method="CreateCryptoKeyVersion")
    clinic.kms.faults.add(fault)
    with pytest.raises(KeyAdministrationDeniedError, match=r"cloudkms\.admin"):
        operator.shredder.rotate(TENANT)


def test_a_record_names_nobody_and_says_who_asked_and_when(clinic, sealed, caplog):
    caplog.set_level("DEBUG")
    erase_completely(clinic)
    stored = repr(copy_of(clinic.erasures))
    assert SUBJECT not in stored
    assert f"'{OPERATOR}'" not in stored
    operator = clinic.operator()
    (status,) = operator.shredder.statuses(TENANT)
    assert status.requested_by == operator.records.operator_of(TENANT, OPERATOR)
    assert SUBJECT not in f"{caplog.text}{status}{status.to_json()}"


@pytest.mark.parametrize("what", ["value", "row", "column"])
def test_a_record_that_others_wrote_is_not_believed(clinic, sealed, what):
    erase_completely(clinic)
    operator = clinic.operator()
    operator.shredder.conclude(TENANT)
    ((key, cells),) = copy_of(clinic.erasures).items()
    family, qualifier, time_us, value = next(c for c in cells if b"/deleted" in c[1])
    if what == "value":
        value = value.replace(b"2030-01", b"2029-01")
    elif what == "row":
        key = key[:-1] + (b"a" if key[-1:] != b"a" else b"b")
    else:
        qualifier = b"0001/final" if what == "column" else qualifier
        clinic.erasures.mutate_row(key, [DeleteAllFromRow()])
    restore(clinic.erasures, {key: [(family, qualifier, time_us, value)]})
    with pytest.raises(ErasureRecordError):
        operator.shredder.statuses(TENANT)


def test_an_erasure_without_an_operator_or_of_a_wrong_id_is_refused(clinic):
    shredder = clinic.operator().shredder
    with pytest.raises(SchemaError):
        shredder.request(TENANT, SUBJECT, "")
    with pytest.raises(SchemaError):
        shredder.request(TENANT, "Subject", OPERATOR)
    assert copy_of(clinic.erasures) == {}
    assert shredder.status(TENANT, SUBJECT) is None
