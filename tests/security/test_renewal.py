"""Keysets onto the newest KMS version, and new primary keys where they are due."""

from __future__ import annotations

import concurrent.futures
import dataclasses

import pytest

from schemas.errors import SchemaError
from schemas.keyset_rows import subject_keyset, tenant_keyset
from security.errors import KeyUnusableError, KeyVersionLagsError, OpenRefusedError
from security.keyset_ages import RotationRule
from security.keyset_scan import scan, tenant_ranges
from security.message_counts import MessageSettings
from security.renewal import Renewal, use_of
from tests.security.clinics import KEY, OPERATOR, cell_of, copy_of
from tests.security.vaults import CELL, NAMES, OTHER_SUBJECT, OTHER_TENANT, SUBJECT, TENANT

KEYSET = subject_keyset(TENANT, SUBJECT)
MONTHLY = RotationRule(after_days=30)


def newest(custody):
    return {
        name: custody.versions.primary(name).number
        for name in (NAMES.subjects(TENANT), NAMES.columns(TENANT), NAMES.pseudonyms(TENANT))
    }


def renew(custody, keyset_id=KEYSET, **known):
    return custody.renewal.renew(keyset_id, newest(custody), **known)


def new_version(custody, key_name=KEY):
    number = custody.versions.add(key_name)
    assert custody.versions.raise_primary(key_name, number).number == number


def test_a_keyset_is_rewrapped_once_and_opens_without_the_old_version(clinic, sealed):
    custody = clinic.operator()
    assert renew(custody) is Renewal.ALREADY_NEW
    new_version(custody)
    assert renew(custody) is Renewal.REWRAPPED
    assert renew(custody) is Renewal.ALREADY_NEW
    custody.versions.schedule_destruction(KEY, 1)
    assert clinic.worker().opener.open(sealed[CELL], CELL) == b"signal"


def test_a_keyset_costs_one_call_if_it_is_new_and_two_if_it_is_not(clinic, sealed):
    custody, calls = clinic.operator(), clinic.kms.calls
    new_version(custody)
    primaries = newest(custody)
    calls.clear()
    custody.renewal.renew(KEYSET, primaries)
    assert (calls.count("Decrypt"), calls.count("Encrypt"), calls.count()) == (1, 1, 2)
    calls.clear()
    custody.renewal.renew(KEYSET, primaries)
    assert (calls.count("Decrypt"), calls.count()) == (1, 1)


@pytest.mark.parametrize("told", ["", f"{KEY}/cryptoKeyVersions/2", "elsewhere"])
def test_what_a_row_says_of_its_version_is_not_believed(clinic, sealed, told):
    custody = clinic.operator()
    new_version(custody)
    stored = custody.store.read(KEYSET)
    assert stored is not None
    custody.store.replace(KEYSET, stored, dataclasses.replace(stored, kms_version=told))
    assert renew(custody) is Renewal.REWRAPPED
    custody.versions.schedule_destruction(KEY, 1)
    assert clinic.worker().opener.open(sealed[CELL], CELL) == b"signal"


def test_a_row_that_names_an_older_version_than_wraps_it_is_put_right(clinic, sealed):
    custody = clinic.operator()
    new_version(custody)
    renew(custody)
    stored = custody.store.read(KEYSET)
    assert stored is not None
    wrong = dataclasses.replace(stored, kms_version=f"{KEY}/cryptoKeyVersions/1")
    custody.store.replace(KEYSET, stored, wrong)
    assert renew(custody) is Renewal.REWRAPPED
    assert custody.store.read(KEYSET).kms_version.endswith("/2")


def test_a_key_that_still_encrypts_with_the_old_version_changes_nothing(clinic, sealed):
    custody = clinic.operator()
    before = copy_of(clinic.keysets)
    with pytest.raises(KeyVersionLagsError, match="run again"):
        custody.renewal.renew(KEYSET, {**newest(custody), KEY: 2})
    assert copy_of(clinic.keysets) == before


def test_a_keyset_whose_key_is_not_known_is_left_alone(clinic, sealed):
    with pytest.raises(KeyUnusableError):
        clinic.operator().renewal.renew(KEYSET, {})


def test_workers_that_renew_the_same_keyset_at_once_lose_nothing(clinic, sealed):
    custodies = [clinic.operator(MONTHLY) for _ in range(4)]
    new_version(custodies[0])
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        done = list(pool.map(renew, custodies))
    assert set(done) <= {Renewal.REWRAPPED, Renewal.ALREADY_NEW}
    assert done.count(Renewal.REWRAPPED) == 1
    assert clinic.worker().opener.open(sealed[CELL], CELL) == b"signal"


