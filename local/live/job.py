"""The streaming job as a process of its own, against the emulators."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from google.cloud.pubsub_v1 import PublisherClient

from local.functions import ROOT
from local.live.cloud import INSTANCE, LOCATION, PROJECT, Cloud
from local.processes import Process
from local.pubsub import subscription_path, topic_path
from schemas.envelope import Envelope, EnvelopeKind
from schemas.ids import SUBJECT_WIDTH, TENANT_WIDTH
from schemas.pubsub_topics import TELEMETRY

ARCHIVE, DEAD_LETTERS, TABLE_FILES = "archive", "dead_letters", "table_files"
LOAD_S = 8
_ARCHIVE_S = 5
_START_S, _STOP_S = 180.0, 25.0
_OPENED = "Connecting to Bigtable emulator"
"""What Google's client warns of, in every process that connects to one."""


@contextlib.contextmanager
def streaming_job(cloud: Cloud, output: Path, *, load_s: int = LOAD_S) -> Iterator[Process]:
    """Runs the job until the end of the block.

    Args:
      output: for the archive, the dead letters and the log `job.txt`.
      load_s: between two load jobs into BigQuery.
    """
    job = Process(
        "the streaming job",
        [sys.executable, "-m", "local.live.stream_job", *job_options(cloud, output, load_s)],
        environment={"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **cloud.variables},
        folder=Path.cwd(),
        log=output / "job.txt",
    )
    job.start()
    try:
        yield job
    finally:
        job.interrupt(_STOP_S)


def wait_until_it_reads(job: Process) -> None:
    """Returns once the job works: it opens its stores at its first message, which is sent here.

    Raises:
      ProcessError: it ended, or did not come to that in time.
    """
    with PublisherClient() as publisher:
        attributes = nothing(time.time_ns()).attributes()
        publisher.publish(topic_path(PROJECT, TELEMETRY.name), b"", **attributes).result()
    job.wait_for_line(_OPENED, _START_S)


def nothing(now_ns: int) -> Envelope:
    """The end of an epoch that never began: the job has nothing to do for it."""
    return Envelope(
        kind=EnvelopeKind.END,
        tenant="0" * TENANT_WIDTH,
        subject="0" * SUBJECT_WIDTH,
        session="0" * 32,
        stream="none",
        epoch=0,
        sequence=0,
        event_time_ms=now_ns // 1_000_000,
        received_ns=now_ns,
        delivery="0" * 32,
        sealed=b"",
    )


def job_options(cloud: Cloud, output: Path, load_s: int) -> list[str]:
    """What a data engineer would give it, and where the emulators are.

    Not the subscription to changes of the registry: this runner has one thread, and a source that
    is silent holds it for up to 30 s. `registry_changes` writes them.
    """
    bigquery = cloud.bigquery
    (telemetry,) = TELEMETRY.subscriptions
    return [
        f"--subscription={subscription_path(PROJECT, telemetry.name)}",
        f"--archive={output / ARCHIVE}",
        f"--archive-seconds={_ARCHIVE_S}",
        f"--dead-letters={output / DEAD_LETTERS}",
        *key_options(cloud),
        f"--bigquery-project={bigquery.project}",
        f"--bigquery-loopback-address={bigquery.loopback_address}",
        f"--bigquery-storage-loopback-address={bigquery.storage_loopback_address}",
        "--bigquery-rows=load_jobs",  # a request a bundle would take half of the one thread
        f"--bigquery-load-seconds={load_s}",
        f"--table-files={output / TABLE_FILES}",
    ]


def key_options(cloud: Cloud) -> list[str]:
    """Where sealed rows and keys are, for any of our jobs."""
    return [
        f"--bigtable-project={PROJECT}",
        f"--bigtable-instance={INSTANCE}",
        f"--kms-location={LOCATION}",
        f"--kms-loopback-address={cloud.kms.address}",
    ]
