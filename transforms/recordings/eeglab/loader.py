"""EEGLAB datasets (.set): a MATLAB structure, with the samples in it or beside it (.fdt).

Samples are microvolts by EEGLAB's convention; nothing in the file says so. Where EEGLAB joined
pieces of a recording it left an event "boundary", whose duration is the number of samples removed.
"""

from __future__ import annotations

import datetime
import math
import os
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.recordings.channels import signal_of_label
from transforms.recordings.eeglab.matlab_files import number_of, read_matlab, rows_of, text_of
from transforms.recordings.eeglab.samples import read_samples
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.fif.opener import exact_rate
from transforms.recordings.loaded import LoadedRecording
from transforms.recordings.loaded_channels import FoundChannel, choose_channels, loaded_streams
from transforms.recordings.pauses import Pause, notices_of, runs_between, time_of
from transforms.recordings.plan import Marker, Notice, Position, RecordingSettings
from transforms.recordings.times import date_ns, seconds_ns

_FIELDS = (
    *("EEG", "data", "datfile", "nbchan", "pnts", "trials", "srate"),
    *("chanlocs", "event", "etc"),
)
_MAX_RATE_HZ = 1e6
_BOUNDARIES = ("boundary", "-99")
_HEAD_RADIUS_M = 0.095
_KINDS = {
    "EEG": "eeg",
    "EOG": "eeg",
    "HEOG": "eeg",
    "VEOG": "eeg",
    "REF": "eeg",
    "ECOG": "ecog",
    "SEEG": "ecog",
    "IEEG": "ecog",
    "DBS": "lfp",
    "LFP": "lfp",
    "ECG": "ecg",
    "EKG": "ecg",
    "EMG": "emg",
    "ACC": "acc",
    "ACCEL": "acc",
}
"""By the type of a channel, where it has one."""


def load_eeglab(path: str, settings: RecordingSettings) -> LoadedRecording:
    """The streams, events and notices of one dataset.

    Args:
      path: the .set file; its .fdt, if it has one, is beside it.

    Raises:
      RecordingError: it cannot be used.
    """
    eeg = _structure(path)
    rate_hz = _rate_hz(eeg)
    stored = read_samples(path, eeg)
    events = rows_of(eeg.get("event"), "latency")
    pauses = [_pause(event, rate_hz) for event in events if _is_boundary(event)]
    found = _found(eeg, stored.shape[0], rate_hz)
    chosen, notices = choose_channels(found, settings)
    start = _start(eeg)
    if start is None:
        detail = "EEGLAB keeps no date; times count from 1970"
        notices.append(Notice("unknown_start", detail))
    start_ns = 0 if start is None else date_ns(start)

    def columns(places: list[int]) -> npt.NDArray[np.float64]:
        return np.ascontiguousarray(stored[places].T, dtype=np.float64)

    return LoadedRecording(
        streams=loaded_streams(
            chosen,
            columns=columns,
            start_ns=start_ns,
            runs_at=lambda at_hz: runs_between(pauses, stored.shape[1], at_hz),
        ),
        notices=tuple(notices + notices_of(pauses)),
        markers=_markers(events, pauses, start_ns, rate_hz),
    )


def _structure(path: str) -> dict[str, Any]:
    """Saved as one variable EEG, or newer, each of its fields as a variable."""
    content = read_matlab(path, _FIELDS)
    eeg = content.get("EEG", content)
    if not isinstance(eeg, dict) or "data" not in eeg or "srate" not in eeg:
        raise RecordingError(
            Reason.UNKNOWN_FORMAT,
            f"{os.path.basename(path)} is a MATLAB file, but holds no EEGLAB dataset",
        )
    n_trials = number_of(eeg.get("trials", 1))
    if (n_trials is not None and n_trials > 1) or getattr(eeg["data"], "ndim", 2) > 2:
        raise RecordingError(
            Reason.EPOCHED,
            "the dataset is cut into epochs, and filters need a continuous signal; save the"
            " dataset as it was before pop_epoch",
        )
    return eeg


