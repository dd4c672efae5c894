from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from devices.simulate import main

ROOT = Path(__file__).resolve().parents[2]


def test_the_command_says_where_it_wrote_and_what(tmp_path, capsys):
    assert main(["--output", str(tmp_path), "--seed", "4", "--duration-s", "60"]) == 0
    said = capsys.readouterr().out
    assert "60 s, 8 channels at 250 Hz, seed 4: 8 blink, 2 drift" in said
    assert f"recording: {tmp_path / 'simulated-seed4.edf'}\n" in said
    assert f"truth:     {tmp_path / 'simulated-seed4_events.tsv'}\n" in said


def test_the_same_command_writes_the_same_bytes_in_another_process(tmp_path):
    command = [
        "--seed",
        "3",
        "--duration-s",
        "10",
        "--sampling-rate-hz",
        "257/2",
        "--channels",
        "3",
    ]
    assert main(["--output", str(tmp_path / "here"), *command]) == 0
    subprocess.run(
        [sys.executable, "-m", "devices.simulate", "--output", str(tmp_path / "there"), *command],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    files = sorted((tmp_path / "here").iterdir())
    assert len(files) == 3
    for path in files:
        assert path.read_bytes() == (tmp_path / "there" / path.name).read_bytes()


def test_24_bits_write_a_bdf(tmp_path):
    assert main(["--output", str(tmp_path), "--duration-s", "2", "--adc-bits", "24"]) == 0
    assert (tmp_path / "simulated-seed1.bdf").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--duration-s", "10.5"], "simulate: duration_s is 10.5; expected a multiple of 1 s"),
        (["--channels", "0"], "simulate: channels is 0; expected 1 to 1024"),
        (["--sampling-rate-hz", "50"], "simulate: sampling_rate_hz is "),
        (["--seed", "-1"], "simulate: seed is -1; expected an integer from 0"),
    ],
)
def test_options_that_make_no_recording_end_with_2_and_a_reason(tmp_path, capsys, options, says):
    assert main(["--output", str(tmp_path), *options]) == 2
    assert capsys.readouterr().err.startswith(says)
    assert list(tmp_path.iterdir()) == []
