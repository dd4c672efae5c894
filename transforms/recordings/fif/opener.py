"""What is in a FIF file."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import mne

from transforms.recordings.channels import signal_of_mne_type
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.fif.tags import check_fif_whole
from transforms.recordings.plan import (
    Marker,
    Notice,
    OpenedRecording,
    Position,
    RecordingSettings,
    Run,
)
from transforms.recordings.reader import open_fif, quiet_mne
from transforms.recordings.streams import Channel, group_streams
from transforms.recordings.times import date_ns, sample_ns, seconds_ns
from transforms.recordings.triggers import mne_trigger_markers
from transforms.recordings.units import engine_factor

_SKIP = "BAD_ACQ_SKIP"  # MNE's name of a pause in the acquisition, which it fills with zeros
_MAX_METRES = 0.5  # from the origin of the head
_MAX_UINT32 = 2**32 - 1


def open_fif_recording(path: str, settings: RecordingSettings) -> OpenedRecording:
    """Streams, markers and notices of one file; of the samples, only triggers are read.

    Raises:
      RecordingError: the file cannot be used.
    """
    check_fif_whole(path)
    with quiet_mne(path) as warnings:
        raw = open_fif(path)
        types = raw.get_channel_types()
    _check_usable(raw)
    notices = [Notice("reader_warning", text) for text in warnings]
    rate_hz = exact_rate(raw.info["sfreq"])
    date = raw.info["meas_date"]
    if date is None:
        notices.append(Notice("unknown_start", "the file has no date; times count from 1970"))
    # The date is that of the acquisition's start; what was saved may begin later.
    origin_ns = 0 if date is None else date_ns(date)
    start_ns = origin_ns if date is None else sample_ns(origin_ns, raw.first_samp, rate_hz)
    channels, left_out = _channels(raw, types, rate_hz, settings)
    if left_out:
        detail = "no signal of a kind the engine knows: " + ", ".join(left_out)
        notices.append(Notice("channels_left_out", detail))
    markers, runs = _annotations(raw, origin_ns, rate_hz)
    whole = (Run(0, 0, int(raw.n_times)),)  # pauses are stored, as zeros
    triggers, told = mne_trigger_markers(
        path,
        raw,
        [name for name, type_ in zip(raw.ch_names, types, strict=True) if type_ == "stim"],
        runs=whole,
        start_ns=start_ns,
        rate_hz=rate_hz,
    )
    return OpenedRecording(
        start_ns=start_ns,
        streams=group_streams(
            channels,
            reader="fif",
            start_ns=start_ns,
            line_hz=settings.line_hz,
            runs_at=lambda _: runs,
        ),
        notices=(*notices, *told),
        markers=(*markers, *triggers),
    )


def _check_usable(raw: mne.io.BaseRaw) -> None:
    if len(raw.filenames) > 1:
        raise RecordingError(
            Reason.SPLIT,
            f"the recording is split over {len(raw.filenames)} files; join them first"
            " (mne.io.read_raw_fif(...).save(..., split_size='2GB') into one file, or into EDF)",
        )
    if raw.n_times == 0:
        raise RecordingError(Reason.NO_SAMPLES, "the header is there, but no samples")


def exact_rate(sampling_rate_hz: float) -> Fraction:
    """FIF stores a 32-bit float: its exact value, or the nearest ratio of 32-bit integers.

    Raises:
      RecordingError: it is no rate at all.
    """
    if not 0 < sampling_rate_hz < math.inf:
        raise RecordingError(
            Reason.BAD_HEADER, f"the sampling rate is {sampling_rate_hz:g} Hz; expected one above 0"
        )
    exact = Fraction(sampling_rate_hz)
    if exact.numerator <= _MAX_UINT32 and exact.denominator <= _MAX_UINT32:
        return exact
    nearest = Fraction(str(sampling_rate_hz)).limit_denominator(10_000)
    return max(nearest, Fraction(1, 10_000))  # never 0: times are divided by it


def _channels(
    raw: mne.io.BaseRaw, types: list[str], rate_hz: Fraction, settings: RecordingSettings
) -> tuple[list[Channel], list[str]]:
    channels, left_out = [], []
    for name, channel_type, info in zip(raw.ch_names, types, raw.info["chs"], strict=True):
        kind = settings.signal_of(name, signal_of_mne_type(channel_type))
        if kind is None:
            left_out.append(f"{name} ({channel_type})")
            continue
        # FIF stores volts, and MNE returns what is stored.
        factor = engine_factor(kind, "" if kind == "acc" else "V", settings.unit)
        assert factor is not None
        position = electrode_position(info)
        channels.append(Channel(name, kind, rate_hz, factor, position=position, unit="V"))
    return channels, left_out


def electrode_position(info: dict[str, Any]) -> Position | None:
    """Where MNE places a channel; None where none can be: no numbers, all 0, far from a head."""
    x, y, z = (float(value) for value in info["loc"][:3])
    return (x, y, z) if 0 < math.hypot(x, y, z) < _MAX_METRES else None


def _annotations(
    raw: mne.io.BaseRaw, origin_ns: int, rate_hz: Fraction
) -> tuple[tuple[Marker, ...], tuple[Run, ...]]:
    """Markers, and the runs between the pauses of the acquisition."""
    # Onsets count from the date if there is one, else from the first sample.
    shift_s = Fraction(0) if raw.annotations.orig_time is None else raw.first_samp / rate_hz
    markers, pauses = [], []
    for note in raw.annotations:
        onset_s, duration_s = Fraction(float(note["onset"])), Fraction(float(note["duration"]))
        if note["description"] == _SKIP:
            first = round((onset_s - shift_s) * rate_hz)
            pauses.append((first, first + round(duration_s * rate_hz)))
            continue
        markers.append(
            Marker(
                start_ns=origin_ns + seconds_ns(onset_s),
                duration_ns=seconds_ns(max(duration_s, Fraction(0))),
                description=str(note["description"]),
                channels=tuple(note.get("ch_names", ())),
            )
        )
    return tuple(markers), _runs_between(sorted(pauses), int(raw.n_times))


def _runs_between(pauses: list[tuple[int, int]], n_samples: int) -> tuple[Run, ...]:
    inside = [(min(start, n_samples), min(stop, n_samples)) for start, stop in pauses]
    edges = [(0, 0), *inside, (n_samples, n_samples)]
    runs, reached = [], 0
    for (_, low), (high, _) in itertools.pairwise(edges):
        reached = max(reached, low)  # pauses may overlap
        if high > reached:
            runs.append(Run(reached, reached, high - reached))
    return tuple(runs)