def _rate_hz(eeg: dict[str, Any]) -> Fraction:
    rate_hz = number_of(eeg["srate"])
    if rate_hz is None or not 0 < rate_hz <= _MAX_RATE_HZ:
        raise RecordingError(
            Reason.BAD_HEADER,
            f"srate is {eeg['srate']!r:.40}; expected a number above 0 and up to {_MAX_RATE_HZ:g}",
        )
    return exact_rate(rate_hz)


def _found(eeg: dict[str, Any], n_channels: int, rate_hz: Fraction) -> list[FoundChannel]:
    rows = rows_of(eeg.get("chanlocs"), "labels")
    if len(rows) != n_channels:  # EEGLAB itself then numbers them
        rows = [{}] * n_channels
    positions = _positions(rows)
    found = []
    for number, (row, position) in enumerate(zip(rows, positions, strict=True), start=1):
        label = text_of(row.get("labels")) or str(number)
        type_ = text_of(row.get("type")).upper()
        kind = _KINDS.get(type_) if type_ else signal_of_label(label)
        dimension = "" if kind == "acc" else "uV"
        found.append(FoundChannel(label, kind, dimension, rate_hz, position=position))
    return found


def _positions(rows: Sequence[dict[str, Any]]) -> list[Position | None]:
    """EEGLAB's axes are nose, left ear, up, in no unit: the median electrode is on the head."""
    places = [[number_of(row.get(axis)) for axis in "XYZ"] for row in rows]
    known = [[a for a in place if a is not None] for place in places]
    radii = [math.hypot(*place) for place in known if len(place) == 3]
    radius = float(np.median(radii)) if radii else 0.0
    if not 0 < radius < math.inf:
        return [None] * len(rows)
    scale = _HEAD_RADIUS_M / radius
    return [
        (-place[1] * scale, place[0] * scale, place[2] * scale) if len(place) == 3 else None
        for place in known
    ]


def _is_boundary(event: dict[str, Any]) -> bool:
    return text_of(event.get("type")).lower() in _BOUNDARIES and _latency(event) is not None


def _latency(event: dict[str, Any]) -> Fraction | None:
    """In samples, counted from 1; boundaries lie halfway between two."""
    latency = number_of(event.get("latency"))
    return None if latency is None or abs(latency) > 1e15 else Fraction(latency)


def _pause(event: dict[str, Any], rate_hz: Fraction) -> Pause:
    latency = _latency(event)
    assert latency is not None
    n_removed = number_of(event.get("duration"))
    length_s = Fraction(round(n_removed)) / rate_hz if n_removed and n_removed >= 1 else None
    return Pause(math.ceil(latency - 1) / rate_hz, length_s)


def _markers(
    events: Sequence[dict[str, Any]], pauses: Sequence[Pause], start_ns: int, rate_hz: Fraction
) -> tuple[Marker, ...]:
    markers = []
    for event in events:
        latency = _latency(event)
        if latency is None or _is_boundary(event):
            continue
        n_samples = number_of(event.get("duration")) or 0.0
        duration_s = Fraction(max(0.0, min(n_samples, 1e15))) / rate_hz
        at_s = time_of((latency - 1) / rate_hz, pauses)
        markers.append(
            Marker(
                start_ns=start_ns + seconds_ns(at_s),
                duration_ns=seconds_ns(duration_s),
                description=text_of(event.get("type")),
            )
        )
    return tuple(sorted(markers, key=lambda marker: marker.start_ns))


def _start(eeg: dict[str, Any]) -> datetime.datetime | None:
    """Some importers leave year, month, day, hour, minute and second in EEG.etc.T0."""
    etc = eeg.get("etc")
    fields = etc.get("T0") if isinstance(etc, dict) else None
    if not isinstance(fields, (list, np.ndarray)) or len(fields) != 6:
        return None
    numbers = [number_of(field) for field in fields]
    known = [number for number in numbers if number is not None]
    if len(known) != 6:
        return None
    year, month, day, hours, minutes, seconds = known
    try:
        date = datetime.datetime(int(year), int(month), int(day), tzinfo=datetime.UTC)
        return date + datetime.timedelta(hours=hours, minutes=minutes, seconds=seconds)
    except (ValueError, OverflowError):
        return None
