"""The figures around markers: courses of the features, and maps of where they change."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from transforms.engine import BY_NAME, WINDOW_NS
from transforms.report import png, svg, words
from transforms.report.marker_locked import (
    BEFORE,
    SPAN,
    STEP,
    STEP_S,
    Course,
    MarkerAverage,
    MarkerLocked,
)
from transforms.report.scalp import can_be_mapped, scalp_map
from transforms.report.spectrum_figures import Panel
from transforms.report.summary import StreamReport
from transforms.report.trends import is_logarithmic

Values = npt.NDArray[np.floating]

WIDTH, HEIGHT = 1000, 120
BEFORE_S = BEFORE * WINDOW_NS / 1e9
LEAST_REACH = 1.0  # a change of less than a decibel is not blown up to look like one
MAPPED = ("alpha_power", "beta_power")
DB = 10.0


@dataclasses.dataclass(frozen=True)
class MarkerFigure:
    """All that is drawn for one kind of marker."""

    title: str
    count: str
    panels: list[Panel]
    maps: list[Panel]
    reach: str


def marker_figures(stream: StreamReport) -> list[MarkerFigure]:
    """One for each kind of marker that is frequent enough."""
    locked = stream.marker_locked
    return [_figure(stream, locked, average) for average in locked.averages]


def ticks() -> list[tuple[float, str]]:
    """Seconds from the marker: (place, label)."""
    span_s = SPAN * WINDOW_NS / 1e9
    return [((s + BEFORE_S) / span_s, f"{words.number(s)} s") for s in (-2, 0, 2, 4, 6)]


def look_backs(stream: StreamReport) -> str:
    """How far back the values around markers reach: "0.5 s beta, 1 s theta and alpha"."""
    by_length: dict[float, list[str]] = {}
    for name in stream.marker_locked.trend_names:
        label = words.band(name) if name.endswith("_power") else words.feature(name)
        by_length.setdefault(float(BY_NAME[name].look_back_s), []).append(label)
    return ", ".join(
        f"{length_s:g} s {words.listing(labels)}" for length_s, labels in sorted(by_length.items())
    )


def _figure(stream: StreamReport, locked: MarkerLocked, average: MarkerAverage) -> MarkerFigure:
    panels, reaches = [], []
    for k, name in enumerate(locked.trend_names):
        if average.n_used[k] and any(np.isfinite(c.mean).any() for c in average.courses[k]):
            reaches.append(_reach(average.courses[k], _factor(name)))
    shared = max((reach for reach in reaches), default=LEAST_REACH)
    all_logs = all(is_logarithmic(name) for name in locked.trend_names)
    for k, name in enumerate(locked.trend_names):
        courses = average.courses[k]
        if not any(np.isfinite(course.mean).any() for course in courses):
            continue
        reach = shared if all_logs else _reach(courses, _factor(name))
        panels.append(_panel(stream, name, courses, reach))
    return MarkerFigure(
        title=words.safe(average.description) or "(no text)",
        count=f"{average.n_markers:,} in the recording, up to {max(average.n_used):,} averaged",
        panels=panels,
        maps=_maps(stream, locked, average),
        reach=f"±{words.number(shared)} dB" if all_logs else "",
    )


def _panel(stream: StreamReport, name: str, courses: tuple[Course, ...], reach: float) -> Panel:
    factor, unit = _factor(name), change_unit(name)
    x = (np.arange(len(courses[0].mean)) + 0.5) / len(courses[0].mean) * WIDTH
    onset = round(WIDTH * BEFORE / (STEP * len(courses[0].mean)))
    parts = [svg.path("axis-line", f"M{onset} 0V{HEIGHT}M0 {HEIGHT // 2}H{WIDTH}")]
    told = []
    for course, css in zip(courses, ("all", "best"), strict=False):
        mean, error = course.mean * factor, course.error * factor
        top, middle, bottom = (
            svg.scaled(side, -reach, reach, HEIGHT) for side in (mean + error, mean, mean - error)
        )
        parts.append(svg.path(f"ribbon {css}", svg.ribbon(x, top, bottom)))
        parts.append(svg.path(f"line {css}", svg.polyline(x, middle)))
        told.append(f"{_whose(stream, course)} {_extreme(mean, error, unit)}")
    label = words.feature(name)
    best = f", {_whose(stream, courses[1])} in orange" if len(courses) > 1 else ""
    scale = f" (±{words.number(reach)} {unit}".rstrip() + ")" if not is_logarithmic(name) else ""
    drawing = svg.figure(WIDTH, HEIGHT, parts)
    return Panel(f"{label}{best}{scale}", drawing, f"{label}: {words.listing(told)}")


def _maps(stream: StreamReport, locked: MarkerLocked, average: MarkerAverage) -> list[Panel]:
    if stream.directions is None:
        return []
    channels = list(locked.channels)
    directions = stream.directions[channels]
    names = tuple(stream.spec.channels[at] for at in channels)
    maps = []
    for name in MAPPED:
        if name not in locked.trend_names:
            continue
        change = average.response[locked.trend_names.index(name)].astype(np.float64) * DB
        if not can_be_mapped(directions, change):
            continue
        reach = max(LEAST_REACH, float(np.nanmax(np.abs(change))))
        least, most = int(np.nanargmin(change)), int(np.nanargmax(change))
        told = (
            f"{words.feature(name)} 1 to 4 s after the marker: from"
            f" {words.number(change[least])} dB on {words.safe(names[least])} to"
            f" {words.number(change[most])} dB on {words.safe(names[most])}"
        )
        drawing = scalp_map(names, directions, change / reach / 2 + 0.5, png.CHANGE, named=False)
        maps.append(Panel(f"{words.feature(name)}, ±{words.number(reach)} dB", drawing, told))
    return maps


def change_unit(name: str) -> str:
    """The unit in which a change of a feature is told."""
    return "dB" if is_logarithmic(name) else words.unit(BY_NAME[name].unit)


def _factor(name: str) -> float:
    if not is_logarithmic(name):
        return 1.0
    return DB if name.endswith("_power") else 2 * DB  # of amplitudes, the power is the square


def _reach(courses: tuple[Course, ...], factor: float) -> float:
    ends = [np.abs(c.mean) + np.nan_to_num(c.error) for c in courses if np.isfinite(c.mean).any()]
    return max([LEAST_REACH if factor > 1 else 1e-9, *(factor * float(np.nanmax(e)) for e in ends)])


def _whose(stream: StreamReport, course: Course) -> str:
    if course.channel is None:
        return "mean of channels"
    return words.safe(stream.spec.channels[course.channel]).strip(". ")


def _extreme(mean: Values, error: Values, unit: str) -> str:
    after = np.nan_to_num(mean[BEFORE // STEP :])
    at = int(np.abs(after).argmax())
    value = words.number(float(after[at]))
    spread = words.number(float(error[BEFORE // STEP + at]))
    return f"{value} ± {spread} {unit} at {at * STEP_S + STEP_S / 2:.1f} s"
