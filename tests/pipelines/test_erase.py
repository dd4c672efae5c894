"""Erasures as operators run them: asked for, carried on day by day, looked at."""

from __future__ import annotations

import json

import grpc
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from local.kms.faults import Fault
from pipelines.erase import carry_on, main, status_text
from pipelines.key_options import FN_API_RUNNER
from schemas.erasure_rows import Stage
from security.erasure_status import ErasureState
from security.errors import KeyServiceUnavailableError, KeysetErasedError
from tests.pipelines.test_rewrap import options
from tests.security.clinics import KEY, OPERATOR, cell_of, stages, states
from tests.security.vaults import OTHER_SUBJECT, OTHER_TENANT, SUBJECT, TENANT


@pytest.fixture
def sealed(clinic):
    worker = clinic.worker()
    contexts = [cell_of(SUBJECT), cell_of(OTHER_SUBJECT), cell_of(SUBJECT, OTHER_TENANT)]
    return {context: worker.sealer.seal(b"signal", context) for context in contexts}


@pytest.fixture
def day(clinic, tmp_path):
    """What the daily run does, at the clinic's time."""

    def run():
        beam = PipelineOptions(["--runner", FN_API_RUNNER])
        output = str(tmp_path / "out")
        return carry_on(clinic.settings, TENANT, output, beam, clinic.clock)

    return run


def request(clinic, tmp_path, *subjects):
    path = tmp_path / "ids.txt"
    path.write_text("\n".join(subjects))
    asked = ["--subjects-file", str(path), "--operator", OPERATOR]
    return main(["request", *options(clinic), *asked])


def test_a_run_a_day_takes_erasures_to_their_end(clinic, sealed, day):
    clinic.operator().shredder.request(TENANT, SUBJECT, OPERATOR)
    _, told = day()
    assert any("run again then" in line for line in told)
    assert states(clinic) == {1: "ENABLED", 2: "ENABLED"}
    clinic.clock.pass_days(1.5)
    (status,), told = day()
    assert any("KMS versions [1] are destroyed, or wait for it" in line for line in told)
    assert (states(clinic)[1], status.state) == ("DESTROY_SCHEDULED", ErasureState.PENDING)
    final_from = status.final_from
    clinic.kms.calls.clear()
    _, told = day()
    assert told == []  # time has to pass, so nobody's keyset is unwrapped
    assert clinic.kms.calls.count("Decrypt", KEY) == 0
    clinic.clock.pass_days(40)
    (status,), _ = day()
    assert (states(clinic)[1], status.state) == ("DESTROYED", ErasureState.PENDING)
    assert status.final_from == final_from
    clinic.clock.now = final_from
    (status,), told = day()
    assert (status.state, told) == (ErasureState.FINAL, [])
    assert stages(clinic) == set(Stage)
    opener = clinic.worker().opener
    for context, one in sealed.items():
        if context == cell_of(SUBJECT):
            with pytest.raises(KeysetErasedError):
                opener.open(one, context)
        else:
            assert opener.open(one, context) == b"signal"
    assert states(clinic) == {1: "DESTROYED", 2: "ENABLED"}  # one rotation, however many runs


def test_a_day_without_the_key_service_claims_nothing_and_the_next_goes_on(clinic, sealed, day):
    clinic.operator().shredder.request(TENANT, SUBJECT, OPERATOR)
    day()
    clinic.clock.pass_days(1.5)
    clinic.kms.faults.add(Fault(grpc.StatusCode.UNAVAILABLE, method="DestroyCryptoKeyVersion"))
    with pytest.raises(KeyServiceUnavailableError):
        day()
    assert Stage.SCHEDULED not in stages(clinic)
    clinic.kms.faults.clear()
    (status,), _ = day()
    assert Stage.SCHEDULED in stages(clinic)
    assert status.final_from is not None


