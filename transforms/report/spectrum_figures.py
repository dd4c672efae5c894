"""The figures of frequency: spectrogram, median spectrum, and the spectrum of each channel."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from transforms.report import frequencies, png, svg, words
from transforms.report.spectra import Spectra
from transforms.report.summary import StreamReport

Values = npt.NDArray[np.floating]
Ticks = list[tuple[float, str]]

WIDTH, TALL, SMALL = 1000, 220, 90
SPECTROGRAM_ROWS = 192
CHANGE_DB = 9.0  # an eighth to eight times
MAX_DECADES = 6.0
BAND_COLOURS = ("#eef1f4", "#e0e6ec")  # neighbours are told apart without meaning anything
WORTH_TELLING_DB = 3.0


@dataclasses.dataclass(frozen=True)
class Plot:
    """A picture with both axes: places are shares of width and height, 0 left or at the top."""

    drawing: Markup | str  # an svg element, or the address of an image
    across: Ticks
    down: Ticks
    alternative: str
    bands: list[tuple[float, float, str]] = dataclasses.field(default_factory=list)
    low: str = ""
    high: str = ""


@dataclasses.dataclass(frozen=True)
class Panel:
    """A small plot of many: all of them have the same axes."""

    name: str
    drawing: Markup
    alternative: str


@dataclasses.dataclass(frozen=True)
class _Axes:
    """Where frequencies and densities (log10) lie on a drawing."""

    across: Values
    low: float
    high: float

    def down(self, logs: Values, height: int) -> Values:
        return svg.scaled(logs, self.low, self.high, height)


def spectrogram(stream: StreamReport, spectra: Spectra) -> Plot:
    """Time across, frequency up; colour is the density of the filtered signal."""
    logs = spectra.spectrogram.astype(np.float64)
    low, high = np.nanpercentile(logs, (2, 99.5)).tolist()
    high = max(high, low + 1e-3)
    edges = spectra.edges_hz.astype(np.float64)
    group = _rows(spectra)
    picture = png.picture(((logs - low) / (high - low)).T[group], png.POWER)
    span_s = len(logs) * spectra.bin_s
    unit = density_unit(stream)
    ends = [f"{words.number(10**end)} {unit}" for end in (low, high)]
    return Plot(
        drawing=picture,
        across=words.ticks(0, span_s),
        down=[(1 - at, label) for at, label in frequencies.ticks(edges)],
        alternative=(
            f"Spectrogram: {words.duration(span_s)} across, {edges[0]:.3g} to {edges[-1]:.3g} Hz"
            f" upwards, colours from {ends[0]} to {ends[1]}."
        ),
        low=ends[0],
        high=ends[1],
    )


def relative_spectrogram(stream: StreamReport, spectra: Spectra) -> Plot:
    """The same against the recording's own median at each frequency: what comes and goes."""
    logs = spectra.spectrogram.astype(np.float64)
    change = (logs - np.nanmedian(logs, axis=0)) * 10
    group = _rows(spectra)
    picture = png.picture((change / CHANGE_DB / 2 + 0.5).T[group], png.CHANGE)
    span_s = len(logs) * spectra.bin_s
    return Plot(
        drawing=picture,
        across=words.ticks(0, span_s),
        down=[(1 - at, label) for at, label in frequencies.ticks(spectra.edges_hz)],
        alternative=(
            "Spectrogram relative to the median of each frequency, colours from"
            f" {words.number(-CHANGE_DB)} to {words.number(CHANGE_DB)} dB:"
            f" {_loudest(change, spectra)}."
        ),
        low=f"{words.number(-CHANGE_DB)} dB",
        high=f"{words.number(CHANGE_DB)} dB",
    )


def _rows(spectra: Spectra) -> npt.NDArray[np.int64]:
    """The group of each row of a spectrogram, the highest frequency first."""
    edges = spectra.edges_hz.astype(np.float64)
    middles = np.geomspace(edges[-1], edges[0], 2 * SPECTROGRAM_ROWS + 1)[1::2]
    found: npt.NDArray[np.int64] = np.searchsorted(edges, middles, side="right") - 1
    return found


def _loudest(change: Values, spectra: Spectra) -> str:
    column = np.nan_to_num(change).mean(axis=1)
    at_s = float(column.argmax()) * spectra.bin_s
    return f"most above it, {words.number(float(column.max()))} dB, at {words.duration(at_s)}"


def median_spectrum(stream: StreamReport, spectra: Spectra) -> Plot | None:
    """Raw against filtered: medians over channels, and the range of most of them."""
    raw, filtered = _logs(spectra)
    if not np.isfinite(filtered).any():
        return None
    axes = _axes(spectra)
    lowest, low, middle, high, highest = np.nanpercentile(filtered, (0, 10, 50, 90, 100), axis=0)
    raw_middle = np.nanmedian(raw, axis=0)
    many = len(spectra.channels) > 4
    edges = (low, high) if many else (lowest, highest)
    ribbon = svg.ribbon(axes.across, axes.down(edges[1], TALL), axes.down(edges[0], TALL))
    placed = frequencies.bands(stream.over_time.trend_names, spectra.edges_hz)
    parts = [
        *_shaded(placed, TALL),
        svg.path("ribbon", ribbon),
        svg.path("raw", svg.polyline(axes.across, axes.down(raw_middle, TALL))),
        svg.path("line", svg.polyline(axes.across, axes.down(middle, TALL))),
    ]
    return Plot(
        drawing=svg.figure(WIDTH, TALL, parts),
        across=frequencies.ticks(spectra.edges_hz),
        down=_decades(axes),
        alternative=f"Median over {words.count(len(spectra.channels), 'channel')}: "
        + _told(spectra, raw_middle, middle, density_unit(stream), placed),
        bands=[(low, high, words.band(name)) for low, high, name in placed],
    )


