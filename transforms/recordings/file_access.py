"""What the system says of a file that cannot be read, as a refusal of that file alone."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator

from transforms.recordings.errors import Reason, RecordingError

# About the file. Whatever else goes wrong (no room, no memory, no network) is about the machine:
# another attempt may do better, so it is no refusal.
_OF_THE_FILE = {
    errno.ENOENT: "it is not there",
    errno.ESTALE: "it is not there",
    errno.EACCES: "the job may not read it: give it the permission",
    errno.EPERM: "the job may not read it: give it the permission",
    errno.EIO: "the disk cannot read it: copy it from another one",
    errno.ELOOP: "its links lead to each other",
    errno.ENAMETOOLONG: "its name is too long",
    errno.EISDIR: "it is a folder",
    errno.ENOTDIR: "a part of its path is no folder",
    errno.ENXIO: "it is no file",
}


@contextlib.contextmanager
def refused_if_unreadable() -> Iterator[None]:
    """Turns what the system says of a file into a refusal.

    Raises:
      RecordingError: the file is gone, locked, or on a broken disk.
    """
    try:
        yield
    except OSError as error:
        why = _OF_THE_FILE.get(error.errno or 0)
        if why is None:
            raise
        name = os.path.basename(os.fsdecode(error.filename)) if error.filename else "the file"
        raise RecordingError(Reason.UNREADABLE, f"{name} cannot be read: {why}") from error
