from __future__ import annotations

import pytest

from transforms.recordings.nihon_kohden.labels import signal_of_input


@pytest.mark.parametrize(
    ("label", "signal"),
    [
        ("Fp1", "eeg"),
        ("POL X12", "eeg"),
        ("POL BN1", "eeg"),
        ("POL EKG1", "ecg"),
        ("EMG1", "emg"),
        ("pol dc01", None),
        ("POL $TP9", None),
        ("$A1", None),
        ("E", None),
        ("POL E", None),
        ("Mark2", None),
        ("NA12", None),
        ("Z", None),
        ("EOG1", "eeg"),
    ],
)
def test_what_is_plugged_in_is_known_by_its_name(label, signal):
    assert signal_of_input(label) == signal
