"""What is in a BrainVision recording: a header, the samples it names, and their markers."""

from __future__ import annotations

import os

from transforms.recordings.brainvision.blocks import count_lines
from transforms.recordings.brainvision.header import (
    BrainvisionHeader,
    count_samples,
    read_brainvision_header,
)
from transforms.recordings.brainvision.markers import (
    BrainvisionMarker,
    event_markers,
    place_segments,
    read_brainvision_markers,
)
from transforms.recordings.channels import duplicate_notices, signal_of_label, unique_names
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.plan import Notice, OpenedRecording, RecordingSettings
from transforms.recordings.streams import AdcRange, Channel, group_streams
from transforms.recordings.units import engine_factor, g_of_dimension, unit_of_dimension

_INTEGER_RANGES = {"i2": (-32768, 32767), "u2": (0, 65535)}  # 32 bits hold less than they could


def open_brainvision(path: str, settings: RecordingSettings) -> OpenedRecording:
    """Streams, markers and notices; no samples are read.

    Raises:
      RecordingError: a file of it is missing, or cannot be used.
    """
    header = read_brainvision_header(path)
    n_samples = _count_samples(path, header)
    rate_hz = header.sampling_rate_hz
    found, notices = _markers(path, header)
    start_ns, runs, unplaced = place_segments(found, n_samples, rate_hz)
    if start_ns is None:
        notices.append(Notice("unknown_start", "no marker has a valid date; times count from 1970"))
    start_ns = start_ns or 0
    names = unique_names([channel.name for channel in header.channels])
    channels, left_out = _channels(header, names, settings)
    notices += duplicate_notices([channel.name for channel in header.channels], names)
    if left_out:
        detail = "no signal of a kind the engine knows: " + ", ".join(left_out)
        notices.append(Notice("channels_left_out", detail))
    return OpenedRecording(
        start_ns=start_ns,
        streams=group_streams(
            channels,
            reader="brainvision",
            start_ns=start_ns,
            line_hz=settings.line_hz,
            runs_at=lambda _: runs,
        ),
        notices=(*notices, *unplaced),
        markers=event_markers(found, runs, names, start_ns, rate_hz),
    )


def _count_samples(path: str, header: BrainvisionHeader) -> int:
    folder, own = os.path.split(path)
    data_path = os.path.join(folder, header.data_file)
    if header.data_file in (own, header.marker_file):
        raise RecordingError(
            Reason.BAD_HEADER,
            f"DataFile is {header.data_file!r} in the header, a text; expected the name of the file"
            " with the samples",
        )
    if not os.path.isfile(data_path):
        raise RecordingError(
            Reason.MISSING_PART,
            f"the header names its data {header.data_file!r}, which is not beside it: copy that"
            " file too; if it was renamed, correct DataFile in the header",
        )
    if not header.numpy_type:
        return count_lines(data_path, header)
    return count_samples(header, os.path.getsize(data_path))


def _markers(path: str, header: BrainvisionHeader) -> tuple[list[BrainvisionMarker], list[Notice]]:
    """A recording without its markers is still a recording."""
    if not header.marker_file:
        return [], []
    marker_path = os.path.join(os.path.dirname(path), header.marker_file)
    if not os.path.isfile(marker_path):
        detail = f"the header names {header.marker_file!r}, which is not beside it"
        return [], [Notice("markers_missing", detail)]
    return read_brainvision_markers(marker_path)


def _channels(
    header: BrainvisionHeader, names: list[str], settings: RecordingSettings
) -> tuple[list[Channel], list[str]]:
    channels, left_out = [], []
    for channel, name in zip(header.channels, names, strict=True):
        found = "acc" if g_of_dimension(channel.unit) else signal_of_label(channel.name)
        kind = settings.signal_of(name, found)
        factor = None if kind is None else engine_factor(kind, channel.unit, settings.unit)
        if kind is None or factor is None:
            left_out.append(f"{name} ({channel.unit})")
            continue
        factor *= channel.resolution
        channels.append(
            Channel(
                name,
                kind,
                header.sampling_rate_hz,
                factor,
                _adc_range(header, factor),
                position=channel.position,
                unit=unit_of_dimension(channel.unit),
            )
        )
    return channels, left_out


def _adc_range(header: BrainvisionHeader, factor: float) -> AdcRange | None:
    """The ends of the stored integers, by the same operation as the samples."""
    ends = _INTEGER_RANGES.get(header.numpy_type[1:])
    if ends is None:
        return None
    low, high = sorted(float(end) * factor for end in ends)
    return (low, high)