def channel_spectra(stream: StreamReport, spectra: Spectra, picked: list[int]) -> list[Panel]:
    """One small plot for each of these positions in the stream's channels, where followed."""
    raw, filtered = _logs(spectra)
    axes = _axes(spectra)
    placed = frequencies.bands(stream.over_time.trend_names, spectra.edges_hz)
    panels = []
    for channel in picked:
        at = spectra.channels.index(channel)
        name = words.safe(stream.spec.channels[channel])
        if not np.isfinite(filtered[at]).any():
            panels.append(Panel(name, svg.figure(WIDTH, SMALL, []), f"{name}: no clean second"))
            continue
        parts = [
            *_shaded(placed, SMALL),
            svg.path("raw", svg.polyline(axes.across, axes.down(raw[at], SMALL))),
            svg.path("line", svg.polyline(axes.across, axes.down(filtered[at], SMALL))),
        ]
        told = _told(spectra, raw[at], filtered[at], density_unit(stream), placed)
        panels.append(Panel(name, svg.figure(WIDTH, SMALL, parts), f"{name}: {told}"))
    return panels


def density_unit(stream: StreamReport) -> str:
    """Of power spectral densities."""
    return words.unit(f"{stream.unit}^2/Hz")


def density_range(stream: StreamReport, spectra: Spectra) -> str:
    """What the height of all small plots stands for."""
    axes = _axes(spectra)
    ends = (words.number(10**axes.low), words.number(10**axes.high))
    return f"{ends[0]} to {ends[1]} {density_unit(stream)}"


def _logs(spectra: Spectra) -> tuple[Values, Values]:
    with np.errstate(divide="ignore"):
        logs = (np.log10(side.astype(np.float64)) for side in (spectra.raw, spectra.filtered))
        raw, filtered = (np.where(np.isfinite(side), side, np.nan) for side in logs)
    return raw, filtered


def _axes(spectra: Spectra) -> _Axes:
    """The same for all plots of a stream, so that they can be compared."""
    raw, filtered = _logs(spectra)
    edges = spectra.edges_hz.astype(np.float64)
    places = [frequencies.place(hz, edges) for hz in frequencies.centres_hz(edges).tolist()]
    both = np.concatenate((raw, filtered))
    if not np.isfinite(both).any():
        return _Axes(np.array(places) * WIDTH, -1.0, 1.0)
    low, high = np.nanpercentile(both, (0.5, 99.9)).tolist()
    low = max(low, high - MAX_DECADES)
    return _Axes(np.array(places) * WIDTH, np.floor(low * 2) / 2, np.ceil(high * 2) / 2 + 1e-9)


def _decades(axes: _Axes) -> Ticks:
    whole = range(int(np.ceil(axes.low)), int(np.floor(axes.high)) + 1)
    return [((axes.high - k) / (axes.high - axes.low), words.number(10.0**k)) for k in whole]


def _shaded(placed: list[tuple[float, float, str]], height: int) -> Iterator[str]:
    for k, (low, high, _) in enumerate(placed):
        left, width = round(low * WIDTH), round((high - low) * WIDTH)
        commands = f"M{left} 0h{width}v{height}h-{width}z"
        yield svg.path("shade", commands, style=f"fill:{BAND_COLOURS[k % 2]}")


def _told(
    spectra: Spectra,
    raw: Values,
    filtered: Values,
    unit: str,
    placed: list[tuple[float, float, str]],
) -> str:
    """A spectrum in words: its bands, and where the filter took most."""
    hz = frequencies.centres_hz(spectra.edges_hz)
    edges = spectra.edges_hz.astype(np.float64)
    parts = []
    for low, high, name in placed:
        inside = [low <= frequencies.place(f, edges) < high for f in hz.tolist()]
        values = filtered[np.array(inside, bool)]
        if np.isfinite(values).any():
            mean = words.number(float(np.nanmean(10**values)))
            parts.append(f"{words.band(name)} {mean}")
    if not parts and np.isfinite(filtered).any():
        most = int(np.nanargmax(filtered))
        parts.append(
            f"most at {words.number(float(hz[most]))} Hz, {words.number(10 ** filtered[most])}"
        )
    text = f"{words.listing(parts)} {unit}"
    above = hz >= 5  # below, the high-pass takes drift, as it should
    lost = np.where(above & np.isfinite(raw - filtered), raw - filtered, 0.0) * 10
    if lost.max(initial=0.0) >= WORTH_TELLING_DB:
        at = int(lost.argmax())
        text += (
            f"; the filter takes {words.number(float(lost[at]))} dB"
            f" at {words.number(float(hz[at]))} Hz"
        )
    return text
