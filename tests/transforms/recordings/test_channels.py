from __future__ import annotations

import pytest

from transforms.recordings.channels import signal_of_label, signal_of_mne_type


@pytest.mark.parametrize(
    ("label", "signal"),
    [
        ("Fp1", "eeg"),
        ("Fc5.", "eeg"),
        ("EEG Fp1-Ref", "eeg"),
        ("eeg 1", "eeg"),
        ("EOG horizontal", "eeg"),
        ("ECG ECG1", "ecg"),
        ("ekg", "ecg"),
        ("EMG chin", "emg"),
        ("EMG1", "emg"),
        ("SEEG LA1", "ecog"),
        ("DBS L", "lfp"),
        ("ACC X", "acc"),
        ("acc_x", "acc"),
        ("Status", None),
        ("STI 014", None),
        ("Trigger", None),
        ("EDF Annotations", None),
        ("Resp chest", None),
        ("SaO2 X9", None),
        ("T3", "eeg"),
        ("12", "eeg"),
        ("X", "eeg"),
    ],
)
def test_labels_name_the_signal(label, signal):
    assert signal_of_label(label) == signal


@pytest.mark.parametrize(
    ("channel_type", "signal"),
    [
        ("eeg", "eeg"),
        ("eog", "eeg"),
        ("seeg", "ecog"),
        ("dbs", "lfp"),
        ("stim", None),
        ("mag", None),
    ],
)
def test_mne_types_name_the_signal(channel_type, signal):
    assert signal_of_mne_type(channel_type) == signal
