"""One run: everything started, posted, waited for, compared, and stopped."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from devices.fleet import run_fleet
from local.live.account import (
    Places,
    StreamKey,
    archived_places,
    balances,
    stored_specs,
    stored_windows,
    window_count,
)
from local.live.cloud import Cloud, local_cloud
from local.live.equality import BatchFailedError, Equality, compare, compute_again, read_features
from local.live.fleet import enrol_devices, fleet_settings, post_counts, told_places
from local.live.job import ARCHIVE, key_options, streaming_job, wait_until_it_reads
from local.live.progress import Progress
from local.live.queries import Researcher
from local.live.registry_changes import write_registry_changes
from local.live.report import LiveResult
from local.live.served import operator_token, served_functions
from local.live.settings import TENANT, LiveSettings
from local.processes import Process, ProcessError
from transforms.read_windows import SessionOwner
from transforms.sealed_store import SealedStore
from transforms.table_part import TABLES

LOGS, DEVICES, AGAIN = "logs", "devices", "batch"
SETTLE_S, ASK_EVERY_S = 180.0, 1.0
"""For the job to work off what waits, once the last device has ended its session."""

Accounts = Sequence[Mapping[str, Any]]


def run_live(settings: LiveSettings, tell: Callable[[str], None]) -> LiveResult:
    """Runs it all; whatever was started is stopped when this returns or raises.

    Args:
      tell: is told what happens, a line at a time.

    Raises:
      EmulatorError, ProcessError: something does not start, or ends too early.
    """
    output = settings.output
    for name in (ARCHIVE, LOGS, DEVICES, AGAIN, "dead_letters", "table_files"):
        shutil.rmtree(output / name, ignore_errors=True)
    (output / LOGS).mkdir(parents=True)
    with contextlib.ExitStack() as stack:
        tell("starting Pub/Sub, Bigtable, BigQuery, keys, an identity provider ...")
        cloud = stack.enter_context(local_cloud([TENANT]))
        tell("starting the streaming job and the functions ...")
        job = stack.enter_context(streaming_job(cloud, output))
        served = stack.enter_context(served_functions(cloud, output / LOGS))
        folders = enrol_devices(
            served, operator_token(cloud, TENANT), output / DEVICES, settings.n_devices
        )
        wait_until_it_reads(job)
        researcher = Researcher(cloud.bigquery)
        tell(f"{len(folders)} devices enrolled; they post for {settings.seconds:g} s ...")
        with Progress(researcher, tell):
            accounts = run_fleet(folders, settings.subjects, fleet_settings(settings))
        tell("every device has ended its session; waiting for the last windows ...")
        failures = [] if all(one["all_sent"] for one in accounts) else ["packets still wait"]
        failures += settle(job, researcher, told_places(accounts), output / ARCHIVE)
        write_registry_changes(cloud.bigquery)
        return _look(settings, cloud, researcher, accounts, failures, tell)


def settle(
    job: Process,
    researcher: Researcher,
    told: Mapping[StreamKey, Places],
    archive: Path,
    wait_s: float = SETTLE_S,
) -> list[str]:
    """Waits until the job has closed every epoch and archived what was told; or says what not."""

    def is_settled() -> bool:
        archived = archived_places(archive)
        if any(archived.get(key) != places for key, places in told.items()):
            return False
        accounts = researcher.accounts()
        return told.keys() <= {key for key, account in accounts.items() if account.is_final}

    try:
        job.wait_until(is_settled, wait_s, every_s=ASK_EVERY_S)
    except ProcessError as error:
        return [str(error)[:500]]
    return []


def _look(
    settings: LiveSettings,
    cloud: Cloud,
    researcher: Researcher,
    accounts: Accounts,
    failures: list[str],
    tell: Callable[[str], None],
) -> LiveResult:
    """What the stores hold, read as users read it."""
    tell("reading everything back, and computing it again from the archive ...")
    archive = settings.output / ARCHIVE
    owners = [SessionOwner(TENANT, one["subject"], one["session"]) for one in accounts]
    with SealedStore(cloud.store) as store:
        windows, specs = stored_windows(store, owners), stored_specs(store, owners)
    equality: Equality | None = None
    try:
        equality = compare(windows, specs, _again(cloud, settings.output))
    except BatchFailedError as error:
        failures = [*failures, f"the batch job over the archive failed: {error}"]
    archived = archived_places(archive)
    return LiveResult(
        source=f"{settings.recording.name}" if settings.recording else "simulated EEG",
        seconds=settings.seconds,
        n_devices=settings.n_devices,
        posts=post_counts(accounts),
        row_counts=researcher.row_counts(list(TABLES)),
        latencies=researcher.latencies(),
        balances=balances(told_places(accounts), researcher.accounts(), windows, archived),
        answers=researcher.answers(),
        equality=equality,
        n_windows=window_count(windows),
        archive_bytes=sum(path.stat().st_size for path in archive.rglob("*.nepk")),
        failures=failures,
    )


def _again(cloud: Cloud, output: Path) -> Mapping[StreamKey, Any]:
    compute_again(output / ARCHIVE, output / AGAIN, ["--tenant", TENANT, *key_options(cloud)])
    return read_features(output / AGAIN)
