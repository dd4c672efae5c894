from __future__ import annotations

import shutil
import sys
from pathlib import Path

import mne
import numpy as np
import pytest

from tests.transforms.recordings.real_files import ANT, real_file
from transforms.recordings import Reason, RecordingError, RecordingSettings, Run
from transforms.recordings.ant.loader import load_ant

AUTO = RecordingSettings()


def test_the_real_recording_is_what_mne_reads():
    path = real_file(ANT)
    recording = load_ant(path, AUTO)
    (stream,) = recording.streams
    assert stream.signal == "eeg"
    assert stream.sampling_rate == 1000
    assert stream.runs == (Run(0, 0, 4025),)
    raw = mne.io.read_raw_ant(path, verbose="error")
    volts = raw.get_data(picks=list(stream.channels))
    np.testing.assert_allclose(stream.samples, volts.T * 1e6, rtol=1e-12)
    assert len(stream.channels) == 64
    assert 10 < np.median(stream.samples.std(axis=0)) < 100  # microvolts, as of a brain
    # 2024-08-14 10:44:47.531224, the day count and the fraction in the file.
    assert abs(stream.start_ns - 1_723_632_287_531_224_600) < 2_000
    assert recording.markers == ()


def test_bipolar_inputs_are_left_out_by_name():
    (notice,) = load_ant(real_file(ANT), AUTO).notices
    assert notice.kind == "channels_left_out"
    assert notice.detail.count("BIP") == 24


def test_whatever_its_case_the_ending_is_that_of_ant(tmp_path: Path):
    path = shutil.copy(real_file(ANT), tmp_path / "A.CNT")
    assert load_ant(str(path), AUTO).streams[0].samples.shape == (4025, 64)


def test_without_antio_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "antio"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "antio", None)
    with pytest.raises(RecordingError, match="pip install antio") as refused:
        load_ant(real_file(ANT), AUTO)
    assert refused.value.reason is Reason.UNREADABLE
