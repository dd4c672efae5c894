"""The jobs on other runners than all other tests use: the same results, of a worker process.

Minutes, with programs that are built or fetched first: `make runners-check`, docs/runners.md.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path

import apache_beam as beam
import numpy as np
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from devices.simulate import main as simulate
from local.kms.server import LocalKms
from local.prism import PrismBuild, PrismError
from pipelines.batch import main as batch_main
from pipelines.stream import build, cloud_edges
from tests.pipelines.job_runs import Ran, tree
from tests.pipelines.stream_runs import (
    BoundedMessages,
    made_packets,
    messages_of,
    run_stream,
    settings_in,
)
from tests.pipelines.test_stream import feature_rows, windows_of, without
from tests.sealed_stores import connected, new_store
from tests.security.vaults import make_tenant_keys
from tests.transforms.recordings.made_archive import SESSION, TENANT
from transforms.read_windows import SessionOwner

pytestmark = pytest.mark.runners

ASKED_FOR = "NEURAL_ENGINE_RUNNERS"
FLINK_JAR = "NEURAL_ENGINE_FLINK_JOB_SERVER"
SECONDS = 6
OWN_PROCESS = ["--environment_type=LOOPBACK", "--experiments=use_loopback_process_worker"]
CLOCK_COLUMNS = ("published_ns", "windowed_ns", "written_ns")


def prism() -> list[str]:
    try:
        return ["--runner=PrismRunner", f"--prism_location={PrismBuild().find()}"]
    except PrismError as missing:
        pytest.skip(str(missing))


def flink() -> list[str]:
    jar = os.environ.get(FLINK_JAR, "")
    if not Path(jar).is_file():
        pytest.skip(f"{FLINK_JAR} names no jar of Beam's job server for Flink: docs/runners.md")
    return ["--runner=FlinkRunner", "--flink_master=[local]", f"--flink_job_server_jar={jar}"]


@pytest.fixture(params=[prism, flink], ids=lambda runner: runner.__name__)
def runner(request, monkeypatch):
    """Its options. The worker is started as `python`: the first on PATH has to have Beam."""
    if not os.environ.get(ASKED_FOR):
        pytest.skip("takes minutes; run it with: make runners-check")
    folders = [str(Path(sys.executable).parent), os.environ["PATH"]]
    monkeypatch.setenv("PATH", os.pathsep.join(folders))
    return [*request.param(), *OWN_PROCESS]


def test_the_batch_job_leaves_the_same_files(runner, tmp_path):
    simulate(["--output", str(tmp_path / "in"), "--duration-s", "20", "--channels", "4"])
    given = ["--input", str(tmp_path / "in")]
    assert batch_main([*given, "--output", str(tmp_path / "usual")]) == 0
    assert batch_main([*given, "--output", str(tmp_path / "other"), *runner]) == 0
    usual, other = tree(tmp_path / "usual"), tree(tmp_path / "other")
    assert len(usual) > 4
    assert other == usual


def test_the_stream_job_leaves_the_same_windows_and_rows(runner, bigtable, tmp_path):
    packets = made_packets(SECONDS)
    swapped = [*packets[:3], packets[4], packets[3], *packets[5:], packets[7]]
    ran, windows = {}, {}
    with LocalKms(tmp_path / "kms") as kms:
        make_tenant_keys(kms)
        for name in ("usual", "other"):
            address = new_store(kms)
            settings = settings_in(tmp_path / name, address)
            with connected(address) as store:
                messages = messages_of(store.vault, swapped)
                if name == "usual":
                    ran[name] = run_stream(settings, messages)
                else:
                    edges = dataclasses.replace(
                        cloud_edges(settings, "PrismRunner"),
                        telemetry=BoundedMessages(messages),
                        registry=None,
                    )
                    options = PipelineOptions([*runner, "--streaming"])
                    with beam.Pipeline(options=options) as root:
                        build(root, edges, settings)
                    ran[name] = Ran(0, Path(settings.tables.folder), "")
                windows[name] = windows_of(store, SessionOwner(TENANT, "subject000000001", SESSION))
    for field in ("index", "n_samples", "features", "pair_features", "flags", "quality"):
        np.testing.assert_array_equal(
            getattr(windows["other"], field), getattr(windows["usual"], field)
        )
    assert len(windows["usual"].index) >= 20 * SECONDS
    usual, other = feature_rows(ran["usual"]), feature_rows(ran["other"])
    assert [without(row, *CLOCK_COLUMNS) for row in other] == [
        without(row, *CLOCK_COLUMNS) for row in usual
    ]
    (account,) = ran["other"].rows("stream_accounts")
    assert account["is_final"]
    assert account["samples_computed"] == 250 * SECONDS
