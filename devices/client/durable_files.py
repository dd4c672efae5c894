"""Small files that are either the old ones or the new ones, whenever the power fails."""

from __future__ import annotations

import json
import os
import pathlib
import tempfile
from typing import Any

OWNER_ONLY = 0o600


def write_durably(path: pathlib.Path, content: bytes) -> None:
    """Replaces a file; once it returns, a power failure leaves the new content.

    Only the owner may read it.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # is made 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        pathlib.Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_json(path: pathlib.Path, content: Any) -> None:
    """Replaces a file by the JSON of `content`."""
    write_durably(path, (json.dumps(content, indent=2, sort_keys=True) + "\n").encode())


def read_json(path: pathlib.Path) -> dict[str, Any] | None:
    """The object of a file; None where there is no file."""
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    return found


def remove_durably(path: pathlib.Path) -> None:
    """Removes a file, if it is there; it does not come back after a power failure."""
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: pathlib.Path) -> None:
    """Writes a folder's list of files to the disk: a new file is not found again without it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
