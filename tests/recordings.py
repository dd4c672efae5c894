"""Where the real recordings are: NEURAL_ENGINE_DATA, by default ../shared/data."""

from __future__ import annotations

import os
import pathlib

import mne
import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent


def recording(name: str) -> pathlib.Path:
    """The path of a file of the data folder; skips, by name, where it is not there."""
    folder = pathlib.Path(os.environ.get("NEURAL_ENGINE_DATA", ROOT / ".." / "shared" / "data"))
    path = (folder / name).resolve()
    if not path.exists():
        pytest.skip(f"no {name}: set NEURAL_ENGINE_DATA to the folder of recordings")
    return path


def physionet(run: str) -> tuple[np.ndarray, float, tuple[str, ...]]:
    """A run of eegmmidb subject 1: (n, 64) microvolt, 160 Hz, clean channel names."""
    path = recording(f"physionet_eegmmidb_S001/{run}.edf")
    raw = mne.io.read_raw_edf(path, verbose="error")
    names = tuple(name.strip(".") for name in raw.ch_names)
    return raw.get_data().T * 1e6, raw.info["sfreq"], names


def openbci() -> tuple[np.ndarray, float, tuple[str, ...]]:
    """Cyton, 8 channels, 250 Hz, microvolt: blinks, jaw clench, eyes-closed alpha."""
    path = recording("openbci_gui_blinks_jaw_alpha/OpenBCI_GUI-v6-blinks-jawClench-alpha.txt")
    table = np.genfromtxt(path, delimiter=",", comments="%", skip_header=5, usecols=range(1, 9))
    return table, 250.0, tuple(f"EXG{i}" for i in range(8))
