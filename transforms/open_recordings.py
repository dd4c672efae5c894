"""Patterns to opened recordings, as a Beam step: unusable files refused, each session once."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import apache_beam as beam
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection, TaggedOutput

from schemas.ids import session_id_of_file, subject_id_of_label
from transforms.batch_records import DeadLetter, OpenedFile
from transforms.find_recordings import FindRecordings, FoundRecording
from transforms.local_copy import COPY_BYTES, local_copies, local_copy
from transforms.recordings import (
    OpenedRecording,
    Reason,
    RecordingError,
    RecordingSettings,
    open_recording,
)
from transforms.recordings.file_access import refused_if_unreadable
from transforms.row_identity import RowIdentity
from transforms.stored_files import shown_path

_LOG = logging.getLogger(__name__)

STAGE = "OpenRecordings"


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class OpenRecordings(beam.PTransform):
    """File patterns to `opened` (OpenedFile) and `rejected` (DeadLetter).

    Args:
      identity: tenant, subject and revision of all files; the session is added.
      subject_from_files: the subject that a dataset names (BIDS) counts, where there is one.
      leave_out: folders and files not looked into when a folder is walked.
    """

    identity: RowIdentity
    settings: RecordingSettings
    subject_from_files: bool = False
    leave_out: tuple[str, ...] = ()

    def expand(self, patterns: PCollection[str]) -> dict[str, PCollection[Any]]:
        """Patterns to files, files to recordings, copies of one recording to one."""
        tried = (
            patterns
            | "FindRecordings" >> FindRecordings(self.leave_out)
            | "OpenFile" >> beam.ParDo(self._open).with_outputs("rejected", main="opened")
        )
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

    def _open(self, found: FoundRecording) -> Iterator[Any]:
        try:
            opened = open_found(
                found, self.identity, self.settings, subject_from_files=self.subject_from_files
            )
        except RecordingError as error:  # our refusal only: a bug still fails the bundle
            _LOG.warning("%s is left out: %s", shown_path(found.path), error)
            Metrics.counter(STAGE, f"rejected-{error.reason.value}").inc()
            letter = DeadLetter(
                *(shown_path(found.path), STAGE, error.reason.value, error.message),
                *(self.identity, found.size_bytes),
            )
            yield TaggedOutput("rejected", letter)
        else:
            Metrics.counter(STAGE, "opened").inc()
            yield opened


def open_found(
    found: FoundRecording,
    identity: RowIdentity,
    settings: RecordingSettings,
    *,
    subject_from_files: bool = False,
) -> OpenedFile:
    """Opens one recording and names its session after its bytes.

    Raises:
      RecordingError: it cannot be used.
    """
    if shown_path(found.path) != found.path:
        raise RecordingError(
            Reason.UNREADABLE, "its path is no UTF-8, which tables of results need: rename it"
        )
    with local_copy(found.path, found.files) as local, local_copies(found.sidecars) as sidecars:
        recording = open_recording(local, settings, size_bytes=found.size_bytes, sidecars=sidecars)
        if recording.subject is not None and subject_from_files:
            subject = subject_id_of_label(recording.subject)
            identity = dataclasses.replace(identity, subject=subject)
        with refused_if_unreadable():
            identity = _with_session(identity, recording, local, found)
    return OpenedFile(found.path, found.size_bytes, identity, recording, found.files)


def _with_session(
    identity: RowIdentity, recording: OpenedRecording, local: str, found: FoundRecording
) -> RowIdentity:
    """The archive knows whose a session is; that of files follows from their bytes."""
    if recording.owner is not None:
        return dataclasses.replace(identity, **dataclasses.asdict(recording.owner))
    folder = os.path.dirname(local)
    digest = content_digest([os.path.join(folder, file.name) for file in found.files])
    session = session_id_of_file(identity.tenant, identity.subject, digest)
    return dataclasses.replace(identity, session=session)


def content_digest(paths: Sequence[str]) -> bytes:
    """SHA-256 of a file; of several, of their digests, in an order that no name decides."""
    digests = [_sha256(path) for path in paths]
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256(b"".join([digests[0], *sorted(digests[1:])])).digest()


def _sha256(path: str) -> bytes:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(COPY_BYTES):
            digest.update(piece)
    return digest.digest()


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
