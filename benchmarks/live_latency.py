"""From a device's post to its row in Bigtable, through everything, on the emulators."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from devices.client.settings import LIVE_POST_INTERVAL_S, ClientSettings
from devices.fleet import FleetSettings, run_fleet
from local.live.cloud import local_cloud
from local.live.fleet import enrol_devices, told_places
from local.live.job import ARCHIVE, streaming_job, wait_until_it_reads
from local.live.queries import Researcher
from local.live.run import settle
from local.live.served import operator_token, served_functions
from local.live.settings import TENANT, LiveSettings

N_DEVICES, SECONDS = 25, 60.0
LOAD_S = 75
START_S = 5
SETTLE_S = 600.0  # the emulator loads a thousand files of a minute one by one
PACKETS_PER_S = round(N_DEVICES / LIVE_POST_INTERVAL_S)


def measure() -> dict[str, Any]:
    """The waterfall at 100 packets/s: 25 devices of 8 channels at 250 Hz, a post a packet.

    BigQuery gets its rows after the devices have ended: the emulator takes seconds for a load job,
    and all of the local job's one thread, while Dataflow has others for it.

    The first seconds, in which all sessions begin, are in `stages_with_start` alone.
    `problems` is empty if the job worked off everything: else the latencies are of a part.
    """
    with all_cores(), tempfile.TemporaryDirectory(prefix="live-") as folder:
        output = Path(folder)
        with contextlib.ExitStack() as stack:
            cloud = stack.enter_context(local_cloud([TENANT]))
            job = stack.enter_context(streaming_job(cloud, output, load_s=LOAD_S))
            served = stack.enter_context(served_functions(cloud, output))
            token = operator_token(cloud, TENANT)
            folders = enrol_devices(served, token, output / "devices", N_DEVICES)
            wait_until_it_reads(job)
            client = ClientSettings(
                packet_s=LIVE_POST_INTERVAL_S, post_interval_s=LIVE_POST_INTERVAL_S
            )
            subjects = LiveSettings(n_devices=N_DEVICES).subjects
            print(f"  {N_DEVICES} devices, {SECONDS:g} s", file=sys.stderr)
            began_ns = time.time_ns()
            told = told_places(
                run_fleet(folders, subjects, FleetSettings(seconds=SECONDS, client=client))
            )
            researcher = Researcher(cloud.bigquery)
            problems = settle(job, researcher, told, output / ARCHIVE, SETTLE_S)
            whole = researcher.latencies()
            steady = researcher.latencies(began_ns + START_S * 1_000_000_000)
    return {
        "packets_per_s": PACKETS_PER_S,
        "start_s": START_S,
        "stages": [dataclasses.asdict(stage) for stage in steady],
        "stages_with_start": [dataclasses.asdict(stage) for stage in whole],
        "problems": problems,
    }


@contextlib.contextmanager
def all_cores() -> Iterator[None]:
    """The benchmarks run on one core; this system is many processes."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
