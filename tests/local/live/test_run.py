"""The whole system, live: devices, functions, Pub/Sub, the stream job, stores, the batch job."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

import pytest

from local.emulators import EmulatorError
from local.functions import ROOT
from local.live import __main__ as live
from local.live.cloud import EMULATORS
from local.live.report import render_live_report
from local.live.run import run_live
from local.live.settings import LiveSettings
from local.processes import Process
from tests.emulators import require_emulator

SECONDS, DEVICES = 10, 2
MISSING = EmulatorError("pubsub", "is not installed", "install it with: gcloud components install")


@pytest.fixture(scope="module")
def _emulators():
    for kind in EMULATORS:
        require_emulator(kind)


@pytest.fixture(scope="module")
def lines():
    return list[str]()


@pytest.fixture(scope="module")
def result(_emulators, tmp_path_factory, lines):
    output = tmp_path_factory.mktemp("live")
    return run_live(LiveSettings(None, SECONDS, DEVICES, output), lines.append)


def test_every_sample_that_a_device_was_told_is_accepted_is_accounted_for(result):
    assert result.problems == []
    assert result.told_samples == SECONDS * DEVICES * 250
    sampled = [one for one in result.balances if not one.is_events]
    assert len(sampled) == DEVICES
    for one in sampled:
        assert one.in_windows == one.in_archive == one.told == SECONDS * 250


def test_the_batch_job_over_the_archive_gives_the_windows_of_the_stream(result):
    assert result.equality.holds
    assert result.equality.n_windows == result.n_windows >= SECONDS * DEVICES * 20


def test_a_researcher_finds_rows_in_every_table_that_the_run_fills(result):
    counts = dict(result.row_counts)
    assert counts["features"] == result.n_windows
    filled = ("features_1s", "events", "sessions", "devices", "stream_accounts", "latencies")
    assert all(counts[name] for name in filled)
    assert counts["dead_letters"] == 0
    assert all(answer.rows for answer in result.answers)


def test_the_waterfall_has_every_stage(result):
    assert [stage.stage for stage in result.latencies] == [
        "device to door",
        "door to Pub/Sub",
        "Pub/Sub to windows",
        "windows to Bigtable",
        "door to Bigtable",
        "device to Bigtable",
    ]
    assert all(0 <= stage.p50_ms <= stage.p95_ms <= stage.p99_ms for stage in result.latencies[1:])


def test_the_network_was_bad(result):
    assert result.posts["posts"] > SECONDS * DEVICES
    assert any(result.posts[name] for name in result.posts if name not in ("posts", "packets"))


def test_its_page_tells_it(result):
    page = render_live_report(result)
    assert 'class="good"' in page
    assert "bit for bit" in page


def processes_of(folder: Path) -> list[int]:
    """Who runs in a session that a process with this folder among its words has begun."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes()
        except OSError:
            continue
        if str(folder).encode() in words:
            found.append(int(path.parent.name))
    return found


@pytest.mark.usefixtures("_emulators")
def test_interrupted_it_stops_everything_that_it_started(tmp_path):
    command = [sys.executable, "-m", "local.live", "--devices=1", f"--output={tmp_path}"]
    with Process("a live run", command, folder=ROOT) as running:
        running.wait_for_line("starting the streaming job", 120)
        running.wait_until(lambda: (tmp_path / "job.txt").exists(), 30)
        children = [pid for pid in processes_of(tmp_path) if pid != running.pid]
        assert children
        os.kill(running.pid, signal.SIGINT)
        assert running.wait(90) == 130
        assert re.search("everything that was started is stopped", running.said)
    assert processes_of(tmp_path) == []


def test_without_an_emulator_the_batch_job_runs_and_the_way_out_is_named(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(live, "missing", lambda: [MISSING])
    assert live.main([]) == 0
    said = capsys.readouterr()
    assert "install it with: gcloud components install" in said.err
    assert "2,400 windows of 50 ms" in said.out
    assert list(tmp_path.glob("out/reports/*/report.html"))
