"""Patterns to opened recordings, as a Beam step: unusable files refused, each session once."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import os
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystem import FileMetadata
from apache_beam.io.filesystems import FileSystems
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection, TaggedOutput

from schemas.ids import session_id_of_file
from transforms.batch_records import DeadLetter, OpenedFile
from transforms.local_copy import COPY_BYTES, local_copy
from transforms.recordings import Reason, RecordingError, RecordingSettings, open_recording
from transforms.row_identity import RowIdentity

_LOG = logging.getLogger(__name__)

STAGE = "OpenRecordings"


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class OpenRecordings(beam.PTransform):
    """File patterns to `opened` (OpenedFile) and `rejected` (DeadLetter).

    Args:
      identity: tenant, subject and revision of all files; the session is added.
    """

    identity: RowIdentity
    settings: RecordingSettings

    def expand(self, patterns: PCollection[str]) -> dict[str, PCollection[Any]]:
        """Patterns to files, files to recordings, copies of one file to one."""
        files = (
            patterns
            | "MatchFiles" >> beam.FlatMap(match_files)
            | "KeepFilesOnce" >> beam.Distinct()  # two patterns may match one file
            | "SpreadFiles" >> beam.Reshuffle()
        )
        tried = files | "OpenFile" >> beam.ParDo(self._open).with_outputs("rejected", main="opened")
        key = beam.Map(_session_and_file).with_output_types(tuple[str, OpenedFile])
        once = (
            tried.opened
            | "KeyBySession" >> key
            | "GroupBySession" >> beam.GroupByKey()
            | "TakeEachSessionOnce"
            >> beam.ParDo(_take_once).with_outputs("rejected", main="opened")
        )
        rejected = (tried.rejected, once.rejected) | "JoinRejected" >> beam.Flatten()
        return {"opened": once.opened, "rejected": rejected}

    def _open(self, found: tuple[str, int]) -> Iterator[Any]:
        path, size_bytes = found
        try:
            opened = open_file(path, size_bytes, self.identity, self.settings)
        except RecordingError as error:  # our refusal only: a bug still fails the bundle
            _LOG.warning("%s is left out: %s", path, error)
            Metrics.counter(STAGE, f"rejected-{error.reason.value}").inc()
            letter = DeadLetter(
                path, STAGE, error.reason.value, error.message, self.identity, size_bytes
            )
            yield TaggedOutput("rejected", letter)
        else:
            Metrics.counter(STAGE, "opened").inc()
            yield opened


def match_files(pattern: str) -> list[tuple[str, int]]:
    """Paths and sizes in bytes of the files that a pattern matches, sorted.

    A path that exists is itself, even if it holds brackets, which a pattern would take for a
    set of characters; a local folder stands for the files in it.
    """
    if os.path.isdir(pattern):
        pattern = FileSystems.join(pattern, "*")
    elif FileSystems.exists(pattern):
        itself = FileSystems.get_filesystem(pattern).metadata(pattern)
        return [(itself.path, itself.size_in_bytes)]
    found: list[FileMetadata] = FileSystems.match([pattern])[0].metadata_list
    return sorted((file.path, file.size_in_bytes) for file in found)


def open_file(
    path: str, size_bytes: int, identity: RowIdentity, settings: RecordingSettings
) -> OpenedFile:
    """Opens one file and names its session after its bytes.

    Raises:
      RecordingError: the file cannot be used.
    """
    with local_copy(path, size_bytes) as local:
        recording = open_recording(local, settings)
        with open(local, "rb") as file:
            digest = hashlib.sha256()
            while piece := file.read(COPY_BYTES):
                digest.update(piece)
    session = session_id_of_file(identity.tenant, identity.subject, digest.digest())
    identity = dataclasses.replace(identity, session=session)
    return OpenedFile(path, size_bytes, identity, recording)


def _session_and_file(opened: OpenedFile) -> tuple[str, OpenedFile]:
    return str(opened.identity.session), opened


def _take_once(keyed: tuple[str, Iterable[OpenedFile]]) -> Iterator[Any]:
    """Copies of one file are one session: the first by path counts."""
    first, *copies = sorted(keyed[1], key=lambda opened: opened.path)
    yield first
    for copy in copies:
        message = f"the same bytes as {first.path}, which is computed: delete one of them"
        _LOG.warning("%s is left out: %s", copy.path, message)
        Metrics.counter(STAGE, "rejected-duplicate").inc()
        letter = DeadLetter(
            copy.path, STAGE, Reason.DUPLICATE.value, message, copy.identity, copy.size_bytes
        )
        yield TaggedOutput("rejected", letter)
