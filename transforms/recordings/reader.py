"""MNE's readers, opened so that one rate is read and nothing reaches the console."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator

import mne
from mne.utils import use_log_level

from transforms.recordings.errors import Reason, RecordingError

_LOG = logging.getLogger(__name__)

_NOT_TOLD = (
    "naming conventions",  # how MNE likes its files to be called
    "Invalid measurement date",  # told as unknown_start
    "Number of records from the header",  # told as unclosed_file
    "Channel names are not unique",  # told as duplicate_labels
)


@contextlib.contextmanager
def quiet_mne(path: str) -> Iterator[list[str]]:
    """Collects MNE's warnings instead of printing them, and names the file in its errors.

    Raises:
      RecordingError: whatever MNE raised.
    """
    said: list[str] = []
    # MNE warns only from this log level on, and may then print the same text itself.
    with (
        warnings.catch_warnings(record=True) as caught,
        use_log_level("WARNING"),
        _muted(logging.getLogger("mne")),
    ):
        warnings.simplefilter("always")
        try:
            yield said
        except RecordingError:
            raise
        # MNE has no error class of its own: a damaged file shows as ValueError, AssertionError,
        # RuntimeError, IndexError, struct.error or a bare Exception.
        except Exception as error:
            text = " ".join(str(error).split()) or type(error).__name__
            _LOG.debug("%s: MNE gave up", path, exc_info=True)
            raise RecordingError(Reason.UNREADABLE, f"MNE cannot read it: {text}") from error
    for warning in caught:
        text = " ".join(str(warning.message).split())
        if text not in said and not any(known in text for known in _NOT_TOLD):
            said.append(text)


@contextlib.contextmanager
def _muted(logger: logging.Logger) -> Iterator[None]:
    def nothing(_: logging.LogRecord) -> bool:
        return False

    logger.addFilter(nothing)
    try:
        yield
    finally:
        logger.removeFilter(nothing)


def open_edf(path: str, reader: str, channels: tuple[str, ...] = ()) -> mne.io.BaseRaw:
    """An EDF or BDF file, not loaded.

    Args:
      reader: `edf` or `bdf`.
      channels: MNE's unique names of channels that share one rate; none: all of them. MNE would
        upsample slower channels to the fastest it is asked for.
    """
    read = mne.io.read_raw_bdf if reader == "bdf" else mne.io.read_raw_edf
    return read(
        path,
        preload=False,
        include=list(channels) or None,
        exclude_after_unique=True,  # so that names mean the same whatever is included
        encoding="latin1",  # never fails; texts are decoded in edf_annotations
    )


def open_fif(path: str) -> mne.io.BaseRaw:
    """A FIF file, not loaded."""
    return mne.io.read_raw_fif(path, preload=False, on_split_missing="raise")
