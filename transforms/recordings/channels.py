"""Which signal a channel carries, by its type in a FIF file or its label in an EDF."""

from __future__ import annotations

import collections
import re
from collections.abc import Sequence

from transforms.recordings.plan import Notice

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
    "SPIKES": "spikes",
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

_TRIGGERS = {"STI", "STIM", "STATUS", "TRIGGER", "TRIG", "DTRIG", "MARKER", "EVENT"}

_BY_PREFIX = ("EMG", "ECG", "EKG", "EOG")  # EMGright; no electrode's name begins so

_NIHON_KOHDEN_POLYGRAPHY = re.compile(r"POL\s+", re.IGNORECASE)
# Behind POL: direct current, unassigned, marks, ground, buttons of patient and technician; $:
# switched off. Names of electrodes elsewhere, so only DC means the same without POL.
_NOT_ELECTRODES = re.compile(r"\$.*|(DC|NA|MARK)\d+|E|Z|PAT|TECH", re.IGNORECASE)
_DIRECT_CURRENT = re.compile(r"DC\d\d", re.IGNORECASE)

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
    label, is_polygraphy = _NIHON_KOHDEN_POLYGRAPHY.subn("", label.strip(), count=1)
    if (_NOT_ELECTRODES if is_polygraphy else _DIRECT_CURRENT).fullmatch(label):
        return None
    word, first = _first_word(label)
    if is_trigger_label(label) or not {label.upper(), word, first}.isdisjoint(_NO_SIGNAL):
        return None
    prefix = next((prefix for prefix in _BY_PREFIX if first.startswith(prefix)), first)
    return _BY_LABEL.get(prefix, "eeg")


def is_trigger_label(label: str) -> bool:
    """Whether numbers are sent through the channel, to mark events.

    >>> is_trigger_label("STI 014"), is_trigger_label("DIG DTRIG"), is_trigger_label("Cz")
    (True, True, False)
    """
    words = re.split(r"[\s_:.-]+", label.strip().upper())
    return words[0].rstrip("0123456789") in _TRIGGERS or words[-1] in {"TRIG", "DTRIG"}


def _first_word(label: str) -> tuple[str, str]:
    """The first word in capitals, and without the number at its end."""
    word = re.split(r"[\s_:.-]+", label.strip().upper(), maxsplit=1)[0]
    return word, word.rstrip("0123456789") or word


def signal_of_mne_type(channel_type: str) -> str | None:
    """Signal kind of an MNE channel type, None where it is no signal."""
    return _BY_MNE_TYPE.get(channel_type)


def unique_names(labels: Sequence[str]) -> list[str]:
    """Labels as names: those that occur more than once are numbered, as MNE does.

    >>> unique_names(["Cz", "E", "E", "E-0"])
    ['Cz', 'E-1', 'E-2', 'E-0']
    """
    counts, taken = collections.Counter(labels), set(labels)
    numbers: dict[str, int] = {}
    names = []
    for label in labels:
        name = label
        while counts[label] > 1 and name in taken:
            number = numbers.get(label, 0)
            name, numbers[label] = f"{label}-{number}", number + 1
        taken.add(name)
        names.append(name)
    return names


def duplicate_notices(labels: Sequence[str], names: Sequence[str]) -> list[Notice]:
    """Tells which labels were numbered; nothing where none was."""
    renamed = [f"{a!r} is {b!r}" for a, b in zip(labels, names, strict=True) if a != b]
    if not renamed:
        return []
    detail = "labels that occur more than once were numbered: " + ", ".join(renamed)
    return [Notice("duplicate_labels", detail)]
