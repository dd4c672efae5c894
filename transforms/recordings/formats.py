"""The formats we read: how a file is recognised, and by which function it is read.

To add one, write a function in a module of its own and name it here as `module:function`; a module
is imported only when a file of its format is met.

- A format whose files can be read in blocks has `opener`, (path, settings) -> OpenedRecording, and
  `blocks`, (path, StreamPlan) -> iterator of Block. Both may be called on different machines; the
  plan is all that passes between them, and its `reader` is the format's name.
- A format that has to be read whole has `loader`, (path, settings) -> LoadedRecording
  (transforms.recordings.loaded). It is run in a process of its own, with limits on memory and time
  (transforms.recordings.contained), after its size was checked.

Either raises RecordingError and nothing else, whatever the bytes. Files that belong together are
found by transforms.recordings.companions and stand beside `path` in the same folder, under their
own names, and nothing else does that belongs to another recording.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import os
import stat
from collections.abc import Callable
from typing import Any

from transforms.recordings.errors import Reason, RecordingError

HEAD_BYTES = 4096
"""Of the file: what `recognised` is shown."""

_HERE = "transforms.recordings"


def _anything(_: bytes) -> bool:
    return True


@dataclasses.dataclass(frozen=True)
class Format:
    """One row of the table.

    Attributes:
      name: stored in plans; never renamed.
      extensions: in lower case, with the dot.
      recognised: whether the first bytes of a file with such a name are of this format. Formats
        are asked in the order of the table. Where the extension belongs to one format alone, it
        says yes to anything, and the reader says what is wrong.
      loader, opener, blocks: `module:function`, see above.
    """

    name: str
    extensions: tuple[str, ...]
    recognised: Callable[[bytes], bool] = _anything
    loader: str = ""
    opener: str = ""
    blocks: str = ""

    def __post_init__(self) -> None:
        if bool(self.loader) == bool(self.opener and self.blocks):
            raise ValueError(f"{self.name} has a loader, or an opener and blocks; expected one")

    @property
    def is_read_whole(self) -> bool:
        """Whether it is read by a loader."""
        return bool(self.loader)


def _starts_with(*magic: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(magic)


def _is_muse(head: bytes) -> bool:
    first = head.split(b"\n", 1)[0].lower()
    return b"tp9" in first or b"eeg_1" in first or b"packettype" in first


ARCHIVE = "archive"
_MNE_BLOCKS = f"{_HERE}.mne_blocks:read_mne_blocks"

_TABLE = (
    Format("edf", (".edf",), opener=f"{_HERE}.edf.opener:open_edf_recording", blocks=_MNE_BLOCKS),
    Format("bdf", (".bdf",), opener=f"{_HERE}.edf.opener:open_bdf_recording", blocks=_MNE_BLOCKS),
    Format("fif", (".fif",), opener=f"{_HERE}.fif.opener:open_fif_recording", blocks=_MNE_BLOCKS),
    Format(
        "brainvision",
        (".vhdr", ".ahdr"),
        opener=f"{_HERE}.brainvision.opener:open_brainvision",
        blocks=f"{_HERE}.brainvision.blocks:read_brainvision_blocks",
    ),
    Format(  # a session's folder: the only one that is no file
        ARCHIVE,
        (".nepk",),
        opener=f"{_HERE}.archive.opener:open_archive",
        blocks=f"{_HERE}.archive.opener:read_archive_blocks",
    ),
    Format("gdf", (".gdf",), loader=f"{_HERE}.gdf.loader:load_gdf"),
    Format("eeglab", (".set",), loader=f"{_HERE}.eeglab.loader:load_eeglab"),
    Format("xdf", (".xdf", ".xdfz"), loader=f"{_HERE}.xdf.loader:load_xdf"),
    Format("persyst", (".lay",), loader=f"{_HERE}.persyst.loader:load_persyst"),
    Format(
        "nihon_kohden",
        (".eeg",),  # BrainVision's data too, which begin with samples
        _starts_with(b"EEG-", b"DAE-", b"QI-"),
        loader=f"{_HERE}.nihon_kohden.loader:load_nihon_kohden",
    ),
    Format("neuralynx", (".ncs",), loader=f"{_HERE}.neuralynx.loader:load_neuralynx"),
    Format("ant", (".cnt",), loader=f"{_HERE}.ant.loader:load_ant"),
    Format(
        "openbci_text",
        (".txt", ".csv"),
        _starts_with(b"%OpenBCI", b"\xef\xbb\xbf%OpenBCI"),
        loader=f"{_HERE}.openbci.loader:load_openbci_text",
    ),
    Format("muse_csv", (".csv",), _is_muse, loader=f"{_HERE}.muse.loader:load_muse_csv"),
    Format(
        "plain_table", (".csv", ".txt", ".npy"), loader=f"{_HERE}.plain.loader:load_plain_table"
    ),
)

FORMATS = {format_.name: format_ for format_ in _TABLE}
"""By name, in the order in which they are asked."""

EXTENSIONS = tuple(dict.fromkeys(extension for f in _TABLE for extension in f.extensions))


_PARTS = {
    ".vmrk": "the markers of a BrainVision recording without its header (.vhdr)",
    ".amrk": "the markers of a BrainVision recording without its header (.ahdr)",
    ".eeg": "the samples of a BrainVision recording without its header (.vhdr or .ahdr)",
    ".dat": "samples without the header that names them (.vhdr of BrainVision or .lay of Persyst)",
    ".avg": "the samples of a BrainVision average without its header (.vhdr)",
    ".fdt": "the samples of an EEGLAB recording without its .set file",
    ".pnt": "a part of a Nihon Kohden recording without its .EEG file",
    ".21e": "a part of a Nihon Kohden recording without its .EEG file",
}
"""What a file is that belongs to another, which is missing or does not name it."""


def format_of(path: str) -> Format:
    """The format of a local file; a folder is a session in the archive of packets.

    Raises:
      RecordingError: empty, or of no format we read.
    """
    if os.path.isdir(path):
        return FORMATS[ARCHIVE]
    if not os.path.exists(path) and os.path.islink(path):
        raise RecordingError(
            Reason.UNREADABLE,
            "a link that leads nowhere; `git annex get` or `datalad get` fetch it",
        )
    if stat.S_ISFIFO(os.stat(path).st_mode):  # whoever opens it waits for somebody to write
        raise RecordingError(Reason.UNREADABLE, "a pipe; expected a file")
    if os.path.getsize(path) == 0:
        raise RecordingError(Reason.EMPTY, "the file has no bytes")
    extension = os.path.splitext(path)[1].lower()
    with open(path, "rb") as file:
        head = file.read(HEAD_BYTES)
    for format_ in FORMATS.values():
        if extension in format_.extensions and format_.recognised(head):
            return format_
    if extension in _PARTS:
        raise RecordingError(Reason.MISSING_PART, f"{_PARTS[extension]}: copy that file too")
    raise RecordingError(
        Reason.UNKNOWN_FORMAT,
        f"the name ends in {extension!r}"
        + (" but the content is no recording" if extension in EXTENSIONS else "")
        + f"; expected one of {', '.join(EXTENSIONS)}",
    )


@functools.cache
def function_named(name: str) -> Callable[..., Any]:
    """The function `module:function`, imported on first use."""
    module, function = name.split(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found
