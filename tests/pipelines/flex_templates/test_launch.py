"""What a template's launcher does: parameters in, a job's description out, and back at once."""

from __future__ import annotations

import json

import pytest

from local.kms.server import LocalKms
from pipelines.flex_templates.launch import launch
from tests.emulators import without_emulators
from tests.security.vaults import NAMES, PROJECT, TENANT, make_tenant_keys

IMAGE = "europe-docker.pkg.dev/test-project/neural-engine/stream:1"
STORE = [f"--bigtable_project={PROJECT}", "--bigtable_instance=neural"]
KMS = [f"--kms_location={NAMES.location}", f"--kms_project={NAMES.project}"]
STREAM = [
    "--subscription=projects/test-project/subscriptions/telemetry-stream",
    *("--archive=gs://archive", "--dead_letters=gs://dead-letters", "--table_files=gs://files"),
    *("--bigquery_project=test-project", "--device_events_subscription=", *STORE, *KMS),
]
BATCH = [
    "--input='gs://bucket/first session.edf' gs://bucket/more/*.edf",
    *("--output=gs://bucket/out", "--tenant=clinic01", "--no_reports=true", "--any_tenant=false"),
    *("--bigquery_project=test-project", *STORE, *KMS),
]


@pytest.fixture(autouse=True)
def _launcher():
    """The machine that launches knows no emulator."""
    with without_emulators():
        yield


@pytest.fixture
def dataflow(tmp_path):
    """As Dataflow's launcher adds them; an endpoint at which nobody listens, folders as buckets."""
    return [
        *("--runner=DataflowRunner", "--project=test-project", "--region=europe-west3"),
        *("--job_name=job", "--no_auth", "--dataflow_endpoint=http://localhost:1"),
        *(f"--staging_location={tmp_path}", f"--temp_location={tmp_path / 'temp'}"),
        *(f"--template_location={tmp_path / 'job.json'}", f"--sdk_container_image={IMAGE}"),
    ]


def described(folder):
    return json.loads((folder / "job.json").read_text())


@pytest.mark.parametrize(
    ("job", "parameters", "kind"),
    [("stream", STREAM, "JOB_TYPE_STREAMING"), ("batch", BATCH, "JOB_TYPE_BATCH")],
)
def test_a_launched_job_is_described_and_not_waited_for(
    job, parameters, kind, dataflow, tmp_path, capsys
):
    assert launch(job, [*parameters, *dataflow]) == 0
    assert "Handed over" in capsys.readouterr().out
    found = described(tmp_path)
    assert found["type"] == kind
    images = {pool["workerHarnessContainerImage"] for pool in found["environment"]["workerPools"]}
    assert images == {IMAGE}
    assert (tmp_path / "pipeline.pb").stat().st_size > 10_000


def test_rewrap_asks_for_the_newest_versions_and_hands_over(
    dataflow, tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("BIGTABLE_EMULATOR_HOST", "127.0.0.1:1")  # the rows are the workers' task
    parameters = [f"--tenant={TENANT}", "--output=gs://bucket/reports", *STORE, *KMS]
    with LocalKms(tmp_path / "kms") as kms:
        make_tenant_keys(kms)
        reached = f"--kms_loopback_address={kms.address}"
        assert launch("rewrap", [*parameters, reached, *dataflow]) == 0
    assert "Handed over" in capsys.readouterr().out
    assert described(tmp_path)["type"] == "JOB_TYPE_BATCH"


def test_parameters_that_are_wrong_end_the_launch_with_what_would_be_right(dataflow, capsys):
    with pytest.raises(SystemExit) as ended:
        launch("stream", ["--no_such_flag=1", *STREAM[1:], *dataflow])
    assert ended.value.code == 2
    assert "--subscription" in capsys.readouterr().err
