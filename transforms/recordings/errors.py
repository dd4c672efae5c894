"""Why a recording is refused."""

from __future__ import annotations

import enum


class Reason(enum.StrEnum):
    """Reason codes of dead letters. Stored, so never renamed."""

    EMPTY = "empty"  # no bytes at all
    UNKNOWN_FORMAT = "unknown_format"  # no format we read, by its name and first bytes
    BAD_HEADER = "bad_header"  # a field of the header makes no sense
    TRUNCATED = "truncated"  # fewer bytes than the header promises
    SIZE_MISMATCH = "size_mismatch"  # more bytes than the header promises: damaged on the way
    BAD_RECORD_TIMES = "bad_record_times"  # EDF+D whose records go back in time or overlap
    NO_SAMPLES = "no_samples"  # a header without data
    NO_SIGNAL = "no_signal"  # only triggers, annotations and other channels without a signal kind
    BAD_STREAM = "bad_stream"  # the engine does not take such a rate or such channels
    EPOCHED = "epoched"  # cut into trials, so that there is no continuous signal
    SPLIT = "split"  # one of several files that belong together
    MISSING_PART = "missing_part"  # a header without its data, or data without their header
    TOO_LARGE = "too_large"  # of a format that is read whole, and above --max-file-bytes
    TOO_MANY_JUMPS = "too_many_jumps"  # more pauses of over an hour than an epoch is cut into
    DUPLICATE = "duplicate"  # the same bytes as another file of the job
    UNREADABLE = "unreadable"  # the reader gave up
    FOREIGN = "foreign"  # an archive of another tenant or subject than the job was launched for
    SEALED = "sealed"  # an archive of sealed packets, and the job was not told where keys are
    ERASED_SUBJECT = "erased_subject"  # the subject was erased: what was sealed stays sealed
    NOT_OPENED = "not_opened"  # sealed packets, none of which opens with the keys that are there


_MOST = 600
"""Characters of a message: of what a damaged file says, as much as a reader can use."""


def _shown(message: str) -> str:
    """Without what no table takes, and not longer than a screen."""
    text = message.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _MOST else f"{text[: _MOST // 2]} ... {text[-_MOST // 2 :]}"


class RecordingError(ValueError):
    """A file that cannot be used: the reason code, and a message that says what would be right."""

    def __init__(self, reason: Reason, message: str):
        message = _shown(message)
        super().__init__(reason, message)  # both, or it cannot be unpickled
        self.reason, self.message = reason, message

    def __str__(self) -> str:
        return f"{self.reason.value}: {self.message}"
