"""Names that Nihon Kohden's amplifiers give to inputs; also met in EDF and Persyst exports.

Exports write `POL` ("polygraph") in front of every input that is no electrode of the 10-20 system.
Whether those are scalp, depth or grid electrodes the file does not know: they are taken for eeg,
and `--signal ecog` says otherwise.
"""

from __future__ import annotations

from transforms.recordings.channels import signal_of_label


def signal_of_input(label: str) -> str | None:
    """Signal kind of an input of such an amplifier, None where it carries no signal.

    >>> signal_of_input("POL X1"), signal_of_input("DC01"), signal_of_input("EKG1")
    ('eeg', None, 'ecg')
    """
    name = label.strip()
    return signal_of_label(name if name.upper().startswith("POL") else f"POL {name}")
