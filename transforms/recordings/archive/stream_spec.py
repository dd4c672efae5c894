"""A packet's format as the engine's stream."""

from __future__ import annotations

from schemas.packet_format import SignalFormat
from transforms.engine import SpecError, StreamSpec
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.plan import AUTO, RecordingSettings
from transforms.recordings.units import UNIT_UV, engine_factor, unit_of_dimension


def stream_of_format(
    stream: str, format_: SignalFormat, start_ns: int, settings: RecordingSettings
) -> tuple[StreamSpec, float, str | None]:
    """What the engine is told of packets: the same for a stream and for its archive.

    Args:
      stream: its name, for who reads what is refused.
      start_ns: time of sample 0.

    Returns:
      The stream, the factor from the packets' unit to the engine's, and that unit's name in
      `UNIT_UV` or None.

    Raises:
      RecordingError: the engine has no such stream.
    """
    factor = engine_factor(format_.signal, format_.unit, settings.unit)
    unit = unit_of_dimension(format_.unit)
    if unit is not None and settings.unit in UNIT_UV:
        unit = settings.unit
    if factor is None:
        raise RecordingError(Reason.BAD_STREAM, f"{stream}: no factor for {format_.unit}")
    ranges = [
        None if ends is None else (ends[0] * factor, ends[1] * factor)
        for ends in format_.value_range()
    ]
    try:
        spec = StreamSpec(
            signal=format_.signal if settings.signal == AUTO else settings.signal,
            sampling_rate=format_.sampling_rate,
            channels=format_.channels,
            start_ns=start_ns,
            line_hz=settings.line_hz,
            adc_range=ranges if any(ranges) else None,
        )
    except SpecError as error:
        raise RecordingError(Reason.BAD_STREAM, f"{stream}: {error}") from error
    return spec, factor, unit
