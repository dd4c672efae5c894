"""The figures of a stream: each a list of lanes, one drawing and its words a lane."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from transforms.engine import BY_NAME, Flag
from transforms.report import svg, words
from transforms.report.excerpt import Excerpt
from transforms.report.kinds import KINDS, N_ACUTE, N_KINDS
from transforms.report.summary import StreamReport
from transforms.report.trends import is_logarithmic

Values = npt.NDArray[np.floating]
Draw = Callable[[Values, Values], str]

HALF, LANE = 96, 200  # a lane of two: raw in the upper half, filtered in the lower
ROW = 60  # a lane of one
OPACITY, BACKGROUND_OPACITY = 0.6, 0.35  # the traces stay readable on the darkest colour
LEVELS = 4  # shades of a colour, by the share of a bin that is flagged
GAP = [kind.flag for kind in KINDS].index(Flag.GAP)
# A trend that hardly moves is not blown up to look as if it did.
MIN_DECADES, MIN_SHARE, TINY = 0.3, 0.2, 1e-3


@dataclasses.dataclass(frozen=True)
class Lane:
    """One row of a figure: its name, its scale, its drawing, and the drawing told in words."""

    name: str
    scale: str
    drawing: Markup
    alternative: str


def traces(stream: StreamReport, limit: int) -> list[Lane]:
    """Raw above filtered for up to `limit` channels, flagged time shaded."""
    picked, gaps = _spread(len(stream.shown), limit), _gap_bins(stream)
    reach = _common_reach(
        np.maximum(np.abs(stream.over_time.filtered_low), np.abs(stream.over_time.filtered_high))
    )
    lanes = []
    for at in picked:
        raw = stream.over_time.raw_low[:, at], stream.over_time.raw_high[:, at]
        filtered = stream.over_time.filtered_low[:, at], stream.over_time.filtered_high[:, at]
        shares = stream.over_time.shown_flagged[:, :, at].copy()
        shares[gaps, GAP] = 1
        codes = _shade_codes(shares)
        channel = stream.shown[at]
        parts = [*_shading(codes), *_two(raw, filtered, reach, svg.envelope)]
        name, scale, flags = (
            words.safe(stream.spec.channels[channel]),
            _scale(raw, reach, stream.unit),
            _flag_words(stream, channel),
        )
        drawing = svg.figure(max(len(codes), 1), LANE, parts)
        lanes.append(Lane(name, scale, drawing, f"{name}: {scale}; {flags}"))
    return lanes


def close_up(stream: StreamReport, excerpt: Excerpt, limit: int) -> list[Lane]:
    """Raw above filtered for up to `limit` of the excerpt's channels, every sample drawn."""
    reach = _common_reach(np.abs(excerpt.filtered))
    lanes = []
    per_row = np.searchsorted(excerpt.edges, np.arange(len(excerpt.raw)), side="right") - 1
    bits = np.array([int(kind.flag) for kind in KINDS], np.uint32)
    for at, channel in enumerate(excerpt.channels[:limit]):
        raw, filtered = excerpt.raw[:, at], excerpt.filtered[:, at]
        kinds = (excerpt.flags[:, at, None] & bits != 0).astype(np.float32)
        codes = _shade_codes(kinds)[per_row]
        parts = [*_shading(codes), *_two((raw, raw), (filtered, filtered), reach, _line)]
        seen = [kind.label for kind, column in zip(KINDS, kinds.T, strict=True) if column.any()]
        name, scale = (
            words.safe(stream.spec.channels[channel]),
            _scale((raw, raw), reach, stream.unit),
        )
        drawing = svg.figure(max(len(raw), 1), LANE, parts)
        told = f"flagged here: {words.listing(seen)}" if seen else "not flagged here"
        lanes.append(Lane(name, scale, drawing, f"{name}: {scale}; {told}"))
    return lanes


def flags_over_time(stream: StreamReport) -> list[Lane]:
    """For each kind that occurs, the share of windows and channels that have it."""
    over_time, lanes = stream.over_time, []
    for k, kind in enumerate(KINDS):
        shares = over_time.all_flagged[:, k]
        highest = float(shares.max(initial=0))
        if not highest:
            continue
        commands = svg.bars(shares / highest, ROW)
        drawing = svg.figure(len(shares), ROW, [svg.path("bar", commands, style=_fill(k))])
        at_s = int(shares.argmax()) * over_time.bin_s
        at = words.clock(at_s, over_time.bin_s, over_time.span_s)
        scale = f"up to {words.percent(highest)} of channels"
        lanes.append(Lane(kind.label, scale, drawing, f"{kind.label}: {scale}, at {at}"))
    return lanes


