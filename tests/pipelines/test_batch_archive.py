"""The job on packets of the archive: the same rows as of the file that they were cut from."""

from __future__ import annotations

import contextlib
import io
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from pipelines.batch import main
from schemas.packet_events import Event, EventKind
from schemas.packet_format import SignalFormat
from tests.pipelines.job_runs import Ran, rows_of_source, tree
from tests.transforms.elsewhere import elsewhere
from tests.transforms.recordings.made_archive import (
    SESSION,
    START_NS,
    SUBJECT,
    TENANT,
    event_packet,
    packets_of,
    write_session,
)
from tests.transforms.recordings.real_files import S001R04, real_file
from transforms.recordings import RecordingSettings, open_recording, read_blocks

OWN_COLUMNS = {"subject", "session"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The first 30 s of S001R04 in packets that arrived in disorder and twice; then a restart."""
    path = real_file(S001R04)
    (plan,) = open_recording(path, RecordingSettings()).streams
    spec, block = plan.spec, next(iter(read_blocks(path, plan)))
    format_ = SignalFormat(
        spec.signal, spec.sampling_rate, spec.channels, adc_range=spec.adc_range or ()
    )
    chance = random.Random(2)
    samples = block.samples[: 160 * 30]
    cuts = chance.sample(range(len(samples)), 150)
    packets = packets_of(samples, format_, cuts=cuts, start_ns=spec.start_ns)
    packets += chance.choices(packets, k=30)
    chance.shuffle(packets)
    later_ns = spec.start_ns + 60_000_000_000
    packets += packets_of(samples[:800], format_, epoch=1, start_ns=later_ns)
    cue = event_packet(Event(spec.start_ns + 10**9, EventKind.MARKER, "left", 5 * 10**8))
    return write_session(tmp_path_factory.mktemp("session") / "archive", [*packets, cue])


def job(archive: str, output: Path) -> Ran:
    """Of all sessions beside this one."""
    said = io.StringIO()
    arguments = ["--input", archive.rsplit("/", 2)[0], "--output", str(output), "--tenant", TENANT]
    with contextlib.redirect_stdout(said):
        return Ran(main(arguments), output, said.getvalue())


@pytest.fixture(scope="module")
def done(archive, tmp_path_factory):
    return job(archive, tmp_path_factory.mktemp("job") / "out")


def test_the_archive_gives_the_rows_of_the_file(ran, done):
    assert (done.code, done.reasons()) == (0, {})
    rows = [row for row in done.rows("features") if row["epoch"] == 0]
    expected = rows_of_source(ran, "S001R04.edf")[:600]
    assert len(rows) == 600
    assert {row["session"] for row in rows} == {SESSION}
    assert {row["subject"] for row in rows} == {SUBJECT}
    for row, other in zip(rows, expected, strict=True):
        assert {k: v for k, v in row.items() if k not in OWN_COLUMNS} == {
            k: v for k, v in other.items() if k not in OWN_COLUMNS
        }


def test_restarts_and_markers_are_in_the_tables(done):
    sessions = {row["epoch"]: row for row in done.rows("sessions")}
    assert [sessions[epoch]["n_samples"] for epoch in (0, 1)] == [4800, 800]
    assert sessions[1]["start_ns"] - sessions[0]["start_ns"] == 60_000_000_000
    (restart,) = [row for row in done.rows("events") if row["kind"] == "restart"]
    assert (restart["epoch"], restart["start_ns"]) == (1, sessions[1]["start_ns"])
    (marker,) = done.rows("markers")
    assert marker["description"] == "left"
    assert marker["start_ns"] == sessions[0]["start_ns"] + 10**9


def test_running_again_from_elsewhere_leaves_the_same_files(archive, done, tmp_path):
    again = job(elsewhere(archive), tmp_path / "again")
    assert again.reasons() == {}
    for table in ("features", "features_1s", "events", "markers"):
        assert tree(again.output / table) == tree(done.output / table)


def test_a_session_that_cannot_be_used_does_not_stop_the_others(archive, tmp_path):
    root = tmp_path / "archive"
    shutil.copytree(archive.rsplit("/", 2)[0], root)
    noise = np.random.default_rng(0).integers(-500, 500, (600, 2))
    other = "f" * 32  # whose packets claim another session
    write_session(root, packets_of(noise, start_ns=START_NS), session=other)
    both = job(f"{root}/{TENANT}/{SESSION}", tmp_path / "out")
    assert both.reasons() == {other: "no_signal"}
    assert {row["session"] for row in both.rows("sessions")} == {SESSION}
