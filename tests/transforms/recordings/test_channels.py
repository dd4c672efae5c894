from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.recordings.channels import (
    duplicate_notices,
    is_trigger_label,
    signal_of_label,
    signal_of_mne_type,
    unique_names,
)


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
        ("Spikes 1", "spikes"),
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
        ("EMGright", "emg"),
        ("Ekg2", "ecg"),
        ("POL $A1", None),
        ("POL E", None),
        ("E", "eeg"),
        ("POL A1", "eeg"),
        ("DIG DTRIG", None),
        ("POL EKG", "ecg"),
        ("POL DC01", None),
        ("DC03", None),
        ("SpO2", None),
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


@pytest.mark.parametrize("label", ["Status", "STI 014", "TRIG", "Trigger 1", "event", "Marker"])
def test_labels_of_triggers(label):
    assert is_trigger_label(label)


@pytest.mark.parametrize("label", ["Cz", "Steam", "EMG", "Resp"])
def test_other_labels_are_no_triggers(label):
    assert not is_trigger_label(label)


@given(st.lists(st.sampled_from(["A", "B", "A-0", "A-1", ""]), max_size=8))
def test_names_are_unique_and_those_that_were_stay(labels):
    names = unique_names(labels)
    assert len(set(names)) == len(labels) == len(names)
    for label, name in zip(labels, names, strict=True):
        assert name == label or labels.count(label) > 1
        assert name.startswith(label)


def test_what_was_numbered_is_told():
    (notice,) = duplicate_notices(["A", "A"], ["A-0", "A-1"])
    assert "'A' is 'A-0', 'A' is 'A-1'" in notice.detail
    assert duplicate_notices(["A", "B"], ["A", "B"]) == []
