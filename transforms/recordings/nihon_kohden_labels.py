"""Names that Nihon Kohden's amplifiers give to inputs; also met in EDF and Persyst exports of them.

Exports write `POL` ("polygraph") in front of every input that is no electrode of the 10-20 system.
Whether those are scalp, depth or grid electrodes the file does not know: they are taken for eeg,
and `--signal ecog` says otherwise.
"""

from __future__ import annotations

import re

from transforms.recordings.channels import signal_of_label

_POLYGRAPH = re.compile(r"POL\s+", re.IGNORECASE)
# Direct current, unassigned, marks, ground, buttons of patient and technician; $: switched off.
_NO_SIGNAL = re.compile(r"\$.*|(DC|NA|MARK)\d+|E|Z|PAT|TECH", re.IGNORECASE)


def signal_of_input(label: str) -> str | None:
    """Signal kind of an input, None where it carries no signal.

    >>> signal_of_input("POL X1"), signal_of_input("POL DC01"), signal_of_input("POL EKG1")
    ('eeg', None, 'ecg')
    """
    name = _POLYGRAPH.sub("", label.strip(), count=1)
    return None if _NO_SIGNAL.fullmatch(name) else signal_of_label(name)
