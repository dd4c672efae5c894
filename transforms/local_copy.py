"""Readers want local files: what is elsewhere is copied to temporary disk while it is needed."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

COPY_BYTES = 8 << 20
FREE_BYTES = 1 << 30
"""Disk that stays free, for the worker's other work."""


@contextlib.contextmanager
def local_copy(path: str, size_bytes: int) -> Iterator[str]:
    """A local path to the file, under its own name (readers look at the extension).

    Raises:
      OSError: the copy would not leave `FREE_BYTES` on the temporary disk: the worker needs a
        larger one (`--disk_size_gb` on Dataflow).
    """
    if FileSystems.get_scheme(path) is None:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        free = shutil.disk_usage(folder).free
        if size_bytes + FREE_BYTES > free:
            raise OSError(
                f"{path} has {size_bytes} bytes, and {folder} has {free} free; expected"
                f" {FREE_BYTES} more than the file: give the worker a larger disk"
            )
        copy = os.path.join(folder, FileSystems.split(path)[1])
        stored = CompressionTypes.UNCOMPRESSED
        with FileSystems.open(path, compression_type=stored) as source, open(copy, "wb") as target:
            shutil.copyfileobj(source, target, COPY_BYTES)
        yield copy