def trend(stream: StreamReport) -> list[Lane]:
    """Features over time, one lane each, where they exist; strengths on a logarithmic scale."""
    lanes = []
    for name, values in zip(stream.over_time.trend_names, stream.over_time.trend.T, strict=True):
        if not np.isfinite(values).any():
            continue
        logarithmic = is_logarithmic(name)
        with np.errstate(divide="ignore"):
            shown = np.log10(values.astype(np.float64)) if logarithmic else values.astype(float)
        # A few seconds of what no flag caught would press the rest into a straight line.
        low, median, high = np.nanpercentile(shown, (1, 50, 99)).tolist()
        least = MIN_DECADES if logarithmic else max(MIN_SHARE * abs(median), TINY)
        pad = max(0.0, least - (high - low)) / 2
        low, high = low - pad, high + pad
        drawing = svg.line(svg.scaled(shown, low, high, ROW - 4) + 2)
        ends = [words.number(10**end if logarithmic else end) for end in (low, high, median)]
        label, unit = words.feature(name), words.unit(BY_NAME[name].unit)
        scale = f"{ends[0]} to {ends[1]} {unit}".rstrip()
        told = f"{label}: {scale}, median {ends[2]} {unit}".rstrip()
        lanes.append(
            Lane(label, scale, svg.figure(len(values), ROW, [svg.path("line", drawing)]), told)
        )
    return lanes


def _two(
    raw: tuple[Values, Values], filtered: tuple[Values, Values], reach: float, draw: Draw
) -> Iterator[str]:
    low, high = _raw_range(raw)
    for css, ends, bottom, top, y in (
        ("raw", raw, low, high, 0),
        ("filtered", filtered, -reach, reach, LANE - HALF),
    ):
        scaled = [svg.scaled(end, bottom, top, HALF) for end in ends]
        yield svg.path(css, draw(*scaled), y=y)


def _line(values: Values, _: Values) -> str:
    return svg.line(values)


def _raw_range(raw: tuple[Values, Values]) -> tuple[float, float]:
    present = np.concatenate(raw)
    present = present[np.isfinite(present)].astype(np.float64)
    if not len(present):
        return -1.0, 1.0
    low, high = np.percentile(present, (0.5, 99.5)).tolist()
    return (low, high) if high > low else (low - 1, high + 1)


def _common_reach(size: Values) -> float:
    """A scale that suits most channels: 1.4 times the 95th percentile of the median channel."""
    columns = (column[np.isfinite(column)] for column in size.T)
    reaches = [float(np.percentile(column, 95)) for column in columns if len(column)]
    moving = [reach for reach in reaches if reach > 0]
    return 1.4 * float(np.median(moving)) if moving else 1.0


def _scale(raw: tuple[Values, Values], reach: float, unit: str) -> str:
    if not any(np.isfinite(side).any() for side in raw):
        return "no samples"
    low, high = _raw_range(raw)
    ends = f"{words.number(low)} to {words.number(high)}"
    return f"raw {ends}, filtered ±{words.number(reach)} {words.unit(unit)}"


def _flag_words(stream: StreamReport, channel: int) -> str:
    shares = stream.per_channel.share(stream.per_channel.flagged[:, channel])
    told = [
        f"{kind.label} {words.percent(share)}"
        for kind, share in zip(KINDS, shares.tolist(), strict=True)
        if share
    ]
    return "flagged " + words.listing(told) if told else "never flagged"


def _gap_bins(stream: StreamReport) -> npt.NDArray[np.bool_]:
    """(bins,) which lie in a gap: it holds no windows, so nothing in it is flagged."""
    over_time = stream.over_time
    bins = np.zeros(len(over_time.raw_low), bool)
    per_bin = over_time.bin_s * stream.spec.sampling_rate_hz
    for gap in stream.gaps.longest:
        end = gap.start + gap.length
        bins[int(gap.start / per_bin) : int(np.ceil(end / per_bin))] = True
    return bins & np.isnan(over_time.raw_low).all(axis=1)


def _shade_codes(shares: Values) -> npt.NDArray[np.int64]:
    """(bins, kinds) shares to one number a bin: kind and level of its colour; 0 is none."""
    if not len(shares):
        return np.zeros(0, np.int64)
    weighted = shares.astype(np.float64)
    weighted[:, N_ACUTE:] *= 1e-6
    most = weighted.argmax(axis=1)
    share = np.take_along_axis(shares, most[:, None], axis=1)[:, 0]
    level = np.ceil(share.astype(np.float64) * LEVELS).astype(np.int64)
    return np.where(level > 0, (level - 1) * N_KINDS + most + 1, 0)


def _shading(codes: npt.NDArray[np.int64]) -> Iterator[str]:
    for code, commands in sorted(svg.shades(codes, LANE).items()):
        level, k = divmod(code - 1, N_KINDS)
        opacity = (OPACITY if k < N_ACUTE else BACKGROUND_OPACITY) * (level + 1) / LEVELS
        yield svg.path("shade", commands, style=f"{_fill(k)};opacity:{opacity:g}")


def _fill(k: int) -> str:
    return f"fill:{KINDS[k].colour}"


def _spread(n: int, limit: int) -> list[int]:
    if n <= limit:
        return list(range(n))
    return np.linspace(0, n - 1, limit).round().astype(int).tolist()
