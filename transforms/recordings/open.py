"""One door for all file formats."""

from __future__ import annotations

import os
from collections.abc import Sequence

from transforms.recordings.bids.names import is_bids_recording
from transforms.recordings.bids.sidecars import read_sidecars, recording_with, settings_with
from transforms.recordings.companions import is_event_file
from transforms.recordings.contained import open_contained
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.fif.events import with_event_file
from transforms.recordings.file_access import refused_if_unreadable
from transforms.recordings.formats import format_of, function_named
from transforms.recordings.plan import OpenedRecording, RecordingSettings
from transforms.recordings.possible_times import with_possible_times

MAX_NAME_CHARACTERS = 256


def open_recording(
    path: str,
    settings: RecordingSettings,
    *,
    size_bytes: int | None = None,
    sidecars: Sequence[str] = (),
) -> OpenedRecording:
    """What is in a local recording: streams, markers, and what a user should know about it.

    Args:
      path: its main file; the others stand beside it.
      size_bytes: of all its files; None: of the main one.
      sidecars: files that describe it: events in MNE's format; of BIDS, from the dataset's root on.

    Raises:
      RecordingError: reason code and message, for every file that cannot be used.
    """
    with refused_if_unreadable():
        return _checked(_described(path, settings, size_bytes, sidecars))


def _described(
    path: str, settings: RecordingSettings, size_bytes: int | None, sidecars: Sequence[str]
) -> OpenedRecording:
    described = [path for path in sidecars if not is_event_file(path)]
    if described or is_bids_recording(os.path.basename(path)):
        bids = read_sidecars(os.path.basename(path), described)
        opened = recording_with(_open(path, settings_with(settings, bids), size_bytes), bids)
    else:
        opened = _open(path, settings, size_bytes)
    for events in set(sidecars) - set(described):
        opened = with_event_file(opened, path, events)
    return opened


def _checked(opened: OpenedRecording) -> OpenedRecording:
    longest = max(len(name) for plan in opened.streams for name in plan.spec.channels)
    if longest > MAX_NAME_CHARACTERS:  # they stand in every row of some tables
        raise RecordingError(
            Reason.BAD_HEADER,
            f"the name of a channel has {longest} characters; expected {MAX_NAME_CHARACTERS} at"
            " most",
        )
    return with_possible_times(opened)


def _open(path: str, settings: RecordingSettings, size_bytes: int | None) -> OpenedRecording:
    format_ = format_of(path)
    if not format_.is_read_whole:
        opened: OpenedRecording = function_named(format_.opener)(path, settings)
        return opened
    size_bytes = os.path.getsize(path) if size_bytes is None else size_bytes
    if size_bytes > settings.max_file_bytes:
        raise RecordingError(
            Reason.TOO_LARGE,
            f"{size_bytes} bytes of {format_.name}, a format that is read whole; expected"
            f" {settings.max_file_bytes} at most: convert it to EDF, BDF, FIF or BrainVision, which"
            " are read in blocks, or raise --max-file-bytes",
        )
    return open_contained(format_, path, settings, size_bytes)
