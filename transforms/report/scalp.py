"""Values on the scalp: a map seen from above, the nose up."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt
from markupsafe import Markup, escape

from transforms.report import png
from transforms.report.electrodes import from_paper, on_paper

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]

MIN_TO_DRAW, MIN_TO_FILL = 3, 8
"""Fewer electrodes are not a map; with fewer than eight, what lies between them is a guess."""

REACH_DEGREES = 35.0
"""Nothing is drawn further from every electrode: neighbours of the 10-20 system are 36 to 40 apart,
so all is drawn between them, but no forehead is made up from eight electrodes at the occiput."""

PIXELS = 96
MAX_NAMED = 72
VIEW = 126  # the circle of the head is at 100; TP9 and the like lie outside of it
LEGENDRE_TERMS, STIFFNESS, SMOOTHING = 30, 4, 1e-5  # as Perrin et al. 1989

_HEAD = (
    '<path class="head" d="M-9 -99.6L0 -114L9 -99.6"/>'
    '<path class="head" d="M-99 -18q-10 -6 -11 8q1 22 5 26q3 4 6 1"/>'
    '<path class="head" d="M99 -18q10 -6 11 8q-1 22 -5 26q-3 4 -6 1"/>'
    '<circle class="head" r="100"/>'
)


def can_be_mapped(directions: Float32 | None, values: npt.NDArray[np.floating]) -> bool:
    """Whether enough electrodes have a place and a value."""
    if directions is None:
        return False
    return bool((np.isfinite(directions[:, 0]) & np.isfinite(values)).sum() >= MIN_TO_DRAW)


def scalp_map(
    names: tuple[str, ...],
    directions: Float32,
    values: npt.NDArray[np.floating],
    palette: png.Palette,
    *,
    named: bool,
) -> Markup:
    """A drawing of values between 0 and 1; what it shows is told by the element around it.

    Args:
      names: n of the electrodes; they may hold anything.
      directions: (n, 3) of `electrodes.directions`.
      values: (n,); NaN is not drawn.
      named: whether names are written where there is room.
    """
    there = np.isfinite(directions[:, 0]) & np.isfinite(values)
    at, shown = on_paper(directions[there]) * 100, values[there].astype(np.float64)
    box = f"{-VIEW} {-VIEW} {2 * VIEW} {2 * VIEW}"
    parts = [f'<svg viewBox="{box}" aria-hidden="true">']
    if there.sum() >= MIN_TO_FILL:
        field = png.picture(field_on_paper(directions[there], shown), palette)
        parts.append(f'<image x="-100" y="-100" width="200" height="200" href="{field}"/>')
    parts.append(_HEAD)
    filled = len(shown) >= MIN_TO_FILL
    for (x, y), value in zip(at.tolist(), shown.clip(0, 1).tolist(), strict=True):
        inside = filled and np.hypot(x, y) <= 100
        look = 'r="1.8"' if inside else f'r="4.5" style="fill:{palette.colour(value)}"'
        parts.append(f'<circle class="site" cx="{x:.1f}" cy="{-y:.1f}" {look}/>')
    if named and len(at) <= MAX_NAMED:
        parts += [
            _name(x, y, names[k]) for (x, y), k in zip(at, np.flatnonzero(there), strict=True)
        ]
    return Markup("".join(parts) + "</svg>")


def _name(x: float, y: float, name: str) -> str:
    short = escape(name.strip(". ")[:6])
    return f'<text x="{x:.1f}" y="{8.4 - y:.1f}">{short}</text>'


def field_on_paper(directions: Float32, values: Float64) -> Float64:
    """(PIXELS, PIXELS) values inside the head, the first row in front.

    NaN outside, and where no electrode is within `REACH_DEGREES`. Spherical splines; what they
    guess beyond the range of the values is cut off.
    """
    sites = directions.astype(np.float64)
    constant, weights = _fit(sites, values)
    field = np.full((PIXELS, PIXELS), np.nan)
    inside, near, basis = _pixels(sites.tobytes())
    drawn = (basis @ weights + constant).clip(values.min(), values.max())
    field[inside] = np.where(near, drawn, np.nan)
    return field


def spline(sites: Float64, values: Float64, points: Float64) -> Float64:
    """Interpolates values between places on the unit sphere (Perrin et al. 1989).

    Args:
      sites: (n, 3) unit vectors.
      values: (n,).
      points: (m, 3) unit vectors.

    Returns:
      (m,).
    """
    constant, weights = _fit(sites, values)
    found: Float64 = _g(points @ sites.T) @ weights + constant
    return found


def _fit(sites: Float64, values: Float64) -> tuple[float, Float64]:
    """The spline's constant and the weight of each site, equation (2) of Perrin et al. 1989."""
    n = len(sites)
    system = np.ones((n + 1, n + 1))
    system[:n, :n] = _g(sites @ sites.T) + SMOOTHING * np.eye(n)
    system[n, n] = 0.0
    solution = np.linalg.lstsq(system, np.append(values, 0.0), rcond=None)[0]
    return float(solution[n]), solution[:n]


@functools.lru_cache(maxsize=2)  # the maps of a page share their electrodes
def _pixels(sites: bytes) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], Float64]:
    """Which pixels are inside of the head, which (m,) of these are near a site, and their basis.

    The basis is (m, n), of each site at each pixel inside.
    """
    middles = (np.arange(PIXELS) + 0.5) / PIXELS * 2 - 1
    x, y = np.meshgrid(middles, -middles)
    inside = np.hypot(x, y) <= 1
    points = from_paper(np.stack((x[inside], y[inside]), axis=1))
    cosines = points @ np.frombuffer(sites).reshape(-1, 3).T
    near = cosines.max(axis=1) >= np.cos(np.radians(REACH_DEGREES))
    # No table of the series instead: the weights are large, and rounding would show as grain.
    return inside, near, _g(cosines)


def _g(cosines: Float64) -> Float64:
    """The spline's basis, equation (3) of Perrin et al. 1989."""
    degree = np.arange(1, LEGENDRE_TERMS + 1)
    terms = (2 * degree + 1) / (degree * (degree + 1.0)) ** STIFFNESS / (4 * np.pi)
    series: Float64 = np.polynomial.legendre.legval(
        cosines.clip(-1, 1), np.concatenate(([0.0], terms))
    )
    return series
