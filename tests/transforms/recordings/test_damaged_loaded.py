"""The formats that are read whole, damaged a thousand times each: read, or refused by reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.transforms.recordings.fuzzing import assert_only_typed_errors
from tests.transforms.recordings.made_eeglab import made_dataset, write_set_v5, write_set_v73
from tests.transforms.recordings.made_gdf import FLOAT32, MadeGdfChannel, write_gdf
from tests.transforms.recordings.made_neuralynx import write_ncs
from tests.transforms.recordings.made_nihon_kohden import write_nihon_kohden
from tests.transforms.recordings.made_persyst import write_persyst
from tests.transforms.recordings.real_files import ANT, real_file

RNG = np.random.default_rng(1)
NOISE = RNG.integers(-3000, 3000, 3000).astype(np.int16)
DATA_UV = RNG.normal(0, 20, (3, 1000)).astype(np.float32)
EVENTS = [
    {"type": "go", "latency": 11.0, "duration": 0.0},
    {"type": "boundary", "latency": 500.5, "duration": 250.0},
]


def assert_read_or_refused(parts: list[Path], n_mutants: int) -> None:
    outcomes = assert_only_typed_errors(parts, n_mutants)
    assert outcomes["read"] > n_mutants / 20, outcomes
    assert len(outcomes) >= 3, outcomes


@pytest.mark.parametrize("version", ["1.25", "2.10"])
def test_a_damaged_gdf(tmp_path: Path, version):
    channels = [
        MadeGdfChannel("Fz", NOISE[:1000], 100),
        MadeGdfChannel("EMG", NOISE[:500], 50, stored=FLOAT32),
    ]
    events = [(10, 0x301, 0, 5), (300, 0x7FFE, 0, 0)]
    path = write_gdf(tmp_path / "a.gdf", channels, version=version, events=events)
    assert_read_or_refused([path], 500)


@pytest.mark.parametrize("version", ["struct", "fields", "7.3"])
def test_a_damaged_eeglab(tmp_path: Path, version):
    labels, path, fdt = ["Fz", "Cz", "EOG1"], tmp_path / "a.set", tmp_path / "a.fdt"
    eeg = made_dataset(DATA_UV, labels, event=EVENTS)
    if version == "7.3":
        parts = [write_set_v73(path, eeg)]
    elif version == "struct":
        parts = [write_set_v5(path, eeg)]
    else:
        fdt.write_bytes(DATA_UV.T.tobytes())
        parts = [write_set_v5(path, eeg | {"data": "a.fdt"}, as_struct=False), fdt]
    assert_read_or_refused(parts, 334)


def test_a_damaged_persyst(tmp_path: Path):
    path = write_persyst(
        tmp_path,
        NOISE.reshape(-1, 3),
        ("Fp1-Ref", "POL DC01-Ref", "Cz-Ref"),
        comments="1.0,0.5,0,65543,seizure, big",
        sample_times="0=3600.250\n500=3610.0",
    )
    assert_read_or_refused([path, path.with_suffix(".dat")], 1000)


def test_a_damaged_nihon_kohden(tmp_path: Path):
    blocks = [
        (bytes.fromhex("231102133927"), NOISE[:600].reshape(-1, 3)),
        (bytes.fromhex("231102134000"), NOISE[600:1200].reshape(-1, 3)),
    ]
    names, events = "[ELECTRODE]\n0000=Fp1\n0001=ECG\n", [("start", "000000"), ("blink", "000031")]
    path = write_nihon_kohden(tmp_path, blocks, [0, 1, 42], names=names, events=events)
    assert_read_or_refused([path, path.with_suffix(".21E"), path.with_suffix(".LOG")], 1000)


def test_a_damaged_neuralynx(tmp_path: Path):
    path = write_ncs(tmp_path / "a.ncs", [0, 256_000, 512_000], NOISE)
    assert_read_or_refused([path], 1000)


def test_a_damaged_ant():
    """Fewer, since the file cannot be made smaller here; 1,000 of another seed were tried once."""
    assert_read_or_refused([Path(real_file(ANT))], 100)
