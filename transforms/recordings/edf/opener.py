"""What is in an EDF, EDF+ or BDF file."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from transforms.recordings.channels import duplicate_notices, is_trigger_label, signal_of_label
from transforms.recordings.edf.annotations import EdfTimes, read_edf_times
from transforms.recordings.edf.header import EdfHeader, EdfSignal, read_edf_header
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.plan import (
    Marker,
    Notice,
    OpenedRecording,
    RecordingSettings,
    Run,
)
from transforms.recordings.reader import open_edf, quiet_mne
from transforms.recordings.streams import AdcRange, Channel, group_streams
from transforms.recordings.times import date_ns, seconds_ns
from transforms.recordings.triggers import BIOSEMI_BITS, mne_trigger_markers
from transforms.recordings.units import (
    engine_factor,
    mne_gain,
    undo_mne_gain,
    unit_of_dimension,
)


def open_edf_recording(path: str, settings: RecordingSettings) -> OpenedRecording:
    """Streams, markers and notices of an EDF or EDF+ file; no signal but triggers is read.

    Raises:
      RecordingError: the file cannot be used.
    """
    return _open(path, "edf", settings)


def open_bdf_recording(path: str, settings: RecordingSettings) -> OpenedRecording:
    """As `open_edf_recording`, for BDF and BDF+."""
    return _open(path, "bdf", settings)


def _open(path: str, reader: str, settings: RecordingSettings) -> OpenedRecording:
    header = read_edf_header(path)
    if header.reader != reader:
        raise RecordingError(
            Reason.UNKNOWN_FORMAT,
            f"the name ends in .{reader}, but the content is {header.reader.upper()}: rename it",
        )
    signals = [signal for signal in header.signals if not signal.is_annotations]
    if not signals:
        raise RecordingError(Reason.NO_SIGNAL, "the file holds annotations only, no signal")
    times = read_edf_times(path, header)
    with quiet_mne(path) as warnings:
        raw = open_edf(path, reader)
        names, date = list(raw.ch_names), raw.info["meas_date"]
    # Annotations are read by us, so what MNE had to cut from them is not missing.
    told = [text for text in warnings if "annotation(s)" not in text]
    notices = [Notice("reader_warning", text) for text in told]
    notices += duplicate_notices([signal.label for signal in signals], names)
    notices += _notices_of_header(header, has_date=date is not None)
    file_start_ns = 0 if date is None else date_ns(date)
    first_onset_s = times.record_onsets_s[0] if times.record_onsets_s else Fraction(0)
    start_ns = file_start_ns + seconds_ns(first_onset_s)
    channels, more = _channels(header, signals, names, settings)

    def runs_at(rate_hz: Fraction) -> tuple[Run, ...]:
        return _runs(header, times, rate_hz)

    triggers, told_of_them = _triggers(path, header, names, start_ns, runs_at)
    return OpenedRecording(
        start_ns=start_ns,
        streams=group_streams(
            channels,
            reader=reader,
            start_ns=start_ns,
            line_hz=settings.line_hz,
            runs_at=runs_at,
        ),
        notices=tuple(notices + more + told_of_them),
        markers=(*_markers(file_start_ns, times), *triggers),
    )


def _triggers(
    path: str,
    header: EdfHeader,
    names: list[str],
    start_ns: int,
    runs_at: Callable[[Fraction], tuple[Run, ...]],
) -> tuple[list[Marker], list[Notice]]:
    """Of each trigger channel, which has a rate of its own; it is read here."""
    signals = [signal for signal in header.signals if not signal.is_annotations]
    markers, notices = [], []
    for signal, name in zip(signals, names, strict=True):
        if not is_trigger_label(signal.label):
            continue
        with quiet_mne(path):
            raw = open_edf(path, header.reader, (name,))
        rate_hz = header.rate_hz(signal)
        found, told = mne_trigger_markers(
            path,
            raw,
            [name],
            runs=runs_at(rate_hz),
            start_ns=start_ns,
            rate_hz=rate_hz,
            bits=BIOSEMI_BITS if header.reader == "bdf" else None,
        )
        markers += found
        notices += told
    return markers, notices


def _notices_of_header(header: EdfHeader, *, has_date: bool) -> list[Notice]:
    notices = []
    if header.unclosed:
        whole = f"its {header.n_records} whole records are read"
        notices.append(Notice("unclosed_file", f"the recorder did not close the file; {whole}"))
    if not has_date:
        detail = "the header has no valid date; times count from 1970"
        notices.append(Notice("unknown_start", detail))
    return notices


def _channels(
    header: EdfHeader, signals: list[EdfSignal], names: list[str], settings: RecordingSettings
) -> tuple[list[Channel], list[Notice]]:
    channels: list[Channel] = []
    left_out, no_unit = [], []
    for signal, name in zip(signals, names, strict=True):
        kind = settings.signal_of(name, signal_of_label(signal.label))
        dimension = signal.dimension or settings.unit_of(name) or ""
        factor = None if kind is None else engine_factor(kind, dimension, settings.unit)
        if kind is None or factor is None:
            left_out.append(f"{name} ({signal.dimension or 'no unit'})")
            continue
        if not dimension and settings.unit is None:
            no_unit.append(name)
        factor *= undo_mne_gain(signal.dimension)
        range_ = _adc_range(signal, factor)
        unit = unit_of_dimension(dimension) or "uV"
        channels.append(Channel(name, kind, header.rate_hz(signal), factor, range_, unit=unit))
    notices = []
    if left_out:
        detail = "no signal of a kind the engine knows: " + ", ".join(left_out)
        notices.append(Notice("channels_left_out", detail))
    if no_unit:
        detail = f"taken for microvolt (--unit says otherwise): {', '.join(no_unit)}"
        notices.append(Notice("unit_missing", detail))
    return channels, notices


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
                f"record {record} begins {onset_s} s after the start, before the record"
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