def test_a_keyset_gets_a_new_primary_key_by_age_and_the_old_one_still_opens(clinic, sealed):
    custody = clinic.operator(MONTHLY)
    assert renew(custody) is Renewal.ALREADY_NEW  # from now on its age counts
    clinic.clock.pass_days(29)
    assert renew(custody) is Renewal.ALREADY_NEW
    clinic.clock.pass_days(1)
    assert renew(custody) is Renewal.ROTATED
    assert renew(custody) is Renewal.ALREADY_NEW  # the new key's age begins
    worker = clinic.worker()
    new = worker.sealer.seal(b"new", CELL)
    assert new[:7] != sealed[CELL][:7]
    assert worker.opener.open_all([(new, CELL), (sealed[CELL], CELL)]) == [b"new", b"signal"]
    clinic.clock.pass_days(30)
    assert renew(custody) is Renewal.ROTATED


def test_a_keyset_gets_a_new_primary_key_by_messages(clinic, sealed):
    worker = clinic.worker()
    portion = MessageSettings().first_portion  # the workers' own counts count in portions
    custody = clinic.operator(RotationRule(after_messages=2 * portion))
    assert renew(custody) is Renewal.ALREADY_NEW
    worker.sealer.seal(b"x", CELL)  # a second worker: a second portion
    assert renew(custody) is Renewal.ROTATED
    assert renew(custody) is Renewal.ALREADY_NEW


def test_operators_who_find_the_same_keyset_due_rotate_it_once(clinic, sealed):
    custodies = [clinic.operator(MONTHLY) for _ in range(4)]
    renew(custodies[0])
    clinic.clock.pass_days(31)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        done = list(pool.map(renew, custodies))
    assert done.count(Renewal.ROTATED) == 1
    assert len(clinic.worker().keysets.get(KEYSET).prefixes) == 2


def test_keysets_of_the_tenant_are_rewrapped_and_keep_their_keys(clinic):
    custody = clinic.operator(RotationRule(after_messages=1))
    name = custody.pseudonyms.of(TENANT, "audit", SUBJECT)
    keyset_id = tenant_keyset(TENANT, "pseudonyms")
    assert renew(custody, keyset_id) is Renewal.ALREADY_NEW
    new_version(custody, NAMES.pseudonyms(TENANT))
    assert renew(custody, keyset_id) is Renewal.REWRAPPED
    custody.versions.schedule_destruction(NAMES.pseudonyms(TENANT), 1)
    assert clinic.operator().pseudonyms.of(TENANT, "audit", SUBJECT) == name


def test_erased_keysets_are_neither_renewed_nor_missed(clinic, sealed):
    custody = clinic.operator()
    erased = {custody.records.subject_of(TENANT, OTHER_SUBJECT)}
    other = subject_keyset(TENANT, OTHER_SUBJECT)
    assert renew(custody, other, erased=erased) is Renewal.CAME_BACK
    custody.shredder.request(TENANT, OTHER_SUBJECT, OPERATOR)
    assert renew(custody, other) is Renewal.ERASED
    assert renew(custody, subject_keyset(TENANT, "nobody0000000000")) is Renewal.ERASED


def test_a_keyset_that_is_not_ours_is_refused():
    with pytest.raises(OpenRefusedError):
        use_of(NAMES, tenant_keyset(TENANT, "something"))


def test_the_ranges_of_a_tenant_hold_every_row_of_it_once_and_no_other(clinic, sealed):
    worker = clinic.worker()
    subjects = [f"{first}bject0000000001" for first in "0189abyz"]
    for subject in subjects:
        worker.sealer.seal(b"x", cell_of(subject))
    clinic.operator().pseudonyms.of(TENANT, "audit", SUBJECT)
    found = [row for keys in tenant_ranges(TENANT) for row in scan(clinic.keysets, *keys)]
    keys = [row.key for row in found]
    expected = {key for key in copy_of(clinic.keysets) if key.startswith(TENANT.encode())}
    assert len(keys) == len(set(keys))
    assert set(keys) == expected
    assert not any(OTHER_TENANT.encode() in key for key in keys)
    assert SUBJECT not in repr(found)


@pytest.mark.parametrize("wrong", [{"after_days": 0}, {"after_messages": 0}])
def test_a_rule_that_would_rotate_always_is_refused(wrong):
    with pytest.raises(SchemaError):
        RotationRule(**wrong)
