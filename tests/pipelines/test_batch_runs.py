"""Running the job again, differently, elsewhere, and on nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.pipelines.job_runs import events_of, rows_of_source, run_job, tree
from tests.transforms.elsewhere import elsewhere
from tests.transforms.recordings.made_edf import MadeSignal, noise, write_edf
from tests.transforms.recordings.real_files import KALUNGA
from transforms import compute_windows
from transforms.recordings import read_blocks


def test_a_second_run_leaves_the_same_files(ran, recordings, capsys):
    before = tree(ran.output)
    again = run_job(
        *(ran.output, "--input", f"{recordings}/*", "--tenant", "clinic01"), capture=capsys
    )
    assert again.code == 0
    assert tree(ran.output) == before
    assert not [name for name in before if Path(name).name.startswith(".")]


def test_a_higher_revision_leaves_the_lower_one_as_it_was(ran, recordings, tmp_path, capsys):
    output = tmp_path / "out"
    path = str(recordings / "constant.edf")
    run_job(output, "--input", path, capture=capsys)
    before = tree(output)
    run_job(output, "--input", path, "--revision", "1", "--unit", "mV", capture=capsys)
    after = tree(output)
    del before["summary.json"], after["summary.json"]
    assert before.items() < after.items()
    assert {name for name in after if "r1" in name}


def test_the_named_unit_decides(recordings, tmp_path, capsys):
    done = run_job(
        tmp_path, "--input", str(recordings / Path(KALUNGA).name), "--unit", "mV", capture=capsys
    )
    assert events_of(done, Path(KALUNGA).name, "warning") == []
    assert "implausible" not in done.text
    rows = rows_of_source(done, Path(KALUNGA).name)
    rms = [c["rms"] for row in rows for c in row["channels"] if c["rms"] is not None]
    assert 1 < np.median(rms) < 100


def test_nothing_computed_is_exit_code_1(recordings, tmp_path, capsys):
    done = run_job(tmp_path, "--input", str(recordings / "empty.edf"), capture=capsys)
    assert done.code == 1
    assert "1 file not used" in done.text
    assert "the file has no bytes" in done.text


def test_no_match_is_told(tmp_path, capsys):
    done = run_job(tmp_path, "--input", str(tmp_path / "*.edf"), capture=capsys)
    assert done.code == 1
    assert "No file matches, or none that is a recording" in done.text


def test_files_elsewhere_are_read_and_written_like_local_ones(recordings, tmp_path, capsys):
    options = ("--input", str(recordings / "constant.edf"), str(recordings / "empty.edf"))
    local = run_job(tmp_path / "local", *options, capture=capsys)
    away = run_job(
        *(elsewhere(tmp_path / "away"), "--input"),
        *map(elsewhere, options[1:]),
        capture=capsys,
    )
    assert (local.code, away.code) == (0, 0)
    for table in ("features", "features_1s", "events", "sessions"):
        assert tree(tmp_path / "away" / table) == tree(tmp_path / "local" / table)
    assert tree(tmp_path / "away" / "reports") == tree(tmp_path / "local" / "reports")


def test_a_file_that_breaks_while_it_is_read_keeps_what_came_before(tmp_path, capsys, monkeypatch):
    path = write_edf(tmp_path / "a.edf", [MadeSignal("Cz", noise(20_000), 100)])
    real_open = read_blocks

    def open_then_cut(local, plan, **options):
        for number, block in enumerate(real_open(local, plan, **options)):
            yield block
            if number == 0:
                path.write_bytes(path.read_bytes()[:5000])

    monkeypatch.setattr(compute_windows, "read_blocks", open_then_cut)
    done = run_job(tmp_path / "out", "--input", str(path), capture=capsys)
    (letter,) = done.rows("dead_letters")
    assert (letter["stage"], letter["reason"]) == ("ComputeWindows", "unreadable")
    assert letter["stream"] == "eeg0"
    (session,) = done.rows("sessions")
    assert session["n_samples"] == 6000
    assert done.code == 0
    assert "1 file not used" in done.text
