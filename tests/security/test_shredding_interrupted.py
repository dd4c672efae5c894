"""Erasures that are interrupted: Cloud KMS away, crashes around every record, races."""

from __future__ import annotations

import concurrent.futures

import grpc
import pytest

from local.kms.faults import Fault
from schemas.erasure_rows import Stage
from security.erasure_status import ErasureState
from security.errors import KeyServiceUnavailableError
from tests.security.clinics import (
    OPERATOR,
    THIRD_SUBJECT,
    cell_of,
    copy_of,
    open_conditions,
    rewrap_all,
    stages,
    states,
)
from tests.security.vaults import OTHER_SUBJECT, SUBJECT, TENANT


def test_without_the_key_service_a_request_neither_records_nor_deletes(clinic, sealed):
    before = copy_of(clinic.keysets)
    clinic.kms.faults.add(Fault(grpc.StatusCode.UNAVAILABLE))
    operator = clinic.operator()
    with pytest.raises(KeyServiceUnavailableError):
        operator.shredder.request(TENANT, SUBJECT, OPERATOR)
    assert copy_of(clinic.keysets) == before
    assert copy_of(clinic.erasures) == {}
    clinic.kms.faults.clear()
    assert stages(clinic) == set()


@pytest.mark.parametrize(
    "method",
    [
        "CreateCryptoKeyVersion",
        "ListCryptoKeyVersions",
        "UpdateCryptoKeyPrimaryVersion",
        "GetCryptoKey",
        "Decrypt",
        "Encrypt",
        "UpdateCryptoKeyVersion",
        "DestroyCryptoKeyVersion",
        "GetCryptoKeyVersion",
    ],
)
def test_a_run_that_the_key_service_ends_anywhere_is_completed_by_the_next(clinic, sealed, method):
    operator = clinic.operator()
    operator.shredder.request(TENANT, SUBJECT, OPERATOR)
    clinic.kms.faults.add(Fault(grpc.StatusCode.UNAVAILABLE, method=method))

    def run():
        operator.shredder.sweep(TENANT)
        operator.shredder.rotate(TENANT)
        clinic.clock.pass_days(2)
        return operator.shredder.destroy(TENANT, rewrap_all(operator))

    with pytest.raises(KeyServiceUnavailableError):
        run()
    clinic.kms.faults.clear()
    status = operator.shredder.status(TENANT, SUBJECT)
    assert "old_kms_versions_destroyed" in open_conditions(status)
    assert status.state is ErasureState.PENDING
    run()
    clinic.clock.pass_days(200)
    assert operator.shredder.status(TENANT, SUBJECT).state is ErasureState.FINAL
    opener = clinic.worker().opener
    for context in (cell_of(OTHER_SUBJECT), cell_of(THIRD_SUBJECT)):
        assert opener.open(sealed[context], context) == b"signal"


class CrashError(Exception):
    """The operator's machine stops."""


@pytest.mark.parametrize("stage", list(Stage), ids=lambda stage: stage.value)
@pytest.mark.parametrize("written", [False, True], ids=["before", "after"])
def test_a_crash_around_each_record_is_completed_by_the_next_run(
    clinic, sealed, stage, written, monkeypatch
):
    operator = clinic.operator()
    mark = operator.records.mark

    def crashing(tenant, subject, marked, *args, **details):
        if marked is stage and not written:
            raise CrashError
        mark(tenant, subject, marked, *args, **details)
        if marked is stage:
            raise CrashError

    def everything(custody):
        custody.shredder.request(TENANT, SUBJECT, OPERATOR)
        custody.shredder.sweep(TENANT)
        custody.shredder.rotate(TENANT)
        clinic.clock.pass_days(2)
        custody.shredder.destroy(TENANT, rewrap_all(custody))
        clinic.clock.pass_days(200)
        return custody.shredder.conclude(TENANT)

    monkeypatch.setattr(operator.records, "mark", crashing)
    with pytest.raises(CrashError):
        everything(operator)
    before = clinic.operator().shredder.status(TENANT, SUBJECT)
    if stage is not Stage.FINAL and stage is not Stage.DESTROYED:
        assert before is None or before.state is ErasureState.PENDING
    (after,) = everything(clinic.operator())
    assert after.state is ErasureState.FINAL
    assert stages(clinic) == set(Stage)
    opener = clinic.worker().opener
    for context in (cell_of(OTHER_SUBJECT), cell_of(THIRD_SUBJECT)):
        assert opener.open(sealed[context], context) == b"signal"


def test_a_crash_between_record_and_deletion_is_found_without_the_subjects_id(
    clinic, sealed, monkeypatch
):
    operator = clinic.operator()
    monkeypatch.setattr(operator.store, "erase", crash)
    with pytest.raises(CrashError):
        operator.shredder.request(TENANT, SUBJECT, OPERATOR)
    assert stages(clinic) == {Stage.REQUESTED}
    clinic.clock.pass_days(5)
    fresh = clinic.operator()
    assert fresh.shredder.sweep(TENANT) == 1
    assert stages(clinic) == {Stage.REQUESTED, Stage.DELETED}
    (record,) = fresh.records.of(TENANT)  # copies run out from when it happened, not was asked for
    assert record.at(Stage.DELETED) == clinic.clock.now


def crash(*_args):
    raise CrashError


def test_a_record_whose_answer_was_lost_is_not_taken_for_another_operators(
    clinic, sealed, monkeypatch
):
    operator = clinic.operator()
    operator.shredder.request(TENANT, SUBJECT, OPERATOR)
    mark = operator.records.mark

    def repeated(*args, **details):
        mark(*args, **details)
        mark(*args, **details)

    monkeypatch.setattr(operator.records, "mark", repeated)
    operator.shredder.rotate(TENANT)
    assert states(clinic) == {1: "ENABLED", 2: "ENABLED"}


def test_of_two_operators_versions_one_is_used_and_the_other_destroyed(clinic, sealed, monkeypatch):
    slow, fast = clinic.operator(), clinic.operator()
    slow.shredder.request(TENANT, SUBJECT, OPERATOR)
    add = slow.versions.add

    def overtaken(key_name):
        fast.shredder.rotate(TENANT)
        return add(key_name)

    monkeypatch.setattr(slow.versions, "add", overtaken)
    assert slow.shredder.rotate(TENANT).number == 2
    assert states(clinic) == {1: "ENABLED", 2: "ENABLED", 3: "DESTROY_SCHEDULED"}


def test_two_operators_at_once_end_with_one_outcome(clinic, sealed):
    operators = [clinic.operator(), clinic.operator()]

    def everything(custody):
        custody.shredder.request(TENANT, SUBJECT, OPERATOR)
        custody.shredder.sweep(TENANT)
        return custody.shredder.rotate(TENANT).number

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(everything, operators))
    clinic.clock.pass_days(2)

    def destroy(custody):
        return custody.shredder.destroy(TENANT, rewrap_all(custody))

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        doomed = list(pool.map(destroy, operators))
    if any(1 not in one for one in doomed):  # they got in each other's way: one run more
        destroy(operators[0])
    clinic.clock.pass_days(200)
    (status,) = operators[0].shredder.conclude(TENANT)
    assert status.state is ErasureState.FINAL
    assert states(clinic)[1] == "DESTROYED"
    opener = clinic.worker().opener
    for context in (cell_of(OTHER_SUBJECT), cell_of(THIRD_SUBJECT)):
        assert opener.open(sealed[context], context) == b"signal"
