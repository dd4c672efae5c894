"""The job as Dataflow would get it: translated without credentials or network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.batch import run
from pipelines.batch_options import parse_batch_options

ROOT = Path(__file__).resolve().parents[2]

OPTIONS = [
    *("--input", "gs://bucket/recordings/*.edf", "--output", "gs://bucket/out"),
    *("--runner", "DataflowRunner", "--project=test-project", "--region=us-central1"),
    *("--job_name=batch", "--temp_location=gs://bucket/temp"),
    *("--staging_location=gs://bucket/stage", "--dry_run=True"),
    *("--no-reports", "--bigtable-project=test-project", "--bigtable-instance=neural"),
    "--kms-location=europe-west3",
]


@pytest.fixture(scope="module")
def proto():
    settings, beam_options = parse_batch_options(OPTIONS)
    result: Any = run(settings, PipelineOptions(beam_options))
    return result.job.proto_pipeline


def test_every_step_has_a_lasting_name(proto):
    names = {t.unique_name for t in proto.components.transforms.values() if t.unique_name}
    for step in (
        "OpenRecordings/FindRecordings/MatchFiles",
        "OpenRecordings/FindRecordings/GroupByFolder",
        "OpenRecordings/OpenFile",
        "OpenRecordings/GroupBySession",
        "DescribeSessions",
        "ListStreams",
        "ComputeWindows/Compute",
        "WriteWindows/WriteFile",
        "WriteSessions/WriteFile",
        "WriteLetters/WriteFile",
        "WriteSealedRows/SealAndWrite",
        "Summarise/WriteSummary",
    ):
        assert step in names
    top = {name.split("/")[0] for name in names}
    assert all("(" not in name and "<" not in name for name in top)  # a label was given


def test_groups_have_deterministic_keys(proto):
    components = proto.components
    groups = [
        t
        for t in components.transforms.values()
        if t.spec.urn == "beam:transform:group_by_key:v1"
        and ("GroupBySession" in t.unique_name or "GroupByFolder" in t.unique_name)
    ]
    assert len(groups) == 2
    for group in groups:
        (source,) = group.inputs.values()
        coder = components.coders[components.pcollections[source].coder_id]
        key = components.coders[coder.component_coder_ids[0]]
        assert key.spec.urn == "beam:coder:string_utf8:v1"


@pytest.mark.parametrize("sink", ["WriteWindows/WriteFile", "WriteSealedRows/SealAndWrite"])
def test_results_are_written_by_the_step_that_computes_them(proto, sink):
    """Parts are large and rows are not sealed yet: no shuffle may stand between."""
    components = proto.components
    (compute,) = [
        t for t in components.transforms.values() if t.unique_name == "ComputeWindows/Compute"
    ]
    (write,) = [t for t in components.transforms.values() if t.unique_name == sink]
    assert set(write.inputs.values()) <= set(compute.outputs.values())


AS_LAUNCHED = f"""
import base64, bz2, runpy, sys, zlib
import apache_beam.internal.pickler as pickler
sent, dumps = [], pickler.dumps
def keep(*args, **kwargs):
    sent.append(dumps(*args, **kwargs))
    return sent[-1]
pickler.dumps = keep
sys.argv = ["batch", *{OPTIONS!r}]
try:
    runpy.run_module("pipelines.batch", run_name="__main__")
except SystemExit as stopped:
    assert stopped.code == 0, stopped.code
packed = [base64.b64decode(data) for data in sent]
unpacked = [(bz2 if data.startswith(b"BZh") else zlib).decompress(data) for data in packed]
print(len(unpacked), sum(b"__main__" in data for data in unpacked))
"""


def test_workers_need_nothing_of_the_main_module():
    """As launched, with `-m`: what is pickled out of __main__ would be missing on a worker."""
    done = subprocess.run(
        [sys.executable, "-c", AS_LAUNCHED], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    n_sent, n_of_main = map(int, done.stdout.splitlines()[-1].split())
    assert n_sent > 5
    assert n_of_main == 0
