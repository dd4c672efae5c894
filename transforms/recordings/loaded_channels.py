"""Channels of a file that was read whole: which are signals, of what unit, and their streams."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from transforms.engine.spec import SIGNALS
from transforms.recordings.channels import duplicate_notices, unique_names
from transforms.recordings.loaded import LoadedStream
from transforms.recordings.plan import Notice, Position, RecordingSettings, Run
from transforms.recordings.streams import AdcRange, Channel
from transforms.recordings.units import engine_factor

Float64 = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class FoundChannel:
    """What a file says of one channel.

    Attributes:
      signal: its kind, None where it carries no signal that the engine knows.
      dimension: the unit of the numbers, as the file spells it; empty where it does not.
      adc_range: the ends of the converter's range in that unit.
      position: of its electrode, as in `plan.StreamPlan`.
    """

    label: str
    signal: str | None
    dimension: str
    rate_hz: Fraction
    adc_range: AdcRange | None = None
    position: Position | None = None


@dataclasses.dataclass(frozen=True)
class ChosenChannel:
    """A channel that becomes part of a stream: its place in the file, and how it is read."""

    place: int
    channel: Channel
    position: Position | None


def choose_channels(
    found: Sequence[FoundChannel], settings: RecordingSettings
) -> tuple[list[ChosenChannel], list[Notice]]:
    """Those that carry a signal, with unique names; and notices of what was left out or assumed."""
    labels = [channel.label for channel in found]
    names = unique_names(labels)
    notices = duplicate_notices(labels, names)
    chosen: list[ChosenChannel] = []
    left_out, no_unit = [], []
    for place, (name, channel) in enumerate(zip(names, found, strict=True)):
        kind = settings.signal_of(name, channel.signal)
        dimension = channel.dimension or settings.unit_of(name) or ""
        factor = None if kind is None else engine_factor(kind, dimension, settings.unit)
        if kind is None or factor is None:
            left_out.append(f"{name} ({dimension or 'no unit'})")
            continue
        if not dimension and settings.unit is None:
            no_unit.append(name)
        low_high = _scaled(channel.adc_range, factor)
        read = Channel(name, kind, channel.rate_hz, factor, low_high)
        chosen.append(ChosenChannel(place, read, channel.position))
    if left_out:
        detail = "no signal of a kind the engine knows: " + ", ".join(left_out)
        notices.append(Notice("channels_left_out", detail))
    if no_unit:
        detail = f"taken for microvolt, accelerations for g (see --unit): {', '.join(no_unit)}"
        notices.append(Notice("unit_missing", detail))
    return chosen, notices


def loaded_streams(
    chosen: Sequence[ChosenChannel],
    *,
    columns: Callable[[list[int]], Float64],
    start_ns: int,
    runs_at: Callable[[Fraction], tuple[Run, ...]],
) -> tuple[LoadedStream, ...]:
    """One stream for each kind and rate, the fastest of a kind first.

    Args:
      columns: new (n_stored, n_channels) float64 with the channels at these places of the file, all
        of one rate, in the unit of the file.
      runs_at: the unbroken runs of rows at a rate.
    """
    streams = []
    for signal in SIGNALS:
        of_kind = [one for one in chosen if one.channel.signal == signal]
        for rate_hz in sorted({one.channel.rate_hz for one in of_kind}, reverse=True):
            members = [one for one in of_kind if one.channel.rate_hz == rate_hz]
            samples = columns([one.place for one in members])
            samples *= np.array([one.channel.factor for one in members])
            ranges = tuple(one.channel.adc_range for one in members)
            positions = tuple(one.position for one in members)
            streams.append(
                LoadedStream(
                    signal=signal,
                    sampling_rate=rate_hz,
                    channels=tuple(one.channel.name for one in members),
                    start_ns=start_ns,
                    samples=samples,
                    runs=runs_at(rate_hz),
                    adc_range=ranges if any(ranges) else None,
                    positions=positions if any(positions) else None,
                )
            )
    return tuple(streams)


def _scaled(ends: AdcRange | None, factor: float) -> AdcRange | None:
    """As the samples are scaled: one at the end of the range must compare equal to it."""
    return None if ends is None else (ends[0] * factor, ends[1] * factor)
