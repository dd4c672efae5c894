"""The EDF files that benchmarks generate are EDF files."""

from __future__ import annotations

import mne
import numpy as np

from benchmarks.recordings import write_edf
from benchmarks.workloads import background


def test_a_generated_file_reads_back_within_half_a_step(tmp_path):
    path = tmp_path / "generated.edf"
    write_edf(path, n_channels=3, sampling_rate_hz=256, seconds=61)  # across the minute
    raw = mne.io.read_raw_edf(path, verbose="error")
    assert (raw.info["sfreq"], raw.n_times, len(raw.ch_names)) == (256, 61 * 256, 3)
    first = background(60 * 256, 3, 256, seed=0)
    last = background(256, 3, 256, seed=1)
    np.testing.assert_allclose(
        1e6 * raw.get_data().T, np.concatenate((first, last)), rtol=0, atol=0.0501
    )
