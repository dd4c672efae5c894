"""ANT Neuro recordings (.cnt), decompressed by libeep (the package antio, which is optional)."""

from __future__ import annotations

import contextlib
import importlib
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.recordings.ant.chunks import AntLayout, read_ant_layout
from transforms.recordings.channels import signal_of_label
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.loaded import LoadedRecording
from transforms.recordings.loaded_channels import FoundChannel, choose_channels, loaded_streams
from transforms.recordings.plan import Marker, Notice, RecordingSettings, Run
from transforms.recordings.times import date_ns, seconds_ns

_ENCODING = "latin-1"  # never fails
# Inputs for anything else than EEG; what was plugged in is not said.
_BIPOLAR = re.compile(r"BIP\d+", re.IGNORECASE)


def load_ant(path: str, settings: RecordingSettings) -> LoadedRecording:
    """The streams, triggers and notices of one recording.

    Raises:
      RecordingError: it cannot be used, or antio is not installed.
    """
    layout = read_ant_layout(path)
    with _libeep_errors():
        return _load(_open(path, layout), layout, settings)


def _load(recording: Any, layout: AntLayout, settings: RecordingSettings) -> LoadedRecording:
    found = _found(recording, layout.rate_hz)
    chosen, notices = choose_channels(found, settings)
    start = recording.get_start_time_and_fraction()
    if start is None:
        detail = "the header has no valid date; times count from 1970"
        notices.append(Notice("unknown_start", detail))
    start_ns = 0 if start is None else date_ns(start)
    stored = recording.get_samples_as_nparray(0, layout.n_samples)
    if stored.shape != (layout.n_channels, layout.n_samples):
        raise RecordingError(
            Reason.UNREADABLE,
            f"libeep found {stored.shape} values; expected {layout.n_channels} channels x"
            f" {layout.n_samples} samples",
        )

    def columns(places: list[int]) -> npt.NDArray[np.float64]:
        return np.ascontiguousarray(stored[places].T, dtype=np.float64)

    whole = (Run(0, 0, layout.n_samples),)
    return LoadedRecording(
        streams=loaded_streams(chosen, columns=columns, start_ns=start_ns, runs_at=lambda _: whole),
        notices=tuple(notices),
        markers=_markers(recording, layout.rate_hz, start_ns),
    )


@contextlib.contextmanager
def _libeep_errors() -> Iterator[None]:
    try:
        yield
    except RecordingError:
        raise
    # SystemError, RuntimeError, ValueError: whatever a damaged block leads libeep to.
    except Exception as error:
        text = " ".join(str(error).split()) or type(error).__name__
        raise RecordingError(Reason.UNREADABLE, f"libeep cannot read it: {text}") from error


def _open(path: str, layout: AntLayout) -> Any:
    try:
        libeep = importlib.import_module("antio.libeep")
    except ImportError:
        raise RecordingError(
            Reason.UNREADABLE,
            "ANT Neuro recordings are read by the package antio, which is not installed: pip"
            " install antio",
        ) from None
    handle = libeep.pyeep.read(path)
    if handle == -1:
        raise RecordingError(Reason.UNREADABLE, "libeep cannot read it: the file is damaged")
    recording = libeep.InputCNT(handle)
    shape = recording.get_channel_count(), recording.get_sample_count()
    if shape != (layout.n_channels, layout.n_samples):
        raise RecordingError(
            Reason.BAD_HEADER,
            f"libeep counts {shape[0]} channels and {shape[1]} samples; expected"
            f" {layout.n_channels} and {layout.n_samples}, as the header says",
        )
    return recording


def _found(recording: Any, rate_hz: Fraction) -> list[FoundChannel]:
    found = []
    for place in range(recording.get_channel_count()):
        label, unit, *_ = recording.get_channel(place, encoding=_ENCODING)
        kind = None if _BIPOLAR.fullmatch(label) else signal_of_label(label)
        found.append(FoundChannel(label, kind, unit, rate_hz))
    return found


def _markers(recording: Any, rate_hz: Fraction, start_ns: int) -> tuple[Marker, ...]:
    markers = []
    for number in range(recording.get_trigger_count()):
        code, sample, n_samples, *texts = recording.get_trigger(number)
        markers.append(
            Marker(
                start_ns=start_ns + seconds_ns(sample / rate_hz),
                duration_ns=seconds_ns(max(n_samples, 0) / rate_hz),
                description=_description(code, texts[:2]),  # the third: a list of impedances
            )
        )
    return tuple(markers)


def _description(code: str, texts: Sequence[str | None]) -> str:
    """Code, condition and description, those that there are."""
    return "/".join(part for part in (code, *texts) if part)
