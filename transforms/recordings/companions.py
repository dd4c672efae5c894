"""Which files of a folder belong together: a header, its samples, its markers, its events.

Decided by names, and by the headers that name other files; the samples are not looked at.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable, Collection, Iterable

from transforms.recordings.brainvision.header import named_files
from transforms.recordings.errors import RecordingError
from transforms.recordings.formats import FORMATS

ReadFile = Callable[[str], bytes]
"""Name to the first bytes of the file, `MAX_HEADER_BYTES` at most."""

MAX_HEADER_BYTES = 1 << 20

# Of the same name but for the extension, in lower case.
_BY_STEM: dict[str, tuple[str, ...]] = {
    ".set": (".fdt", ".dat"),
    ".lay": (".dat",),
    ".vhdr": (".eeg", ".dat", ".avg", ".vmrk"),
    ".ahdr": (".eeg", ".dat", ".amrk"),
}
_NIHON_KOHDEN = (".pnt", ".log", ".21e", ".cmt", ".cn2", ".reg", ".bft", ".egf", ".edt", ".11d")
_EVENTS = re.compile(r"(?P<stem>.+?)[-_]eve\.fif", re.IGNORECASE)
_RAW = re.compile(
    r"(?P<stem>.+?)(?:[-_](?:raw|meg|eeg|ieeg|raw_sss|raw_tsss))?\.fif", re.IGNORECASE
)

_SIDE_FILES = re.compile(
    r"(readme|licen[cs]e|copying|changes|changelog|citation|authors|makefile)(\.txt)?"
    r"|.*\.(md|rst|pdf|bib|json|tsv|tsv\.gz|html|png|jpg|svg|py|m|ipynb|yaml|yml|parquet)"
    r"|.*\.(event|hpts|elc|sfp|bvef|bvct|loc|locs|ced|elp|hsp)",
    re.IGNORECASE,
)


def is_side_file(name: str) -> bool:
    """Whether a file of this name accompanies recordings and is none: a text, a table, a picture.

    They are passed over where a pattern or a folder meets them.
    """
    return _SIDE_FILES.fullmatch(name) is not None


@dataclasses.dataclass(frozen=True)
class Group:
    """Names of the files of one recording.

    Attributes:
      main: the one to open.
      parts: the others without which it is not whole.
      sidecars: what others wrote about it later: events.
    """

    main: str
    parts: tuple[str, ...] = ()
    sidecars: tuple[str, ...] = ()


def group_files(
    matched: Collection[str], listed: Iterable[str], read_file: ReadFile
) -> list[Group]:
    """Recordings that the matched files of one folder belong to, sorted.

    A companion that was matched stands for its recording, matched itself or not.

    Args:
      listed: all names in the folder.
    """
    listed = sorted({*listed, *matched})
    present = set(listed)
    parts = {name: _named_by(name, present, read_file) for name in listed}
    channels = sorted(name for name in matched if _extension(name) == ".ncs")
    if channels:  # Neuralynx: a file a channel
        parts[channels[0]] = channels
    events = _event_files(listed)
    owners = {part: main for main in reversed(listed) for part in parts[main] if part != main}
    mains = {owners.get(events.get(name, name), events.get(name, name)) for name in matched}
    return [
        Group(
            main,
            parts=tuple(part for part in parts[main] if part != main),
            sidecars=tuple(name for name, owner in events.items() if owner == main),
        )
        for main in sorted(mains)
    ]


def _named_by(name: str, present: set[str], read_file: ReadFile) -> list[str]:
    extension = _extension(name)
    if extension in FORMATS["brainvision"].extensions:
        try:
            named = [part for part in named_files(read_file(name), name) if part in present]
        except RecordingError:  # which opening it will tell
            named = []
        return named or _same_stem(name, present, _BY_STEM[extension])
    if extension == ".lay":
        found = re.search(rb"(?im)^\s*File\s*=\s*(.+?)\s*$", read_file(name))
        data = re.split(r"[/\\]", found[1].decode("latin-1"))[-1] if found else ""
        return [data] if data in present else _same_stem(name, present, _BY_STEM[extension])
    if extension == ".eeg" and FORMATS["nihon_kohden"].recognised(read_file(name)):
        return _same_stem(name, present, _NIHON_KOHDEN)
    return _same_stem(name, present, _BY_STEM.get(extension, ()))


def _same_stem(name: str, present: set[str], extensions: tuple[str, ...]) -> list[str]:
    if not extensions:
        return []
    stem = os.path.splitext(name)[0].lower()
    wanted = {stem + extension for extension in extensions}
    return sorted(other for other in present if other.lower() in wanted)


def _event_files(listed: list[str]) -> dict[str, str]:
    """MNE's naming: x-eve.fif holds the events of x_raw.fif."""
    raw: dict[str, str] = {}
    for name in listed:
        found = _RAW.fullmatch(name)
        if found and not _EVENTS.fullmatch(name):
            raw.setdefault(found["stem"], name)
    events = {name: _EVENTS.fullmatch(name) for name in listed}
    return {
        name: raw[found["stem"]] for name, found in events.items() if found and found["stem"] in raw
    }


def is_event_file(name: str) -> bool:
    """Whether it holds events in MNE's format."""
    return _EVENTS.fullmatch(name) is not None


def _extension(name: str) -> str:
    return os.path.splitext(name)[1].lower()
