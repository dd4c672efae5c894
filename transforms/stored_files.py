"""Files where they are stored, local or elsewhere: patterns and folders to paths and sizes."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator

from apache_beam.io.filesystem import FileMetadata
from apache_beam.io.filesystems import FileSystems

_WILDCARD = re.compile(r"[*?]")  # a bracket may belong to the name of a folder
BIDS_MARK = "dataset_description.json"
NOT_RAW = frozenset({"derivatives", "sourcedata", "code", "stimuli"})
"""Folders of a BIDS dataset that hold its recordings in another form, or none."""


@dataclasses.dataclass(frozen=True, order=True)
class StoredFile:
    """A file, and its size as it was listed."""

    path: str
    size_bytes: int

    @property
    def name(self) -> str:
        """Without its folder."""
        return split(self.path)[1]


def shown_path(path: str) -> str:
    """As tables take it: bytes of a local name that are no UTF-8 are written as escapes."""
    return path.encode("utf-8", "backslashreplace").decode()


def split(path: str) -> tuple[str, str]:
    """Folder (empty: the current one) and name, of a local path or another."""
    folder, slash, name = path.rpartition("/")
    return folder or slash, name


def is_local(path: str) -> bool:
    """Whether readers can open it where it is."""
    return FileSystems.get_scheme(path) is None


def match_files(pattern: str, leave_out: tuple[str, ...] = ()) -> list[StoredFile]:
    """The files that a pattern means, sorted.

    A path that exists is itself, even if it holds brackets, which a pattern would take for a
    set of characters. A folder stands for all files in it and in the folders below; of a BIDS
    dataset, those of the raw data. Hidden files and folders are passed over, unless named.

    Args:
      leave_out: folders and files that are not looked into when a folder is walked.
    """
    if is_local(pattern) and os.path.isdir(pattern):
        return sorted(_walk_local(pattern, leave_out))
    if FileSystems.exists(pattern) and not pattern.endswith("/"):
        itself = FileSystems.get_filesystem(pattern).metadata(pattern)
        return [StoredFile(itself.path, itself.size_in_bytes)]
    found = _matched(pattern)
    if found or _WILDCARD.search(pattern):
        return sorted(file for file in found if not file.name.startswith("."))
    if is_local(pattern):
        return []
    return sorted(_walk_elsewhere(pattern.rstrip("/"), leave_out))


def list_folder(folder: str) -> list[StoredFile]:
    """The files in a folder, not below it, without hidden ones, sorted."""
    if is_local(folder):
        with os.scandir(folder or ".") as entries:
            # Not `entry.is_dir()`, which fails where links lead to each other.
            files = [_local(entry.path) for entry in entries if not os.path.isdir(entry.path)]
    else:
        files = _below(folder, "*")
    return sorted(file for file in files if not file.name.startswith("."))


def _matched(pattern: str) -> list[StoredFile]:
    found: list[FileMetadata] = FileSystems.match([pattern])[0].metadata_list
    return [StoredFile(file.path, file.size_in_bytes) for file in found]


def _below(folder: str, pattern: str) -> list[StoredFile]:
    # A bracket in the folder's name is none of a pattern; Beam knows no way to say so.
    found = _matched(FileSystems.join(folder.replace("[", "?"), pattern))
    return [file for file in found if file.path.startswith(f"{folder}/")]


def _local(path: str) -> StoredFile:
    try:
        return StoredFile(path, os.path.getsize(path))
    except OSError:  # a link to a file that was not fetched (git-annex): opening it will tell
        return StoredFile(path, 0)


def _walk_local(folder: str, leave_out: tuple[str, ...]) -> Iterator[StoredFile]:
    passed_over = {os.path.abspath(path) for path in leave_out if is_local(path)}
    for parent, folders, names in os.walk(folder):
        below = [name for name in folders if not name.startswith(".")]
        if BIDS_MARK in names:
            below = [name for name in below if name not in NOT_RAW]
        folders[:] = [
            name for name in below if os.path.abspath(os.path.join(parent, name)) not in passed_over
        ]
        for name in names:
            path = os.path.join(parent, name)
            if not name.startswith(".") and os.path.abspath(path) not in passed_over:
                yield _local(path)


def _walk_elsewhere(folder: str, leave_out: tuple[str, ...]) -> Iterator[StoredFile]:
    files = _below(folder, "**")
    roots = [split(file.path)[0] for file in files if file.name == BIDS_MARK]
    passed_over = [f"{path.rstrip('/')}/" for path in leave_out]
    passed_over += [f"{root}/{name}/" for root in roots for name in NOT_RAW]
    for file in files:
        below = file.path[len(folder) :]
        hidden = any(part.startswith(".") for part in below.split("/"))
        if not hidden and not any(f"{file.path}/".startswith(path) for path in passed_over):
            yield file
