"""Recordings of the Lab Streaming Layer: every stream of an XDF file.

pyxdf reads the chunks and corrects the time stamps by the measured clock offsets, so that all
streams are on the clock of the recording computer; where a clock was reset (its computer started
again), the parts are corrected apart and become runs with a gap. Its removal of jitter is not used,
since it closes pauses below a second or 500 samples; sample_clock.py places the samples instead.

Streams of numbers with a rate and a known type (EEG, ECoG, EMG, ECG, accelerometer ...) become
streams, each its own, whatever others there are; streams of strings, and of numbers without a rate
that are called markers, become markers. The rate is the nominal one, unless the stamps of a stream
show another by more than a percent: then theirs.

The clock counts seconds since the computer was started. If the file's header has a date, that is
taken for the earliest moment in the file (a sample, or a measurement of a clock offset); recorders
write it in whole seconds, when they begin. Else times count from 1970.
"""

from __future__ import annotations

import datetime
import gzip
import io
import logging
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pyxdf

from transforms.recordings.clocks.sample_clock import SampleClock, clock_notices, place_samples
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.loaded import LoadedRecording, LoadedStream
from transforms.recordings.loaded_channels import FoundChannel, choose_channels, loaded_streams
from transforms.recordings.plan import Marker, Notice, RecordingSettings
from transforms.recordings.times import SECOND_NS, date_ns
from transforms.recordings.xdf.chunks import check_xdf_chunks
from transforms.recordings.xdf.streams import XdfStream, xdf_stream

_GZIP = b"\x1f\x8b"
_LEAST_GAP_S = 0.25  # a connected stream loses nothing: what pauses for less is late
_BELIEVED = 0.01  # share of the nominal rate by which the stamps may differ from it
_TELLS_A_RATE_S = 10.0
_MAX_DENOMINATOR = 1000
_LATEST_S = 4e9
_MARKER_TYPES = ("marker", "event", "stim", "trigger")


def load_xdf(path: str, settings: RecordingSettings) -> LoadedRecording:
    """All streams of a file, with their markers.

    Raises:
      RecordingError: the file cannot be used.
    """
    content = _content(path, settings.max_file_bytes)
    chunks = check_xdf_chunks(content)
    if chunks.n_streams == 0:
        raise RecordingError(Reason.NO_SAMPLES, "the header is there, but no stream")
    notices = []
    if not chunks.is_closed:
        detail = "the recorder did not close the file; its whole chunks are read"
        notices.append(Notice("unclosed_file", detail))
    streams, header = _read(content[: chunks.n_bytes])
    origin_ns, of_date = _origin(header, streams)
    notices += of_date
    loaded: list[LoadedStream] = []
    clocks: list[SampleClock] = []
    for stream in streams:
        if len(stream.stamps_s) == 0:
            notices.append(Notice("empty_stream", f"{stream.name} ({stream.type or 'no type'})"))
        elif _is_markers(stream):
            continue
        else:
            found, clock, more = _stream(stream, origin_ns, settings)
            notices += more
            if clock is not None:
                loaded += found
                clocks += [clock] * len(found)
    # Markers keep to the samples of the first stream, the EEG if there is one.
    eeg = (clock for one, clock in zip(loaded, clocks, strict=True) if one.signal == "eeg")
    beside = next(eeg, clocks[0] if clocks else None)
    markers = _markers([one for one in streams if _is_markers(one)], beside, origin_ns)
    return LoadedRecording(tuple(loaded), tuple(notices), tuple(markers))


def _content(path: str, max_bytes: int) -> bytes:
    with open(path, "rb") as file:
        packed = file.read()
    if not packed.startswith(_GZIP):
        return packed
    try:
        with gzip.open(io.BytesIO(packed)) as unpacking:
            content = unpacking.read(max_bytes + 1)
    except (OSError, EOFError, ValueError) as error:
        raise RecordingError(Reason.UNREADABLE, f"gzip cannot unpack it: {error}") from error
    if len(content) > max_bytes:
        raise RecordingError(
            Reason.TOO_LARGE, f"more than {max_bytes} bytes unpacked; see --max-file-bytes"
        )
    return content


def _read(content: bytes) -> tuple[list[XdfStream], Mapping[str, Any]]:
    said = logging.getLogger("pyxdf.pyxdf")
    before, said.disabled = said.disabled, True
    try:
        found, header = pyxdf.load_xdf(
            io.BytesIO(content),
            synchronize_clocks=True,
            handle_clock_resets=True,
            dejitter_timestamps=False,
        )
    except Exception as error:  # pyxdf has no error class of its own
        text = " ".join(str(error).split()) or type(error).__name__
        raise RecordingError(Reason.UNREADABLE, f"pyxdf cannot read it: {text}") from error
    finally:
        said.disabled = before
    info = (header or {}).get("info")
    return [xdf_stream(stream) for stream in found], info if isinstance(info, Mapping) else {}


