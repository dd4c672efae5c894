"""What is in an EDF, EDF+ or BDF file."""

from __future__ import annotations

import math
from fractions import Fraction

from transforms.recordings.channels import signal_of_label
from transforms.recordings.edf_annotations import EdfTimes, read_edf_times
from transforms.recordings.edf_header import EdfHeader, EdfSignal, read_edf_header
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.plan import (
    AUTO,
    Marker,
    Notice,
    OpenedRecording,
    RecordingSettings,
    Run,
)
from transforms.recordings.reader import open_edf, quiet_mne
from transforms.recordings.streams import AdcRange, Channel, group_streams
from transforms.recordings.times import date_ns, seconds_ns
from transforms.recordings.units import (
    UNIT_UV,
    g_of_dimension,
    mne_gain,
    undo_mne_gain,
    unit_of_dimension,
)


def open_edf_recording(path: str, reader: str, settings: RecordingSettings) -> OpenedRecording:
    """Streams, markers and notices of one file; no samples are read.

    Raises:
      RecordingError: the file cannot be used.
    """
    header = read_edf_header(path)
    if header.reader != reader:
        raise RecordingError(
            Reason.UNKNOWN_FORMAT,
            f"the name ends in .{reader}, but the content is {header.reader.upper()}: rename it",
        )
    if all(signal.is_annotations for signal in header.signals):
        raise RecordingError(Reason.NO_SIGNAL, "the file holds annotations only, no signal")
    times = read_edf_times(path, header)
    with quiet_mne(path) as warnings:
        raw = open_edf(path, reader)
        names, date = list(raw.ch_names), raw.info["meas_date"]
    signals = [signal for signal in header.signals if not signal.is_annotations]
    # Annotations are read by us, so what MNE had to cut from them is not missing.
    told = [text for text in warnings if "annotation(s)" not in text]
    notices = [Notice("reader_warning", text) for text in told]
    notices += _notices_of_names(signals, names) + _notices_of_header(header)
    if date is None:
        notices.append(
            Notice("unknown_start", "the header has no valid date; times count from 1970")
        )
    file_start_ns = 0 if date is None else date_ns(date)
    first_onset_s = times.record_onsets_s[0] if times.record_onsets_s else Fraction(0)
    start_ns = file_start_ns + seconds_ns(first_onset_s)
    channels, more = _channels(header, signals, names, settings)
    return OpenedRecording(
        start_ns=start_ns,
        streams=group_streams(
            channels,
            reader=reader,
            start_ns=start_ns,
            line_hz=settings.line_hz,
            runs_at=lambda rate_hz: _runs(header, times, rate_hz),
        ),
        notices=tuple(notices + more),
        markers=_markers(file_start_ns, times),
    )


def _notices_of_names(signals: list[EdfSignal], names: list[str]) -> list[Notice]:
    renamed = [
        f"{signal.label!r} is {name!r}"
        for signal, name in zip(signals, names, strict=True)
        if signal.label != name
    ]
    if not renamed:
        return []
    detail = "labels that occur more than once were numbered: " + ", ".join(renamed)
    return [Notice("duplicate_labels", detail)]


def _notices_of_header(header: EdfHeader) -> list[Notice]:
    if not header.unclosed:
        return []
    detail = f"the recorder did not close the file; its {header.n_records} whole records are read"
    return [Notice("unclosed_file", detail)]


def _channels(
    header: EdfHeader, signals: list[EdfSignal], names: list[str], settings: RecordingSettings
) -> tuple[list[Channel], list[Notice]]:
    channels: list[Channel] = []
    left_out, no_unit = [], []
    for signal, name in zip(signals, names, strict=True):
        kind = signal_of_label(signal.label)
        if kind is not None and settings.signal != AUTO:
            kind = settings.signal
        factor = None if kind is None else _unit_factor(kind, signal.dimension, settings.unit)
        if kind is None or factor is None:
            left_out.append(f"{name} ({signal.dimension or 'no unit'})")
            continue
        if not signal.dimension and settings.unit is None:
            no_unit.append(name)
        factor *= undo_mne_gain(signal.dimension)
        range_ = _adc_range(signal, factor)
        channels.append(Channel(name, kind, header.rate_hz(signal), factor, range_))
    notices = []
    if left_out:
        detail = "no signal of a kind the engine knows: " + ", ".join(left_out)
        notices.append(Notice("channels_left_out", detail))
    if no_unit:
        detail = f"taken for microvolt (--unit says otherwise): {', '.join(no_unit)}"
        notices.append(Notice("unit_missing", detail))
    return channels, notices


def _unit_factor(signal: str, dimension: str, unit: str | None) -> float | None:
    """From the numbers stored to the engine's unit; None where they are no such quantity."""
    if signal == "acc":
        return g_of_dimension(dimension) if dimension else 1.0
    known = unit_of_dimension(dimension) if dimension else "uV"
    if known is None:
        return None
    return UNIT_UV[unit or known]


def _adc_range(signal: EdfSignal, factor: float) -> AdcRange | None:
    """The ends of the converter's range as the engine will see them, to the last bit.

    The same operations in the same order as MNE's reader: a sample at the end of the range
    must compare equal to it.
    """
    (physical_low, physical_high), (digital_low, digital_high) = (
        signal.physical_range,
        signal.digital_range,
    )
    if digital_high == digital_low or physical_high == physical_low:
        return None
    calibration = (physical_high - physical_low) / (digital_high - digital_low)
    offset = physical_low - digital_low * calibration
    gain = mne_gain(signal.dimension)
    ends = [(end * calibration + offset) * gain * factor for end in signal.digital_range]
    low, high = min(ends), max(ends)
    return (low, high) if math.isfinite(low) and math.isfinite(high) and low < high else None


def _runs(header: EdfHeader, times: EdfTimes, rate_hz: Fraction) -> tuple[Run, ...]:
    """Records joined where one begins when the last one ends."""
    per_record = int(rate_hz * header.record_s)
    if not header.is_discontinuous or times.record_onsets_s is None:
        return (Run(0, 0, per_record * header.n_records),)
    start_s = times.record_onsets_s[0]
    runs: list[Run] = []
    for record, onset_s in enumerate(times.record_onsets_s):
        first = round((onset_s - start_s) * rate_hz)  # half a sample off at most
        last = runs[-1] if runs else Run(0, 0, 0)
        expected = last.first_sample + last.n_samples
        if first < expected:
            raise RecordingError(
                Reason.BAD_RECORD_TIMES,
                f"record {record} begins {float(onset_s)} s after the start, before the record"
                " in front of it has ended",
            )
        if first == expected and runs:
            runs[-1] = Run(last.first_sample, last.file_sample, last.n_samples + per_record)
        else:
            runs.append(Run(first, record * per_record, per_record))
    return tuple(runs)


def _markers(file_start_ns: int, times: EdfTimes) -> tuple[Marker, ...]:
    return tuple(
        Marker(
            start_ns=file_start_ns + seconds_ns(annotation.onset_s),
            duration_ns=seconds_ns(annotation.duration_s),
            description=annotation.text,
        )
        for annotation in times.annotations
    )
