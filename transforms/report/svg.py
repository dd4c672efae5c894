"""SVG that stretches to any width: text stays outside, so that it can be read on a phone.

Every figure has a view box of one unit a bin (or sample) across and is drawn without a fixed
aspect ratio. Nothing from a recording but numbers enters these strings.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

Values = npt.NDArray[np.floating]


def figure(width: float, height: int, parts: Iterable[str]) -> Markup:
    """An svg element; what it shows is told by the element around it."""
    return Markup(
        f'<svg viewBox="0 0 {width:g} {height}" preserveAspectRatio="none" aria-hidden="true">'
        + "".join(parts)
        + "</svg>"
    )


def path(css_class: str, commands: str, *, y: int = 0, style: str = "") -> str:
    """A path, moved down by y; nothing where there are no commands."""
    if not commands:
        return ""
    moved = f' transform="translate(0 {y})"' if y else ""
    styled = f' style="{style}"' if style else ""
    return f'<path class="{css_class}"{moved}{styled} d="{commands}"/>'


def scaled(values: Values, low: float, high: float, height: int) -> Values:
    """Values as distances from the top of a lane of `height`, cut off at its edges."""
    span = high - low if high > low else 1.0
    return np.rint((high - values.astype(np.float64)).clip(0, span) / span * height)


def envelope(low: Values, high: Values) -> str:
    """Commands for a band between two lines, already scaled; broken where they are NaN.

    One vertical stroke a bin, each starting where the last one ended, so that a slow wave does
    not fall apart.
    """
    commands = []
    for start, end in _present(np.isfinite(low)):
        bottom, top = (side[start:end].astype(int).tolist() for side in (low, high))
        strokes = (f"L{x} {b}V{t}" for x, b, t in zip(range(start, end), bottom, top, strict=True))
        commands.append(f"M{start} {bottom[0]}" + "".join(strokes))
    return "".join(commands)


def line(values: Values) -> str:
    """Commands for a line through one value a unit, already scaled; broken at NaN."""
    commands = []
    for start, end in _present(np.isfinite(values)):
        level = values[start:end].astype(int)
        steps = np.diff(level).tolist()
        relative = "".join(f"l1 {step}" if step else "h1" for step in steps) or "h1"
        commands.append(f"M{start} {level[0]}{relative}")
    return "".join(commands)


def polyline(across: Values, down: Values) -> str:
    """Commands for a line through points, already scaled; broken where they are NaN."""
    commands = []
    for start, end in _present(np.isfinite(down)):
        points = zip(_whole(across[start:end]), _whole(down[start:end]), strict=True)
        commands.append("M" + "L".join(f"{x} {y}" for x, y in points))
    return "".join(commands)


def ribbon(across: Values, top: Values, bottom: Values) -> str:
    """Commands for the area between two lines, already scaled; broken where one is NaN."""
    commands = []
    for start, end in _present(np.isfinite(top) & np.isfinite(bottom)):
        x, y, back = (_whole(side[start:end]) for side in (across, top, bottom))
        points = [*zip(x, y, strict=True), *zip(x[::-1], back[::-1], strict=True)]
        commands.append("M" + "L".join(f"{a} {b}" for a, b in points) + "z")
    return "".join(commands)


def bars(heights: Values, height: int) -> str:
    """Commands for bars of 0 to 1 that stand on the lane's floor."""
    top = height - np.ceil(np.nan_to_num(heights) * height).astype(int)
    if (top == height).all():
        return ""
    steps = (f"V{top[start]}h{end - start}" for start, end in _same(top))
    return f"M0 {height}" + "".join(steps) + f"V{height}z"


def shades(codes: npt.NDArray[np.int64], height: int) -> dict[int, str]:
    """Commands for full-height stretches of equal code, by code; 0 is left out."""
    commands: dict[int, str] = {}
    for start, end in _same(codes):
        code = int(codes[start])
        if code:
            stretch = f"M{start} 0h{end - start}v{height}h-{end - start}z"
            commands[code] = commands.get(code, "") + stretch
    return commands


def _whole(values: Values) -> list[int]:
    whole: list[int] = np.rint(values).astype(int).tolist()
    return whole


def _present(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    return [(start, end) for start, end in _same(mask) if mask[start]]


def _same(values: npt.NDArray[np.generic]) -> list[tuple[int, int]]:
    if not len(values):
        return []
    edges = np.flatnonzero(values[1:] != values[:-1]) + 1
    bounds = [0, *edges.tolist(), len(values)]
    return list(itertools.pairwise(bounds))