def _origin(header: Mapping[str, Any], streams: Sequence[XdfStream]) -> tuple[int, list[Notice]]:
    """Nanoseconds since 1970 at which the clock was 0."""
    texts = header.get("datetime") or [""]
    moments = [float(s.stamps_s[0]) for s in streams if len(s.stamps_s)]
    moments += [s.first_offset_s for s in streams if s.first_offset_s is not None]
    moments = [moment for moment in moments if abs(moment) < _LATEST_S]
    try:
        date = datetime.datetime.fromisoformat(str(texts[0]).strip())
    except ValueError:
        date = None
    if date is None or not moments:
        detail = "the file has no date; times count from 1970 by the recording computer's clock"
        return 0, [Notice("unknown_start", detail)]
    if date.tzinfo is None:
        date = date.replace(tzinfo=datetime.UTC)
    return date_ns(date) - round(min(moments) * SECOND_NS), []


def _is_markers(stream: XdfStream) -> bool:
    named = any(word in stream.type.lower() for word in _MARKER_TYPES)
    return stream.is_text or (stream.rate is None and named)


def _stream(
    stream: XdfStream, origin_ns: int, settings: RecordingSettings
) -> tuple[tuple[LoadedStream, ...], SampleClock | None, list[Notice]]:
    """A stream of numbers: one stream a kind of signal in it."""
    signals = [stream.signal_of(channel, settings) for channel in range(len(stream.labels))]
    if stream.rate is None or not any(signals):
        why = "no rate" if stream.rate is None else "no signal of a kind the engine knows"
        detail = f"{why}: {stream.name} (type {stream.type or 'none'})"
        return (), None, [Notice("channels_left_out", detail)]
    values = np.asarray(stream.values, dtype=np.float64).reshape(len(stream.stamps_s), -1)
    clock = place_samples(
        stream.stamps_s, stream.rate, breaks=stream.breaks, least_gap_s=_LEAST_GAP_S
    )
    rate = stream.rate
    if _is_another_rate(clock, rate):
        rate = Fraction(clock.measured_rate_hz).limit_denominator(_MAX_DENOMINATOR)
        detail = (
            f"{stream.name}: {clock.measured_rate_hz:.4f} samples a second by its time stamps, and"
            f" {float(stream.rate):g} by its header: the rate of the stamps is taken"
        )
        notices = [Notice("clock_drift", detail)]
        clock = place_samples(stream.stamps_s, rate, breaks=stream.breaks, least_gap_s=_LEAST_GAP_S)
        notices += [n for n in clock_notices(clock, rate, stream.name) if n.kind != "clock_drift"]
    else:
        notices = clock_notices(clock, rate, stream.name)
    found = [
        FoundChannel(label or f"{stream.name}-{number + 1}", signals[number], unit, rate)
        for number, (label, unit) in enumerate(
            zip(stream.labels, map(stream.unit_of, range(len(signals))), strict=True)
        )
    ]
    chosen, more = choose_channels(found, settings)
    streams = loaded_streams(
        chosen,
        columns=lambda places: values[:, places].copy(),
        start_ns=clock.start_ns(origin_ns),
        runs_at=lambda _: clock.runs,
    )
    return streams, clock, notices + more


def _is_another_rate(clock: SampleClock, rate: Fraction) -> bool:
    lasted_s = sum(run.n_samples for run in clock.runs) / float(rate)
    off = abs(clock.measured_rate_hz / float(rate) - 1)
    return lasted_s >= _TELLS_A_RATE_S and off > _BELIEVED


def _markers(
    streams: Sequence[XdfStream], beside: SampleClock | None, origin_ns: int
) -> list[Marker]:
    markers = []
    for stream in streams:
        for stamp_s, sample in zip(stream.stamps_s, stream.values, strict=True):
            if not abs(stamp_s) < _LATEST_S:
                continue
            at_ns = origin_ns + round(stamp_s * SECOND_NS)
            if beside is not None:
                at_ns = beside.clock_ns(float(stamp_s), origin_ns)
            texts = [value if stream.is_text else f"{value:g}" for value in sample]
            markers.append(Marker(at_ns, 0, ", ".join(text for text in texts if text)))
    return sorted(markers, key=lambda marker: marker.start_ns)