def test_who_asks_deletes_at_once_and_status_says_what_it_waits_for(
    clinic, sealed, tmp_path, capsys
):
    assert request(clinic, tmp_path, SUBJECT, OTHER_SUBJECT) == 0
    assert "2 of 2: keyset deleted" in capsys.readouterr().out
    with pytest.raises(KeysetErasedError):
        clinic.worker().sealer.seal(b"more", cell_of(SUBJECT))
    assert main(["status", *options(clinic)]) == 0
    said = capsys.readouterr().out
    assert said.count("pending, the day is not known yet") == 2
    assert "old kms versions destroyed" in said
    assert SUBJECT not in said
    assert main(["status", *options(clinic), "--subject", SUBJECT, "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["state"], told["final_from"]) == ("pending", None)
    assert {one["name"] for one in told["conditions"]} >= {"worker_caches", "backups"}


def test_the_daily_run_as_a_command_says_where_it_stands(clinic, sealed, tmp_path, capsys):
    request(clinic, tmp_path, SUBJECT)
    assert main(["run", *options(clinic), "--output", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "1 rewrapped" in said
    assert "run again then" in said
    assert main(["status", *options(clinic, OTHER_TENANT)]) == 0
    assert "No erasure was asked for." in capsys.readouterr().out


def test_a_command_without_the_key_service_says_so(clinic, tmp_path, capsys):
    clinic.kms.faults.add(Fault(grpc.StatusCode.UNAVAILABLE))
    assert request(clinic, tmp_path, SUBJECT) == 1
    assert "try again later" in capsys.readouterr().err


def test_a_final_erasure_says_since_when(clinic, sealed, day):
    clinic.operator().shredder.request(TENANT, SUBJECT, OPERATOR)
    day()
    clinic.clock.pass_days(2)
    day()
    clinic.clock.pass_days(300)
    (status,), _ = day()
    assert f"final since {status.final_from:%Y-%m-%d}" in status_text(status)


@pytest.mark.parametrize("ids", ["", "Subject"])
def test_a_file_without_ids_is_refused(clinic, tmp_path, ids, capsys):
    with pytest.raises(SystemExit) as stopped:
        request(clinic, tmp_path, ids)
    assert stopped.value.code == 2


def test_a_destruction_that_was_taken_back_is_scheduled_again_by_the_next_run(clinic, sealed, day):
    clinic.operator().shredder.request(TENANT, SUBJECT, OPERATOR)
    day()
    clinic.clock.pass_days(2)
    day()
    clinic.kms.client().restore_crypto_key_version(name=f"{KEY}/cryptoKeyVersions/1")
    (status,) = clinic.operator().shredder.statuses(TENANT)
    assert status.final_from is None
    (status,), _ = day()
    assert states(clinic)[1] == "DESTROY_SCHEDULED"
    assert status.final_from is not None


def test_a_survivor_on_a_scheduled_version_is_reported_and_saved_by_restoring_it(
    clinic, sealed, day
):
    clinic.operator().shredder.request(TENANT, SUBJECT, OPERATOR)
    operator = clinic.operator()
    operator.shredder.rotate(TENANT)
    operator.versions.schedule_destruction(KEY, 1)  # by hand, before survivors were rewrapped
    clinic.clock.pass_days(2)
    (status,), told = day()
    assert any("key_unusable" in line for line in told)
    assert Stage.SCHEDULED not in stages(clinic)
    assert status.final_from is None
    client, name = clinic.kms.client(), f"{KEY}/cryptoKeyVersions/1"
    client.restore_crypto_key_version(name=name)
    version, mask = {"name": name, "state": "ENABLED"}, {"paths": ["state"]}
    client.update_crypto_key_version(crypto_key_version=version, update_mask=mask)
    (status,), _ = day()
    assert status.final_from is not None
    clinic.clock.pass_days(40)
    context = cell_of(OTHER_SUBJECT)
    assert clinic.worker().opener.open(sealed[context], context) == b"signal"
