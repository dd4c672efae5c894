"""Where electrodes sit on the head: from the file, else from their names in the 10-05 system."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import mne
import numpy as np
import numpy.typing as npt

from transforms.recordings.plan import Position
from transforms.report.channels import site

Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]

MIN_TO_FIT = 12
"""With fewer positions the middle of the head is taken from anatomy instead of from them."""

MIDDLE_M = (0.0, 0.0, 0.04)  # above the line between the ears, in the coordinates of the head
RIM_DEGREES = 100.0
"""What lies so far from the top of the head is on the circle that is drawn: Fpz, T7 and Oz are
just inside."""


def directions(
    channels: Sequence[str], positions: Sequence[Position | None] | None = None
) -> Float32:
    """Unit vectors from the middle of the head to the electrodes.

    Args:
      channels: n names.
      positions: of the channels, metres (x to the right, y to the front, z up). Where all are
        unknown, the names are looked up.

    Returns:
      (n, 3) float32; NaN where unknown.
    """
    from_file = np.array([p or (np.nan,) * 3 for p in positions or ()], float).reshape(-1, 3)
    if np.isfinite(from_file).all(axis=1).any():
        return _from_middle(from_file).astype(np.float32)
    known = _standard()
    nowhere = np.full(3, np.nan)
    return np.array([known.get(site(name), nowhere) for name in channels], np.float32)


def on_paper(direction: Float32) -> Float64:
    """(n, 3) directions to (n, 2): x to the right and y up, the circle of the head at 1.

    Distances from the top of the head are kept (azimuthal equidistant), as in most scalp maps.
    """
    x, y, z = direction.astype(np.float64).T
    radius = np.degrees(np.arccos(z.clip(-1, 1))) / RIM_DEGREES
    angle = np.arctan2(y, x)
    return np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1)


def from_paper(points: Float64) -> Float64:
    """The inverse of `on_paper`: (n, 2) to (n, 3)."""
    polar = np.radians(np.hypot(points[:, 0], points[:, 1]) * RIM_DEGREES)
    angle = np.arctan2(points[:, 1], points[:, 0])
    across = np.sin(polar)
    return np.stack((across * np.cos(angle), across * np.sin(angle), np.cos(polar)), axis=1)


def _from_middle(positions: Float64) -> Float64:
    known = positions[np.isfinite(positions).all(axis=1)]
    middle = _sphere_middle(known) if len(known) >= MIN_TO_FIT else np.array(MIDDLE_M)
    away = positions - middle
    unit: Float64 = away / np.linalg.norm(away, axis=1, keepdims=True)
    return unit


def _sphere_middle(points: Float64) -> Float64:
    """Of the sphere that fits best: |p|^2 = 2 p.m + constant is linear in m."""
    equations = np.column_stack((2 * points, np.ones(len(points))))
    solution = np.linalg.lstsq(equations, (points**2).sum(axis=1), rcond=None)[0]
    middle: Float64 = solution[:3]
    return middle


@functools.cache
def _standard() -> dict[str, Float64]:
    # The same 343 sites; newer versions of MNE name them after the head they were measured on.
    known = mne.channels.get_builtin_montages()
    name = "colin27_1005" if "colin27_1005" in known else "standard_1005"
    sites = mne.channels.make_standard_montage(name).get_positions()["ch_pos"]
    unit = _from_middle(np.array(list(sites.values())))
    return dict(zip((site(name) for name in sites), unit, strict=True))
