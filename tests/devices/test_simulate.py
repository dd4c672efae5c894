from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import edfio
import mne
import numpy as np
import pytest

from devices.simulate import FORMATS, main
from devices.simulator import ARTIFACT_KINDS, P300, Ssvep, simulate
from devices.simulator.paradigms import PARADIGMS
from devices.simulator.presets import SIGNALS, preset

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
        (["--paradigm", "grip"], "simulate: paradigm is Grip(); expected for eeg: rest, "),
        (["--signal", "ecg", "--paradigm", "p300"], "simulate: paradigm is 'p300'; expected "),
        (["--signal", "acc", "--channels", "2"], "simulate: channels is 2; expected 3"),
        (["--signal", "ecg", "--format", "bids"], "simulate: signal is 'ecg'; expected one of "),
        (["--loss", "0.1"], "simulate: format is 'edf'; expected packets or archive"),
        (["--format", "packets", "--loss", "2"], "simulate: loss is 2.0; expected a number from 0"),
        (
            ["--format", "packets", "--duration-s", "10", "--restart-at-s", "30"],
            "simulate: restart_at_s is 30.0; expected before the end of the recording, 10 s",
        ),
    ],
)
def test_options_that_make_no_recording_end_with_2_and_a_reason(tmp_path, capsys, options, says):
    assert main(["--output", str(tmp_path), *options]) == 2
    assert capsys.readouterr().err.startswith(says)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("signal", SIGNALS)
def test_every_kind_is_written_and_read_as_that_kind(tmp_path, signal):
    assert main(["--output", str(tmp_path), "--signal", signal, "--duration-s", "10"]) == 0
    stem = "simulated-seed1" if signal == "eeg" else f"simulated-{signal}-seed1"
    file = edfio.read_edf(tmp_path / f"{stem}.edf")
    assert {one.physical_dimension for one in file.signals} == {"g" if signal == "acc" else "uV"}
    assert (tmp_path / f"{stem}_events.tsv").exists()
    assert (tmp_path / f"{stem}_tilt.tsv").exists() == (signal == "acc")
    recording = simulate(preset(signal, duration_s=10.0))
    for column, one in enumerate(file.signals):
        step = recording.adc_step
        np.testing.assert_allclose(one.data, recording.samples[:, column], atol=step / 50, rtol=0)


def test_trials_are_annotations_of_the_file_and_the_truth_is_not(tmp_path):
    command = ["--paradigm", "ssvep", "--artifacts", "all", "--duration-s", "60"]
    assert main(["--output", str(tmp_path), *command]) == 0
    path = tmp_path / "simulated-ssvep-seed1.edf"
    trials = Ssvep().trials(1, 60.0)
    assert [(one.onset, one.duration, one.text) for one in edfio.read_edf(path).annotations] == [
        (one.onset_s, one.duration_s, one.label) for one in trials
    ]
    raw = mne.io.read_raw_edf(path, verbose="error")
    assert list(raw.annotations.description) == [one.label for one in trials]
    events = (tmp_path / "simulated-ssvep-seed1_events.tsv").read_text()
    assert all(kind in events for kind in ("saccade", "movement", "r_wave", "13 Hz", "blink"))


def test_24_bits_with_a_task_write_markers_too(tmp_path):
    command = ["--paradigm", "p300", "--adc-bits", "24", "--duration-s", "10"]
    assert main(["--output", str(tmp_path), *command]) == 0
    file = edfio.read_bdf(tmp_path / "simulated-p300-seed1.bdf")
    assert [one.text for one in file.annotations] == [one.label for one in P300().trials(1, 10.0)]


@pytest.mark.parametrize("written_as", ["packets", "archive"])
def test_packets_are_written_with_their_faults(tmp_path, capsys, written_as):
    command = "--loss 0.05 --duplicate 0.05 --reorder-ms 300 --jitter-ms 5 --drift-ppm 20"
    command += " --counter-bits 8 --restart-at-s 5 --restart-at-s 12 --duration-s 20"
    options = ["--output", str(tmp_path), "--format", written_as, *command.split()]
    assert main(options) == 0
    said = capsys.readouterr().out
    assert re.search(r"; 37\d packets, \d+ lost, \d+ duplicated, 2 restarts\n", said)
    events = (tmp_path / "simulated-seed1_events.tsv").read_text()
    assert events.count("\trestart\t") == 2
    assert (tmp_path / "simulated-seed1_packets.tsv").exists()
    assert (tmp_path / "simulated-seed1.packets").exists() == (written_as == "packets")
    assert len(list(tmp_path.rglob("*.nepk"))) == (3 if written_as == "archive" else 0)


def test_several_seeds_make_one_dataset(tmp_path):
    for seed in ("1", "2"):
        options = ["--format", "bids", "--seed", seed, "--duration-s", "10"]
        assert main(["--output", str(tmp_path), *options]) == 0
    assert len((tmp_path / "participants.tsv").read_text().splitlines()) == 3


def test_mains_can_be_left_out(tmp_path):
    for line_hz, expected in (("0", False), ("60", True)):
        options = ["--duration-s", "20", "--artifacts", "none", "--line-hz", line_hz]
        assert main(["--output", str(tmp_path), *options]) == 0
        samples_uv = edfio.read_edf(tmp_path / "simulated-seed1.edf").signals[2].data
        power = np.abs(np.fft.rfft(samples_uv)) ** 2
        at_60, beside = power[20 * 60 - 5 : 20 * 60 + 6].max(), np.median(power[1000:1400])
        assert (at_60 > 100 * beside) == expected


def commands_of_the_page():
    text = (ROOT / "docs" / "simulator.md").read_text()
    return re.findall(r"^python -m devices\.simulate (.*)$", text, re.MULTILINE)


@pytest.mark.parametrize("command", commands_of_the_page())
def test_every_command_of_the_page_works(tmp_path, capsys, command):
    assert main([*command.split(), "--output", str(tmp_path)]) == 0
    assert "recording: " in capsys.readouterr().out


def test_the_page_names_every_option_kind_and_task():
    text = (ROOT / "docs" / "simulator.md").read_text()
    assert len(commands_of_the_page()) >= 8
    parser_help = subprocess.run(
        [sys.executable, "-m", "devices.simulate", "--help"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    faults = parser_help.partition("\npackets:\n")[2]
    options = re.findall(r"^  (--[a-z-]+)", faults, re.MULTILINE)
    assert len(options) == 10
    for option in options:
        assert option in text
    for word in (*SIGNALS, *PARADIGMS, *FORMATS, *ARTIFACT_KINDS):
        assert f"`{word}`" in text, word
