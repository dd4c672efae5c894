"""Names in a BIDS dataset: entities, a suffix, an extension; and which sidecar belongs to what.

After the Brain Imaging Data Structure 1.9 (Gorgolewski et al. 2016; EEG-BIDS, Pernet et al. 2019;
iEEG-BIDS, Holdgraf et al. 2019), with its inheritance principle: a sidecar higher up applies to all
recordings below whose names hold all of its entities, and the nearest one counts.
"""

from __future__ import annotations

import dataclasses
import re

_NAME = re.compile(r"(?P<entities>(?:[a-z]+-[^_./]+_)*)(?P<suffix>[A-Za-z0-9]+)(?P<extension>\..+)")
_SIGNALS = ("eeg", "ieeg", "emg", "meg", "nirs", "motion", "physio")
_TABLES = {
    "participants": ".tsv",
    "channels": ".tsv",
    "events": ".tsv",
    "electrodes": ".tsv",
    "coordsystem": ".json",
}
_WHERE_ELECTRODES_ARE = ("electrodes", "coordsystem")


@dataclasses.dataclass(frozen=True)
class BidsName:
    """A name taken apart: `sub-01_task-rest_eeg.edf`."""

    entities: dict[str, str]
    suffix: str
    extension: str


def parse_bids_name(name: str) -> BidsName | None:
    """The parts of a name; None where it is none of BIDS."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    pairs = (entity.split("-", 1) for entity in found["entities"].split("_") if entity)
    return BidsName(dict(pairs), found["suffix"], found["extension"])


def is_bids_recording(name: str) -> bool:
    """Whether sidecars are looked for: a subject's file of signals."""
    found = parse_bids_name(name)
    return found is not None and "sub" in found.entities and found.suffix in _SIGNALS


def is_sidecar_of(name: str, recording: str) -> bool:
    """Whether a file in the recording's folder, or above it, says something of the recording."""
    sidecar, of = parse_bids_name(name), parse_bids_name(recording)
    if sidecar is None or of is None:
        return False
    wanted = ".json" if sidecar.suffix == of.suffix else _TABLES.get(sidecar.suffix)
    if sidecar.extension != wanted:
        return False
    entities = dict(sidecar.entities)
    if sidecar.suffix in _WHERE_ELECTRODES_ARE:
        entities.pop("space", None)  # in which the coordinates are, not what they belong to
    return all(of.entities.get(key) == value for key, value in entities.items())
