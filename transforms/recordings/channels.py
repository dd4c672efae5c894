"""Which signal a channel carries, by its type in a FIF file or its label in an EDF."""

from __future__ import annotations

import re

_BY_LABEL = {
    "EEG": "eeg",
    "EOG": "eeg",  # potentials of the same scalp, microvolts too: blinks are found on them
    "ECOG": "ecog",
    "SEEG": "ecog",
    "DBS": "lfp",
    "LFP": "lfp",
    "ECG": "ecg",
    "EKG": "ecg",
    "EMG": "emg",
    "ACC": "acc",
    "ACCELEROMETER": "acc",
}

_NO_SIGNAL = {
    "STI",
    "STIM",
    "STATUS",
    "TRIGGER",
    "TRIG",
    "MARKER",
    "EVENT",
    "MISC",
    "RESP",
    "TEMP",
    "BIO",
    "SAO2",
    "SPO2",
    "OSAT",
    "PULSE",
    "CO2",
    "EDF ANNOTATIONS",
    "BDF ANNOTATIONS",
}

_BY_MNE_TYPE = {
    "eeg": "eeg",
    "eog": "eeg",
    "ecog": "ecog",
    "seeg": "ecog",
    "dbs": "lfp",
    "ecg": "ecg",
    "emg": "emg",
}


def signal_of_label(label: str) -> str | None:
    """Signal kind of an EDF label, None where it is no signal.

    EDF+ labels open with the type ("EEG Fp1-Ref", "ECG"); without one, it is taken for eeg.
    """
    upper = label.strip().upper()
    words = re.split(r"[\s_:.-]+", upper, maxsplit=1)
    first = words[0].rstrip("0123456789") or words[0]
    if upper in _NO_SIGNAL or words[0] in _NO_SIGNAL or first in _NO_SIGNAL:
        return None
    return _BY_LABEL.get(first, "eeg")


def signal_of_mne_type(channel_type: str) -> str | None:
    """Signal kind of an MNE channel type, None where it is no signal."""
    return _BY_MNE_TYPE.get(channel_type)
