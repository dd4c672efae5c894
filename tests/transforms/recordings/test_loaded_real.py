"""The real recordings of formats that are read whole, through the door that users come in by."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.transforms.recordings.real_files import (
    ANT,
    GDF_ECG,
    LAHC1,
    LAHC1_GAPS,
    PERSYST,
    real_file,
)
from transforms.recordings import RecordingSettings, open_recording, read_blocks
from transforms.recordings.plausible import PlausibilityCheck

STREAMS = {
    GDF_ECG: [("ecg0", 150, 1, 4500, 1)],
    PERSYST: [("eeg0", 200, 60, 847, 1), ("ecg0", 200, 2, 847, 1)],
    ANT: [("eeg0", 1000, 64, 4025, 1)],
    LAHC1: [("lfp0", 2000, 1, 11691, 1)],
    LAHC1_GAPS: [("lfp0", 2000, 1, 11561, 4)],
}


@pytest.mark.parametrize("name", STREAMS)
def test_streams_are_planned_read_and_of_a_plausible_amplitude(tmp_path: Path, name: str):
    source = Path(real_file(name))
    path = shutil.copy(source, tmp_path)  # alone: the folder of an .ncs is one recording
    if name == PERSYST:
        shutil.copy(source.with_suffix(".dat"), tmp_path)
    recording = open_recording(str(path), RecordingSettings())
    found = [
        (p.stream, float(p.spec.sampling_rate), p.spec.n_channels, p.n_samples, len(p.runs))
        for p in recording.streams
    ]
    assert found == STREAMS[name]
    for plan in recording.streams:
        check, n_read = PlausibilityCheck(plan.spec), 0
        for block in read_blocks(str(path), plan):
            check.add(block.samples)
            n_read += len(block.samples)
            assert np.isfinite(block.samples).all()
        assert n_read == plan.n_samples
        assert "implausible_unit" not in [notice.kind for notice in check.notices()]
