"""The text in EDF+ annotation signals: when each data record begins, and the annotations.

MNE glues the records of a discontinuous file (EDF+D) together and drops the fraction of a second
at which an EDF+ recording starts; both stand only here. An annotation signal holds time-stamped
annotation lists (TAL): onset, optional duration, and texts, separated by the bytes 0x14, 0x15, 0.
"""

from __future__ import annotations

import dataclasses
import re
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from transforms.recordings.edf.header import EdfHeader
from transforms.recordings.errors import Reason, RecordingError

# Seconds of bounded length: what damage makes of them must not take longer to read than the file.
_SECONDS = rb"\d{1,15}(?:\.\d{0,25})?"
_TAL = re.compile(rb"([+-]%b)(?:\x15(%b))?\x14(.*)" % (_SECONDS, _SECONDS), re.DOTALL)
_RECORDS_AT_ONCE = 4096


@dataclasses.dataclass(frozen=True)
class EdfAnnotation:
    """One text; seconds are exact and count from the start time in the header."""

    onset_s: Fraction
    duration_s: Fraction
    text: str


@dataclasses.dataclass(frozen=True)
class EdfTimes:
    """When the records begin (seconds after the start time in the header), and the texts.

    Attributes:
      record_onsets_s: one for each record; None where the file does not say (plain EDF).
    """

    record_onsets_s: tuple[Fraction, ...] | None
    annotations: tuple[EdfAnnotation, ...]


def read_edf_times(path: str, header: EdfHeader) -> EdfTimes:
    """Reads the annotation signals, a few thousand records at a time.

    Raises:
      RecordingError: a discontinuous file has a record that does not say when it begins.
    """
    places = _places(header)
    if not places:
        if header.is_discontinuous:
            raise RecordingError(
                Reason.BAD_RECORD_TIMES,
                "the header says EDF+D, but there is no signal 'EDF Annotations' with the times",
            )
        return EdfTimes(None, ())
    onsets: list[Fraction | None] = []
    annotations: list[EdfAnnotation] = []
    records = _records(path, header)
    for start in range(0, header.n_records, _RECORDS_AT_ONCE):
        for record in np.asarray(records[start : start + _RECORDS_AT_ONCE]):
            onset, texts = _parse_record([record[low:high].tobytes() for low, high in places])
            onsets.append(onset)
            annotations.extend(texts)
    return EdfTimes(_check_onsets(header, onsets), tuple(annotations))


def _places(header: EdfHeader) -> list[tuple[int, int]]:
    """Byte ranges of the annotation signals within a record."""
    places, low = [], 0
    for signal in header.signals:
        high = low + signal.samples_per_record * header.sample_bytes
        if signal.is_annotations:
            places.append((low, high))
        low = high
    return places


def _records(path: str, header: EdfHeader) -> npt.NDArray[np.uint8]:
    return np.memmap(
        path,
        dtype=np.uint8,
        mode="r",
        offset=header.header_bytes,
        shape=(header.n_records, header.record_bytes),
    )


def _parse_record(signals: list[bytes]) -> tuple[Fraction | None, list[EdfAnnotation]]:
    """The record's own onset (the first TAL of its first annotation signal), and its texts."""
    record_onset: Fraction | None = None
    annotations = []
    for number, signal in enumerate(signals):
        *whole, _ = signal.split(b"\x00")
        lists = filter(None, map(_TAL.search, whole))
        for place, match in enumerate(lists):
            onset = Fraction(match[1].decode())
            texts = match[3].split(b"\x14")
            if number == 0 and place == 0 and not texts[0]:
                record_onset = onset
            duration = Fraction(match[2].decode()) if match[2] else Fraction(0)
            annotations += [EdfAnnotation(onset, duration, _text(t)) for t in texts if t]
    return record_onset, annotations


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")  # what EDF+ prescribes
    except UnicodeDecodeError:
        return raw.decode("latin-1")  # what some writers do


def _check_onsets(header: EdfHeader, onsets: list[Fraction | None]) -> tuple[Fraction, ...] | None:
    known = tuple(onset for onset in onsets if onset is not None)
    if len(known) == len(onsets):
        return known
    if header.is_discontinuous:
        raise RecordingError(
            Reason.BAD_RECORD_TIMES,
            f"record {onsets.index(None)} of a discontinuous file (EDF+D) does not say when it"
            " begins, so the gaps cannot be placed",
        )
    if onsets[0] is None:
        return None
    # A continuous file: the first record's onset fixes all others.
    return tuple(onsets[0] + i * header.record_s for i in range(header.n_records))
