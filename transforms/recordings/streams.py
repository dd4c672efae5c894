"""Channels to streams: one for each signal kind and native rate, never resampled."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from fractions import Fraction

from transforms.engine import SpecError, StreamSpec
from transforms.engine.spec import SIGNALS
from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.plan import Position, Run, StreamPlan

AdcRange = tuple[float, float]


@dataclasses.dataclass(frozen=True)
class Channel:
    """One channel that carries a signal, in the unit of the engine after `factor`.

    Attributes:
      unit: by which the file labels its numbers, a name in `units.UNIT_UV`; None for acc.
    """

    name: str
    signal: str
    rate_hz: Fraction
    factor: float
    adc_range: AdcRange | None = None
    position: Position | None = None
    unit: str | None = None


def group_streams(
    channels: Sequence[Channel],
    *,
    reader: str,
    start_ns: int,
    line_hz: int | None,
    runs_at: Callable[[Fraction], tuple[Run, ...]],
) -> tuple[StreamPlan, ...]:
    """Streams named by kind and number, the fastest of a kind first: eeg0, eeg1, ecg0.

    Args:
      runs_at: the unbroken runs of samples at a rate.

    Raises:
      RecordingError: the engine refuses the stream, for instance its rate.
    """
    plans = []
    for signal in SIGNALS:
        of_kind = [channel for channel in channels if channel.signal == signal]
        rates = sorted({channel.rate_hz for channel in of_kind}, reverse=True)
        for number, rate_hz in enumerate(rates):
            members = [channel for channel in of_kind if channel.rate_hz == rate_hz]
            plans.append(
                StreamPlan(
                    stream=f"{signal}{number}",
                    spec=_spec(signal, rate_hz, members, start_ns, line_hz),
                    reader=reader,
                    source_channels=tuple(channel.name for channel in members),
                    factors=tuple(channel.factor for channel in members),
                    runs=runs_at(rate_hz),
                    positions=_positions(members),
                    unit=_one([channel.unit for channel in members]),
                )
            )
    return tuple(plans)


def _positions(members: Sequence[Channel]) -> tuple[Position | None, ...] | None:
    positions = tuple(channel.position for channel in members)
    return positions if any(positions) else None


def _one(units: Sequence[str | None]) -> str | None:
    return units[0] if len(set(units)) == 1 else None


def _spec(
    signal: str,
    rate_hz: Fraction,
    members: Sequence[Channel],
    start_ns: int,
    line_hz: int | None,
) -> StreamSpec:
    ranges = [channel.adc_range for channel in members]
    try:
        return StreamSpec(
            signal=signal,
            sampling_rate=rate_hz,
            channels=[channel.name for channel in members],
            start_ns=start_ns,
            line_hz=line_hz,
            adc_range=ranges if any(ranges) else None,
        )
    except SpecError as error:
        raise refused_stream(error, [channel.name for channel in members]) from error


def refused_stream(error: SpecError, names: Sequence[str]) -> RecordingError:
    """What the engine says of a stream, with its first channels."""
    found = f"{float(error.found):g} Hz" if isinstance(error.found, Fraction) else repr(error.found)
    shown = ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")
    message = f"{error.field} is {found}; expected {error.expected} (channels {shown})"
    return RecordingError(Reason.BAD_STREAM, message)
