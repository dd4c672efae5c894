"""Rings and keys in a folder: one file each, written whole or not at all, readable by its owner."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

from local.kms.records import Key

_RING_FILE = "made.ring"  # no name of a key or a ring has a dot


class FolderInUseError(RuntimeError):
    """Another key service holds the folder: two would overwrite each other's keys."""

    def __init__(self, folder: str):
        super().__init__(folder)
        self.folder = folder

    def __str__(self) -> str:
        return f"{self.folder} is held by another key service; expected a folder of its own"


class KeyFiles:
    """The folder of one key service, locked while it is open.

    Names are checked before they come here (local/kms/resource_names.py): they are paths.
    """

    def __init__(self, folder: Path):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise FolderInUseError(str(folder)) from None

    def close(self) -> None:
        """Lets another key service have the folder."""
        os.close(self._lock)

    def read_rings(self) -> dict[str, str]:
        """Each ring's name and when it was made."""
        read = (json.loads(path.read_bytes()) for path in self._folder.rglob(_RING_FILE))
        return {ring["name"]: ring["created"] for ring in read}

    def read_keys(self) -> Iterator[Key]:
        """Every key with its versions."""
        for path in self._folder.rglob("cryptoKeys/*.json"):
            yield Key.from_json(json.loads(path.read_bytes()))

    def write_ring(self, name: str, created: str) -> None:
        """Keeps a ring."""
        _write(self._folder / name / _RING_FILE, {"name": name, "created": created})

    def write_key(self, key: Key) -> None:
        """Keeps a key; what it replaces cannot be read any more."""
        _write(self._folder / f"{key.name}.json", key.to_json())


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    # 0600 from the first byte on, not after it.
    with os.fdopen(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
