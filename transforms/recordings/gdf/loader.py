"""GDF recordings, versions 1 and 2: each channel at its own rate, as it is stored.

MNE resamples slow channels to the rate of the fastest, reads one stored type a file and gives
events in samples of the wrong rate where the table has its own; so the records are read here.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from transforms.recordings.channels import signal_of_label
from transforms.recordings.gdf.events import (
    NEW_SEGMENT,
    GdfEvent,
    describe_event,
    read_gdf_events,
    read_own_names,
)
from transforms.recordings.gdf.header import INT24, UINT24, GdfChannel, GdfHeader, read_gdf_header
from transforms.recordings.loaded import LoadedRecording
from transforms.recordings.loaded_channels import FoundChannel, choose_channels, loaded_streams
from transforms.recordings.pauses import Pause, notices_of, runs_between, time_of
from transforms.recordings.plan import Marker, Notice, RecordingSettings, Run
from transforms.recordings.streams import AdcRange
from transforms.recordings.times import seconds_ns

Float64 = npt.NDArray[np.float64]


def load_gdf(path: str, settings: RecordingSettings) -> LoadedRecording:
    """The streams, events and notices of one file.

    Raises:
      RecordingError: it cannot be used.
    """
    header = read_gdf_header(path)
    events = read_gdf_events(path, header)
    pauses = [Pause(event.onset_s, None) for event in events if event.code == NEW_SEGMENT]
    records = np.memmap(
        path,
        dtype=header.record_dtype,
        mode="r",
        offset=header.header_bytes,
        shape=(header.n_records,),
    )
    chosen, notices = choose_channels([_found(header, one) for one in header.channels], settings)

    def columns(places: list[int]) -> Float64:
        read = [_physical(records[str(place)], header.channels[place]) for place in places]
        return np.stack(read, axis=1)

    def runs_at(rate_hz: Fraction) -> tuple[Run, ...]:
        n_stored = round(rate_hz * header.record_s) * header.n_records
        return runs_between(pauses, n_stored, rate_hz)

    start_ns = header.start_ns or 0
    return LoadedRecording(
        streams=loaded_streams(chosen, columns=columns, start_ns=start_ns, runs_at=runs_at),
        notices=tuple(_notices(header) + notices_of(pauses) + notices),
        markers=_markers(events, pauses, start_ns, header, read_own_names(path, header)),
    )


def _found(header: GdfHeader, channel: GdfChannel) -> FoundChannel:
    usable = channel.samples_per_record > 0 and _calibration(channel) is not None
    return FoundChannel(
        label=channel.label,
        signal=signal_of_label(channel.label) if usable else None,
        dimension=channel.dimension,
        rate_hz=header.rate_hz(channel),
        adc_range=_adc_range(channel),
    )


def _calibration(channel: GdfChannel) -> tuple[float, float] | None:
    """Factor and offset from stored to physical; None where the header's ranges give none."""
    (low, high), (low_digital, high_digital) = channel.physical_range, channel.digital_range
    if not high_digital > low_digital or not math.isfinite(high_digital - low_digital):
        return None
    factor = (high - low) / (high_digital - low_digital)
    offset = low - low_digital * factor
    return (factor, offset) if factor and math.isfinite(factor * offset) else None


def _adc_range(channel: GdfChannel) -> AdcRange | None:
    """By the operations that scale the samples, so that one at the end compares equal to it."""
    scale = _calibration(channel)
    if scale is None or channel.is_float:
        return None
    factor, offset = scale
    ends = [end * factor + offset for end in channel.digital_range]
    return (min(ends), max(ends)) if ends[0] != ends[1] else None


def _physical(records: npt.NDArray[np.generic], channel: GdfChannel) -> Float64:
    """Numbers beyond the digital range are overflows and none that was measured: NaN.

    Those at its ends stay: the engine flags them as saturated.
    """
    scale = _calibration(channel)
    assert scale is not None  # else it would not have been chosen
    factor, offset = scale
    if channel.stored in (INT24, UINT24):
        low, middle, high = (records[..., byte].astype(np.int32) for byte in range(3))
        whole = low | middle << 8 | high << 16
        if channel.stored == INT24:
            whole -= (whole & 0x800000) << 1
        digital = whole.reshape(-1).astype(np.float64)
    else:
        digital = records.reshape(-1).astype(np.float64)
    low_digital, high_digital = channel.digital_range
    beyond = (digital < low_digital) | (digital > high_digital)
    digital *= factor
    digital += offset
    if not channel.is_float:  # whose range is that of the data, as rounded in the header
        digital[beyond] = np.nan
    return digital


def _notices(header: GdfHeader) -> list[Notice]:
    notices = []
    if header.unclosed:
        detail = (
            f"the recorder did not close the file; its {header.n_records} whole records are read"
        )
        notices.append(Notice("unclosed_file", detail))
    if header.start_ns is None:
        detail = "the header has no valid date; times count from 1970"
        notices.append(Notice("unknown_start", detail))
    return notices


def _markers(
    events: tuple[GdfEvent, ...],
    pauses: list[Pause],
    start_ns: int,
    header: GdfHeader,
    own_names: dict[int, str],
) -> tuple[Marker, ...]:
    markers = []
    for event in events:
        if event.code == NEW_SEGMENT:
            continue
        known = event.channel is not None and event.channel < len(header.channels)
        labels = (
            (header.channels[event.channel].label,) if known and event.channel is not None else ()
        )
        markers.append(
            Marker(
                start_ns=start_ns + seconds_ns(time_of(event.onset_s, pauses)),
                duration_ns=seconds_ns(event.duration_s),
                description=describe_event(event.code, own_names),
                channels=labels,
            )
        )
    return tuple(markers)
