"""MNE's readers, opened so that one rate is read and nothing reaches the console."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import mne
import numpy as np
from mne.io.edf.edf import RawBDF, RawEDF
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


class _EdfSamples(RawEDF):
    """Keeps MNE from the annotations, which edf_annotations reads.

    It would read all of them at each opening, take hours for damaged ones (its pattern is tried at
    every byte), and refuse the file for one impossible time.
    """

    # MNE calls it with another object in place of the first: no super().
    def _read_segment_file(self, data: Any, idx: Any, *rest: Any) -> Any:
        return _NO_TEXTS if _are_texts(idx) else RawEDF._read_segment_file(self, data, idx, *rest)


class _BdfSamples(RawBDF):
    """As `_EdfSamples`."""

    def _read_segment_file(self, data: Any, idx: Any, *rest: Any) -> Any:
        return _NO_TEXTS if _are_texts(idx) else RawBDF._read_segment_file(self, data, idx, *rest)


_NO_TEXTS = [np.zeros(0, np.int64)]


def _are_texts(idx: Any) -> bool:
    """Whether no channel is wanted: so MNE asks for annotations."""
    return not isinstance(idx, slice) and len(idx) == 0


def open_edf(path: str, reader: str, channels: tuple[str, ...] = ()) -> mne.io.BaseRaw:
    """An EDF or BDF file, not loaded.

    Args:
      reader: `edf` or `bdf`.
      channels: MNE's unique names of channels that share one rate; none: all of them. MNE would
        upsample slower channels to the fastest it is asked for.
    """
    read = _BdfSamples if reader == "bdf" else _EdfSamples
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
