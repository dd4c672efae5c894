"""A file system that is not local: `elsewhere://` and a local path, through Beam's own doors."""

from __future__ import annotations

import os
from typing import Any

from apache_beam.io.filesystem import FileMetadata
from apache_beam.io.localfilesystem import LocalFileSystem

SCHEME = "elsewhere"
PREFIX = f"{SCHEME}://"


def elsewhere(path: object) -> str:
    """The local path as one that readers cannot open themselves."""
    return f"{PREFIX}{path}"


def _local(path: str) -> str:
    assert path.startswith(PREFIX), path
    return path[len(PREFIX) :]


class ElsewhereFileSystem(LocalFileSystem):
    """Found by Beam by its scheme, as that of gs:// is."""

    @classmethod
    def scheme(cls):
        return SCHEME

    def join(self, basepath, *paths):
        return "/".join([basepath.rstrip("/"), *paths])

    def split(self, path):
        folder, _, name = path.rpartition("/")
        return folder, name

    def has_dirs(self):
        return False

    def _list(self, dir_or_prefix):
        prefix = _local(dir_or_prefix)
        for parent, _, names in os.walk(prefix.rpartition("/")[0]):
            for path in (os.path.join(parent, name) for name in names):
                if path.startswith(prefix):
                    yield FileMetadata(PREFIX + path, os.path.getsize(path))

    def create(self, path, *args: Any, **kwargs: Any):
        return super().create(_local(path), *args, **kwargs)

    def open(self, path, *args: Any, **kwargs: Any):
        return super().open(_local(path), *args, **kwargs)

    def rename(self, source_file_names, destination_file_names):
        sources, destinations = map(_local, source_file_names), map(_local, destination_file_names)
        super().rename(list(sources), list(destinations))

    def exists(self, path):
        return os.path.isfile(_local(path))  # an object store has no folders

    def metadata(self, path):
        return FileMetadata(path, os.path.getsize(_local(path)))
