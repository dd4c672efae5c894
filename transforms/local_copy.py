"""Readers want local files: what is elsewhere is copied to temporary disk while it is needed.

Files of one recording come to stand beside each other in a folder where nothing else is: so what a
reader finds by name belongs to the recording, and a header cannot name what does not.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from transforms.stored_files import StoredFile, is_local

COPY_BYTES = 8 << 20
FREE_BYTES = 1 << 30
"""Disk that stays free, for the worker's other work."""


@contextlib.contextmanager
def local_copy(path: str, files: Sequence[StoredFile]) -> Iterator[str]:
    """A local path to the recording, under its own name (readers look at the extension).

    Args:
      path: what is opened: a file, with the others of `files` from the same folder; or a folder,
        with the files below it.

    Raises:
      OSError: the copy would not leave `FREE_BYTES` on the temporary disk: the worker needs a
        larger one (`--disk_size_gb` on Dataflow).
    """
    # Of Neuralynx, what stands beside a channel would be read with it, asked for or not.
    is_alone = len(files) <= 1 and not path.lower().endswith(".ncs")
    if is_local(path) and (is_alone or os.path.isdir(path)):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        if not is_local(path):
            _check_room(path, files, folder)
        yield _bring(path, files, folder)


@contextlib.contextmanager
def local_copies(files: Sequence[StoredFile]) -> Iterator[list[str]]:
    """Local paths to small files from several folders, in their order.

    Raises:
      OSError: as `local_copy`.
    """
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(local_copy(file.path, [file])) for file in files]


def _bring(path: str, files: Sequence[StoredFile], folder: str) -> str:
    """Links or copies the files below the temporary folder; returns where `path` is then."""
    # A folder keeps the names of the two above it, which say whose it is.
    is_folder = all(file.path != path for file in files)
    root = path.rstrip("/")
    for _ in range(2 if is_folder else 1):
        root = root.rpartition("/")[0]
    for file in files:
        place = os.path.join(folder, file.path[len(root) :].lstrip("/"))
        os.makedirs(os.path.dirname(place), exist_ok=True)
        if is_local(file.path):
            os.symlink(os.path.abspath(file.path), place)
        else:
            _copy(file.path, place)
    return os.path.join(folder, path[len(root) :].lstrip("/"))


def _copy(path: str, place: str) -> None:
    stored = CompressionTypes.UNCOMPRESSED
    with FileSystems.open(path, compression_type=stored) as source, open(place, "wb") as target:
        shutil.copyfileobj(source, target, COPY_BYTES)


def _check_room(path: str, files: Sequence[StoredFile], folder: str) -> None:
    needed, free = sum(file.size_bytes for file in files), shutil.disk_usage(folder).free
    if needed + FREE_BYTES > free:
        raise OSError(
            f"{path} has {needed} bytes, and {folder} has {free} free; expected"
            f" {FREE_BYTES} more than the file: give the worker a larger disk"
        )
