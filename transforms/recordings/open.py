"""One door for all file formats."""

from __future__ import annotations

import os

from transforms.recordings.edf import open_edf_recording
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.fif import open_fif_recording
from transforms.recordings.plan import OpenedRecording, RecordingSettings

FORMATS = (".edf", ".bdf", ".fif")


def open_recording(path: str, settings: RecordingSettings) -> OpenedRecording:
    """What is in a local file: streams, markers, and what a user should know about it.

    Raises:
      RecordingError: reason code and message, for every file that cannot be used.
    """
    extension = os.path.splitext(path)[1].lower()
    if extension not in FORMATS:
        raise RecordingError(
            Reason.UNKNOWN_FORMAT,
            f"the name ends in {extension!r}; expected one of {', '.join(FORMATS)}",
        )
    if os.path.getsize(path) == 0:
        raise RecordingError(Reason.EMPTY, "the file has no bytes")
    if extension == ".fif":
        return open_fif_recording(path, settings)
    return open_edf_recording(path, extension[1:], settings)
