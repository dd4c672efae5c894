"""Where electrodes are on the head, so that a blink is frontal and alpha occipital."""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

DEFAULT_CHANNELS = ("Fp1", "Fp2", "C3", "C4", "P3", "P4", "O1", "O2")

# The 10-10 system on a unit sphere (Jurcak et al. 2007): x to the right ear, y to the nose, z up.
# The midline and the rim (72 degrees from the vertex) are cut into steps of 18 degrees; the row
# of electrodes between a rim electrode and the midline lies on the great circle that joins them.
_RIM_DEGREES = 72.0
_MIDLINE = {"Fpz": 72, "AFz": 54, "Fz": 36, "FCz": 18, "Cz": 0, "CPz": -18, "Pz": -36}
_MIDLINE |= {"POz": -54, "Oz": -72}
_RIM = ("Fp1", "AF7", "F7", "FT7", "T7", "TP7", "P7", "PO7", "O1")  # left, from the front
_RIM_RIGHT = ("Fp2", "AF8", "F8", "FT8", "T8", "TP8", "P8", "PO8", "O2")
# Each row: its rim electrode on the left, its midline electrode, and what its names begin with.
_ROWS = (
    ("AF7", "AFz", "AF"),
    ("F7", "Fz", "F"),
    ("FT7", "FCz", "FC"),
    ("T7", "Cz", "C"),
    ("TP7", "CPz", "CP"),
    ("P7", "Pz", "P"),
    ("PO7", "POz", "PO"),
)
_OLD_NAMES = {"T3": "T7", "T4": "T8", "T5": "P7", "T6": "P8"}
_NEXT = ("F7", "F8", "F3", "F4", "T7", "T8", "P7", "P8", "Fz", "Cz", "Pz", "Oz")
_COMMON = (*DEFAULT_CHANNELS, *_NEXT)


def on_sphere(from_vertex_degrees: float, azimuth_degrees: float) -> Float64:
    """(3,) float64: the place so far from the vertex, azimuth 0 at the nose and 90 at the left."""
    polar, azimuth = math.radians(from_vertex_degrees), math.radians(azimuth_degrees)
    return np.array(
        [
            -math.sin(polar) * math.sin(azimuth),
            math.sin(polar) * math.cos(azimuth),
            math.cos(polar),
        ]
    )


def channel_names(n_channels: int) -> tuple[str, ...]:
    """The first `n_channels` names: the usual 20 first, then the rest of 10-10, then E<number>."""
    known = [*_COMMON, *(name for name in _places() if name not in _COMMON)]
    known = [name for name in known if name not in _OLD_NAMES]
    more = [f"E{number}" for number in range(len(known) + 1, n_channels + 1)]
    return tuple([*known, *more][:n_channels])


def positions(channels: tuple[str, ...]) -> Float64:
    """(n_channels, 3) float64, on the unit sphere; unknown names spread over the upper half."""
    places = _places()
    by_lower_case = {name.lower(): place for name, place in places.items()}
    rows = [by_lower_case.get(name.lower()) for name in channels]
    return np.array([_spiral(i) if row is None else row for i, row in enumerate(rows)])


def falloff(places: Float64, source: Float64, length: float) -> Float64:
    """How much of a source each electrode sees: exp(-distance / length), (n_channels,) in (0, 1].

    Args:
      places: (n_channels, 3), on the unit sphere.
      source: (3,), a point near it.
      length: in head radii (about 9 cm).
    """
    distance = np.sqrt(((places - source) ** 2).sum(axis=1))
    return np.exp(-distance / length)


@functools.cache
def _places() -> dict[str, Float64]:
    places = {
        name: on_sphere(abs(degrees), 0.0 if degrees >= 0 else 180.0)
        for name, degrees in _MIDLINE.items()
    }
    for step, (left, right) in enumerate(zip(_RIM, _RIM_RIGHT, strict=True), start=1):
        places[left] = on_sphere(_RIM_DEGREES, 18.0 * step)
        places[right] = on_sphere(_RIM_DEGREES, -18.0 * step)
    for rim, middle, row in _ROWS:
        for share, odd in ((0.25, 1), (0.5, 3), (0.75, 5)):
            place = _between(places[middle], places[rim], share)
            places[f"{row}{odd}"] = place
            places[f"{row}{odd + 1}"] = place * np.array([-1.0, 1.0, 1.0])
    return places | {old: places[new] for old, new in _OLD_NAMES.items()}


def _between(start: Float64, end: Float64, share: float) -> Float64:
    angle = math.acos(float((start * end).sum()))
    place = math.sin((1 - share) * angle) * start + math.sin(share * angle) * end
    return np.asarray(place / math.sin(angle))


def _spiral(number: int) -> Float64:
    """The golden-angle spiral: any number of points, no two close to each other."""
    height = 1.0 - ((number + 0.5) * 0.7548776662 % 1.0) * 0.8
    return on_sphere(math.degrees(math.acos(height)), number * 137.50776405 % 360.0)
