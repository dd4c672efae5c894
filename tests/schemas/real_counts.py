"""Real recordings as their converters' integers, (n_samples, n_channels) int32."""

from __future__ import annotations

import re

import numpy as np

from tests.recordings import openbci, physionet, recording

Int32 = np.ndarray

CYTON_UV = 4.5 / 24 / (2**23 - 1) * 1e6
"""Of one step of the ADS1299 at gain 24 (OpenBCI, Cyton data format)."""


def physionet_counts(run: str) -> Int32:
    """64 channels of scalp EEG at 160 Hz, 16 bits, 1 uV a step."""
    return np.rint(physionet(run)[0]).astype(np.int32)


def cyton() -> Int32:
    """8 channels at 250 Hz, 24 bits; the text has two decimals of a microvolt, so nearly."""
    return np.rint(openbci()[0] / CYTON_UV).astype(np.int32)


def persyst() -> Int32:
    """83 channels of iEEG and scalp at 200 Hz, stored in 32 bits of which they need 16."""
    folder = "raw_formats/mne-testing-data/Persyst"
    stem = f"{folder}/sub-pt1_ses-02_task-monitor_acq-ecog_run-01_clip2"
    n_channels = int(re.findall(r"WaveformCount=(\d+)", recording(f"{stem}.lay").read_text())[0])
    return np.fromfile(recording(f"{stem}.dat"), "<i4").reshape(-1, n_channels)


def neuralynx() -> Int32:
    """2 channels of depth electrodes at 2 kHz, 16 bits."""
    record = np.dtype([("head", "u1", 20), ("samples", "<i2", 512)])
    folder = "raw_formats/mne-testing-data/neuralynx"
    paths = [recording(f"{folder}/{name}.ncs") for name in ("LAHC1", "LAHC2")]
    channels = [np.fromfile(path, record, offset=16384)["samples"].ravel() for path in paths]
    return np.stack(channels, axis=1).astype(np.int32)


def pynm() -> Int32:
    """9 channels of ECoG and LFP at 1 kHz, floats in the file: here in steps of 0.1 uV."""
    folder = "pynm_ecog_bids/sub-testsub/ses-EphysMedOff/ieeg"
    path = recording(f"{folder}/sub-testsub_ses-EphysMedOff_task-gripforce_run-0_ieeg.eeg")
    microvolts = np.fromfile(path, "<f4").reshape(-1, 10)[:, :9].astype(np.float64) * 1e-7
    return np.rint(microvolts / 0.1).astype(np.int32)
