"""The tables of a stream: channels by flag, kinds with their longest intervals, gaps."""

from __future__ import annotations

import dataclasses

import numpy as np

from transforms.report import words
from transforms.report.intervals import Interval
from transforms.report.kinds import KINDS
from transforms.report.summary import StreamReport
from transforms.report.timeline import WINDOWS_PER_S

WORST_CHANNELS, MAX_CHANNELS = 10, 256
LISTED_INTERVALS, LISTED_GAPS = 4, 20


@dataclasses.dataclass(frozen=True)
class Cell:
    """A share as text, and as a number that colours its cell."""

    text: str
    share: float


@dataclasses.dataclass(frozen=True)
class ChannelRow:
    """One channel: median quality, share of windows without a flag, and with each kind."""

    name: str
    quality: str
    unflagged: str
    cells: tuple[Cell, ...]


@dataclasses.dataclass(frozen=True)
class KindRow:
    """One kind of flag: its place in the legend and what was found of it."""

    label: str
    colour: str
    meaning: str
    share: str
    n_intervals: str
    longest: str


def present_kinds(stream: StreamReport) -> list[int]:
    """Positions of the kinds that occur."""
    return [k for k in range(len(KINDS)) if stream.per_channel.flagged[k].any()]


def worst_channels(stream: StreamReport, limit: int) -> list[int]:
    """Channels by median quality and share of unflagged windows, the worst first."""
    quality = np.nan_to_num(stream.per_channel.median_quality.astype(np.float64))
    order = np.lexsort((np.arange(len(quality)), stream.per_channel.unflagged, quality))
    return order[:limit].tolist()


def channel_rows(stream: StreamReport, channels: list[int]) -> list[ChannelRow]:
    """A row for each of these channels, with a cell for each kind that occurs."""
    kinds = present_kinds(stream)
    shares = stream.per_channel.share(stream.per_channel.flagged)
    return [
        ChannelRow(
            name=words.safe(stream.spec.channels[at]),
            quality=f"{stream.per_channel.median_quality[at]:.2f}"
            if stream.per_channel.n_windows
            else words.NONE,
            unflagged=words.percent(
                float(stream.per_channel.share(stream.per_channel.unflagged[at]))
            ),
            cells=tuple(_cell(float(shares[k, at])) for k in kinds),
        )
        for at in channels
    ]


def kind_rows(stream: StreamReport) -> list[KindRow]:
    """The legend: every kind that occurs, how often, and where for longest."""
    span_s = stream.duration_s
    return [
        KindRow(
            label=KINDS[k].label,
            colour=KINDS[k].colour,
            meaning=KINDS[k].meaning,
            share=words.percent(
                float(stream.per_channel.share(stream.per_channel.flagged[k]).mean())
            ),
            n_intervals=f"{stream.flagged[k].count:,}",
            longest=", ".join(
                _when(interval, span_s)
                for interval in stream.flagged[k].first_of_longest(LISTED_INTERVALS)
            ),
        )
        for k in present_kinds(stream)
    ]


def gap_rows(stream: StreamReport) -> list[tuple[str, str]]:
    """(from and to, length) of the longest gaps, earliest first."""
    rate_hz = stream.spec.sampling_rate_hz
    return [
        (
            words.stretch(
                gap.start / rate_hz, (gap.start + gap.length) / rate_hz, stream.duration_s
            ),
            words.duration(gap.length / rate_hz),
        )
        for gap in stream.gaps.first_of_longest(LISTED_GAPS)
    ]


def _when(interval: Interval, span_s: float) -> str:
    end = interval.start + interval.length
    return words.stretch(interval.start / WINDOWS_PER_S, end / WINDOWS_PER_S, span_s)


def _cell(share: float) -> Cell:
    return Cell(words.percent(share) if share else "", round(share, 2))
