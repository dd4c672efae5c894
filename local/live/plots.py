"""Answers as drawings: lines along time, bars by name; text stays outside the drawing."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from local.live.queries import Answer, Plot, Row, StageLatency
from transforms.report import svg, words

WIDTH, LANE, BAR = 1000, 60, 14
MAX_LANES = 16


@dataclasses.dataclass(frozen=True)
class Lane:
    """One row of a figure: its name, its numbers, its drawing, and the drawing told in words."""

    name: str
    scale: str
    drawing: Markup
    alternative: str


@dataclasses.dataclass(frozen=True)
class Drawn:
    """A figure.

    Attributes:
      css: class of its lanes.
      ticks: (place from 0 to 1, label) below them.
    """

    css: str
    lanes: tuple[Lane, ...]
    ticks: tuple[tuple[float, str], ...] = ()


def draw(answer: Answer) -> Drawn | None:
    """An answer's figure; None where it is only a table, or empty."""
    if not answer.rows or answer.question.plot is None:
        return None
    if answer.question.plot is Plot.BARS:
        return _bars(answer.rows, answer.question.unit)
    return _lines(answer.rows, answer.question.unit)


def waterfall(stages: Sequence[StageLatency]) -> Drawn:
    """For each stage a bar to its median, a paler one to p95 and a line to p99."""
    longest = max((stage.p99_ms for stage in stages), default=1.0) or 1.0
    lanes = []
    for stage in stages:
        ends = [
            max(0.0, value) / longest * WIDTH
            for value in (stage.p50_ms, stage.p95_ms, stage.p99_ms)
        ]
        parts = [
            _box(ends[1], "fill:#b9c7da"),
            _box(ends[0], "fill:#0b1a33"),
            svg.path("line", f"M{ends[1]:.1f} {BAR // 2}H{ends[2]:.1f}"),
        ]
        scale = f"p50 {_ms(stage.p50_ms)}, p95 {_ms(stage.p95_ms)}, p99 {_ms(stage.p99_ms)}"
        drawing = svg.figure(WIDTH, BAR, parts)
        lanes.append(Lane(stage.stage, scale, drawing, f"{stage.stage}: {scale}"))
    return Drawn("stage", tuple(lanes), _ticks(longest, " ms"))


def _bars(rows: Sequence[Row], unit: str) -> Drawn:
    longest = max((float(row["value"]) for row in rows), default=1.0) or 1.0
    lanes = []
    for row in rows[:MAX_LANES]:
        value = float(row["value"])
        drawing = svg.figure(WIDTH, BAR, [_box(value / longest * WIDTH, "fill:#0b1a33")])
        name, scale = words.safe(str(row["name"])), f"{words.number(value)} {unit}".rstrip()
        lanes.append(Lane(name, scale, drawing, f"{name}: {scale}"))
    return Drawn("stage", tuple(lanes))


def _lines(rows: Sequence[Row], unit: str) -> Drawn:
    names = sorted({str(row["name"]) for row in rows})[:MAX_LANES]
    begin = min(float(row["x"]) for row in rows)
    span = max(float(row["x"]) for row in rows) - begin or 1.0
    lanes = []
    for name in names:
        points = [(float(row["x"]), float(row["value"])) for row in rows if row["name"] == name]
        across, values = np.array(sorted(points)).T
        low, high = float(values.min()), float(values.max())
        down = svg.scaled(values, low, high, LANE - 4) + 2
        commands = svg.polyline((across - begin) / span * WIDTH, down)
        ends = f"{words.number(low)} to {words.number(high)} {unit}".rstrip()
        drawing = svg.figure(WIDTH, LANE, [svg.path("line", commands)])
        lanes.append(Lane(words.safe(name), ends, drawing, f"{name}: {ends}"))
    return Drawn("one", tuple(lanes), tuple(words.ticks(0, span)))


def _box(length: float, style: str) -> str:
    return svg.path("box", f"M0 0H{length:.1f}V{BAR}H0z", style=style) if length > 0 else ""


def _ticks(longest: float, unit: str) -> tuple[tuple[float, str], ...]:
    return tuple(
        (part, f"{words.number(part * longest)}{unit}") for part in (0, 0.25, 0.5, 0.75, 1)
    )


def _ms(value: float) -> str:
    return f"{words.number(value)} ms"
