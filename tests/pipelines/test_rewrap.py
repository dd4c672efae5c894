"""The rewrap job on Beam, on the emulator and the local key service."""

from __future__ import annotations

import json
import re

import grpc
import pytest
from google.cloud.bigtable.data import DeleteAllFromRow, SetCell

from local.kms.faults import Fault
from pipelines.rewrap import main
from tests.security.clinics import KEY, OPERATOR, cell_of, copy_of
from tests.security.vaults import NAMES, OTHER_TENANT, PROJECT, SUBJECT, TENANT

SUBJECTS = [f"{first}ubject{number:09d}" for number, first in enumerate("0sss9asz")]


@pytest.fixture
def sealed(clinic):
    worker = clinic.worker()
    contexts = [cell_of(subject) for subject in SUBJECTS] + [cell_of(SUBJECT, OTHER_TENANT)]
    return {context: worker.sealer.seal(b"signal", context) for context in contexts}


@pytest.fixture
def rewrap(clinic, tmp_path, capsys):
    """Runs the job as from a shell: its exit code, its report, what it printed."""

    def run(*more):
        code = main([*options(clinic), "--output", str(tmp_path / "out"), *more])
        path = tmp_path / "out" / "rewrap.json"
        report = json.loads(path.read_text()) if path.exists() else None
        return code, report, capsys.readouterr()

    return run


def options(clinic, tenant=TENANT):
    return [
        *("--tenant", tenant, "--kms-project", NAMES.project, "--kms-location", NAMES.location),
        *("--kms-loopback-address", clinic.kms.address, "--kms-deadline-seconds", "0.5"),
        *("--bigtable-project", PROJECT, "--bigtable-instance", clinic.instance),
    ]


def test_every_keyset_is_on_the_new_version_and_a_second_run_changes_nothing(
    clinic, sealed, rewrap
):
    code, report, said = rewrap("--new-version")
    assert code == 0
    assert report["complete"]
    assert report["done"]["rewrapped"] == len(SUBJECTS)
    assert report["versions"][f"{KEY}/cryptoKeyVersions/2"] == [len(SUBJECTS), 0]
    assert "No keyset is wrapped by an older version." in said.out
    before = copy_of(clinic.keysets)
    code, report, _ = rewrap()
    assert (code, report["done"]["rewrapped"], report["left"]) == (0, 0, {})
    assert report["done"]["already_new"] >= len(SUBJECTS)
    assert copy_of(clinic.keysets) == before
    clinic.operator().versions.schedule_destruction(KEY, 1)
    opener = clinic.worker().opener
    assert {opener.open(one, context) for context, one in sealed.items()} == {b"signal"}


def test_a_run_costs_at_most_two_calls_a_keyset(clinic, sealed, rewrap):
    rewrap("--new-version")
    clinic.kms.calls.clear()
    rewrap()
    assert clinic.kms.calls.count("Encrypt") == 0
    assert clinic.kms.calls.count("Decrypt", KEY) == len(SUBJECTS)


def test_what_cannot_be_rewrapped_is_reported_and_the_others_go_on(clinic, sealed, rewrap):
    worker = clinic.worker()
    rows = [f"{TENANT}#{subject}".encode() for subject in SUBJECTS[:2]]
    for key in rows[:1]:
        ((family, qualifier, time_us, _),) = (
            cell for cell in copy_of(clinic.keysets)[key] if cell[1] == b"wrapped"
        )
        set_cell(clinic, key, family, qualifier, time_us, b"not what we wrote")
    set_cell(clinic, f"{TENANT}#Not an id".encode(), "keyset", b"wrapped", 1000, b"x")
    code, report, said = rewrap("--new-version")
    assert code == 1
    assert sorted(letter["reason"] for letter in report["failed"]) == ["refused", "row_key"]
    assert report["done"]["rewrapped"] == len(SUBJECTS) - 1
    assert sum(report["left"].values()) == 2
    assert not any(subject in said.out + json.dumps(report) for subject in SUBJECTS)
    assert "Not an id" not in said.out + json.dumps(report)
    context = cell_of(SUBJECTS[1])
    assert worker.opener.open(sealed[context], context) == b"signal"


def set_cell(clinic, key, family, qualifier, time_us, value):
    clinic.keysets.mutate_row(key, SetCell(family, qualifier, value, timestamp_micros=time_us))


def test_a_run_that_the_key_service_ends_is_finished_by_the_next(clinic, sealed, rewrap):
    clinic.operator().pseudonyms.of(TENANT, "audit", SUBJECT)
    clinic.kms.faults.add(Fault(grpc.StatusCode.UNAVAILABLE, method="Encrypt", calls=10**6))
    before = copy_of(clinic.keysets)
    code, report, said = rewrap("--new-version")
    assert (code, report) == (1, None)
    assert "run again" in said.err or "try again" in said.err
    assert copy_of(clinic.keysets) == before
    clinic.kms.faults.clear()
    code, report, _ = rewrap()
    assert (code, report["done"]["rewrapped"]) == (0, len(SUBJECTS))


def test_erased_subjects_are_counted_and_a_keyset_that_came_back_is_not_carried_over(
    clinic, sealed, rewrap
):
    backup = copy_of(clinic.keysets)
    clinic.operator().shredder.request(TENANT, SUBJECTS[0], OPERATOR)
    code, report, _ = rewrap("--new-version")
    assert (code, report["done"]["erased"]) == (0, 1)
    key = f"{TENANT}#{SUBJECTS[0]}".encode()
    clinic.keysets.mutate_row(key, [DeleteAllFromRow()])
    for family, qualifier, time_us, value in backup[key]:
        set_cell(clinic, key, family, qualifier, time_us, value)
    code, report, said = rewrap()
    assert (code, report["done"]["came_back"]) == (1, 1)
    assert "1 came back" in said.out
    assert report["left"] == {f"{KEY}/cryptoKeyVersions/1": 1}


def test_subjects_keysets_rotate_where_they_are_due(clinic, sealed, rewrap):
    code, report, _ = rewrap("--rotate-after-messages", "1")
    assert (code, report["done"]["rotated"]) == (0, len(SUBJECTS))
    opener = clinic.worker().opener
    assert {opener.open(one, context) for context, one in sealed.items()} == {b"signal"}


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (["--tenant", "Clinic"], "8 characters out of a-z and 0-9"),
        (["--kms-location", "global"], "a region"),
        (["--rotate-after-days", "0"], "above 0 days"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(clinic, wrong, expected, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([*options(clinic), "--output", "out", *wrong])
    assert stopped.value.code == 2
    assert expected in re.sub(r"\s+", " ", capsys.readouterr().err)
