"""The formats that are read in blocks, damaged a thousand times each."""

from __future__ import annotations

from pathlib import Path

import edfio
import mne
import numpy as np
import pytest

from tests.transforms.recordings.fuzzing import assert_only_typed_errors, mutants
from tests.transforms.recordings.made_brainvision import MadeBrainvision, counted, write_brainvision
from tests.transforms.recordings.made_edf import MadeSignal, noise, write_edf


def test_mutants_are_damaged_and_the_same_ones_for_a_seed():
    original = bytes(range(256)) * 20
    first = list(mutants(original, 200, seed=3))
    assert first == list(mutants(original, 200, seed=3))
    assert first != list(mutants(original, 200, seed=4))
    assert sum(mutant != original for mutant in first) > 190


@pytest.mark.parametrize("kind", ["EDF+C", "EDF+D"])
def test_a_damaged_edf_is_read_or_refused(tmp_path: Path, kind: str):
    onsets = ["+0", "+1", "+3"]
    labels = ("EEG Cz", "ECG", "STI 014")
    signals = [MadeSignal(name, noise(300, i), 100) for i, name in enumerate(labels)]
    path = write_edf(tmp_path / "a.edf", signals, kind=kind, onsets=onsets)
    outcomes = assert_only_typed_errors([path], 500)
    assert outcomes["read"] > 20
    assert len(outcomes) >= 4, outcomes


def test_a_damaged_bdf_is_read_or_refused(tmp_path: Path):
    path = tmp_path / "a.bdf"
    signals = [
        edfio.BdfSignal(noise(300, i) / 100.0, 100, label=label, physical_dimension="uV")
        for i, label in enumerate(("Cz", "Status"))
    ]
    edfio.Bdf(signals).write(path)
    outcomes = assert_only_typed_errors([path], 1000)
    assert outcomes["read"] > 20
    assert len(outcomes) >= 4, outcomes


def test_a_damaged_fif_is_read_or_refused(tmp_path: Path):
    path = tmp_path / "a_raw.fif"
    info = mne.create_info(["Cz", "Pz", "STI 014"], 100.0, ["eeg", "eeg", "stim"])
    samples = np.vstack([np.random.default_rng(1).normal(0, 2e-5, (2, 300)), np.arange(300) % 7])
    raw = mne.io.RawArray(samples, info, verbose="error")
    raw.set_annotations(mne.Annotations([0.5], [0.1], ["go"]))
    raw.save(path, verbose="error")
    outcomes = assert_only_typed_errors([path], 1000)
    assert outcomes["read"] > 20
    assert len(outcomes) >= 4, outcomes


@pytest.mark.parametrize("vectorized", [False, True])
def test_a_damaged_brainvision_is_read_or_refused(tmp_path: Path, vectorized: bool):
    markers = ("New Segment,,1,1,0,20240102030405678901", "Stimulus,S  1,40,1,2")
    made = MadeBrainvision(counted(300), vectorized=vectorized, markers=markers)
    header = write_brainvision(tmp_path, made)
    parts = [header, header.with_suffix(".eeg"), header.with_suffix(".vmrk")]
    outcomes = assert_only_typed_errors(parts, 1000)
    assert outcomes["read"] > 100
    assert len(outcomes) >= 5, outcomes
