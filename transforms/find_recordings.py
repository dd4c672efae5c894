"""Patterns to recordings: each with the files that belong to it, found once."""

from __future__ import annotations

import dataclasses
import logging
import os
from collections.abc import Iterable, Iterator

import apache_beam as beam
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection

from schemas.archive import EXTENSION as ARCHIVE_EXTENSION
from transforms.recordings.bids.names import is_bids_recording, is_sidecar_of
from transforms.recordings.companions import MAX_HEADER_BYTES, group_files, is_side_file
from transforms.stored_files import (
    BIDS_MARK,
    StoredFile,
    is_local,
    list_folder,
    match_files,
    shown_path,
    split,
)

_LOG = logging.getLogger(__name__)

STAGE = "FindRecordings"
_ARCHIVE_LEVELS = 2  # a session's folder holds one for each stream, with one for each epoch
_BIDS_LEVELS = 4  # dataset, subject, session, kind of data


@dataclasses.dataclass(frozen=True)
class FoundRecording:
    """What is opened together.

    Attributes:
      path: its main file, or its folder.
      files: all without which it is not whole, the main one first; the session's id follows from
        their bytes.
      sidecars: what describes it; of BIDS, from the dataset's root on.
    """

    path: str
    files: tuple[StoredFile, ...]
    sidecars: tuple[StoredFile, ...] = ()

    @property
    def size_bytes(self) -> int:
        """Of all files, without the sidecars."""
        return sum(file.size_bytes for file in self.files)


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class FindRecordings(beam.PTransform):
    """File patterns and folders to FoundRecording.

    Args:
      leave_out: folders and files not looked into when a folder is walked: the job's own output.
    """

    leave_out: tuple[str, ...] = ()

    def expand(self, patterns: PCollection[str]) -> PCollection[FoundRecording]:
        """Files by their folders, where those that belong together stand."""
        key = beam.Map(_with_folder).with_output_types(tuple[str, tuple[StoredFile, bool]])
        return (
            patterns
            | "MatchFiles" >> beam.FlatMap(self._match)
            | "KeyByFolder" >> key
            | "GroupByFolder" >> beam.GroupByKey()
            | "GroupFiles" >> beam.FlatMapTuple(_find)
            | "SpreadRecordings" >> beam.Reshuffle()
        )

    def _match(self, pattern: str) -> Iterator[tuple[StoredFile, bool]]:
        for file in match_files(pattern, self.leave_out):
            yield file, file.path == pattern


def _with_folder(found: tuple[StoredFile, bool]) -> tuple[str, tuple[StoredFile, bool]]:
    # A key is text in UTF-8; local names may be other bytes.
    return shown_path(folder_of(found[0].path)), found


def folder_of(path: str) -> str:
    """Where the files of its recording stand; of archived packets, the folder of the session."""
    folder = split(path)[0]
    for _ in range(_ARCHIVE_LEVELS if path.endswith(ARCHIVE_EXTENSION) else 0):
        folder = split(folder)[0]
    return folder


def _find(_: str, found: Iterable[tuple[StoredFile, bool]]) -> Iterator[FoundRecording]:
    by_folder: dict[str, list[tuple[StoredFile, bool]]] = {}
    for file, named in found:
        by_folder.setdefault(folder_of(file.path), []).append((file, named))
    for folder in sorted(by_folder):
        yield from _find_in(folder, by_folder[folder])


def _find_in(folder: str, found: Iterable[tuple[StoredFile, bool]]) -> list[FoundRecording]:
    files = dict(sorted(found))  # whether it was named, the last if it was found twice
    recordings = [file for file, named in files.items() if named or not is_side_file(file.name)]
    if passed_over := len(files) - len(recordings):
        Metrics.counter(STAGE, "side-files").inc(passed_over)
        where = shown_path(folder) or "."
        _LOG.info("%s: passed over what is no recording: %d of the files", where, passed_over)
    return find_recordings(folder, recordings)


def find_recordings(folder: str, matched: Iterable[StoredFile]) -> list[FoundRecording]:
    """The recordings of one folder that the matched files belong to, sorted."""
    by_name = {file.name: file for file in matched}
    if not by_name:
        return []
    if any(name.endswith(ARCHIVE_EXTENSION) for name in by_name):
        packets = [file for file in match_files(folder) if file.name.endswith(ARCHIVE_EXTENSION)]
        return [FoundRecording(folder, tuple(packets))]
    listed = {file.name: file for file in list_folder(folder)} | by_name
    groups = group_files(by_name.keys(), listed, lambda name: _first_bytes(listed[name].path))
    described = _bids_files(folder) if any(is_bids_recording(g.main) for g in groups) else []
    return [
        FoundRecording(
            path=listed[group.main].path,
            files=tuple(listed[name] for name in (group.main, *group.parts)),
            sidecars=(
                *(listed[name] for name in group.sidecars),
                *(file for file in described if is_sidecar_of(file.name, group.main)),
            ),
        )
        for group in groups
    ]


def _bids_files(folder: str) -> list[StoredFile]:
    """Files of a dataset from its root to this folder; none outside of a dataset."""
    files: list[StoredFile] = []
    for _ in range(_BIDS_LEVELS):
        here = list_folder(folder)
        files = [*here, *files]
        if any(file.name == BIDS_MARK for file in here):
            return files
        above = split(folder)[0]
        if not above or above == folder:
            break
        folder = above
    return []


def _first_bytes(path: str) -> bytes:
    """Of a file that is there and may be read; of others none, and opening them will tell why."""
    if is_local(path) and not (os.path.isfile(path) and os.access(path, os.R_OK)):
        return b""
    with FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED) as file:
        content: bytes = file.read(MAX_HEADER_BYTES)
    return content
