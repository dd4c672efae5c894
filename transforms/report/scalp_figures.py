"""Maps of band power on the scalp: alpha large, with names, the others small beside it."""

from __future__ import annotations

import dataclasses

import numpy as np

from transforms.engine import BY_NAME
from transforms.report import png, words
from transforms.report.scalp import can_be_mapped, scalp_map
from transforms.report.spectrum_figures import Panel
from transforms.report.summary import StreamReport

FIRST = "alpha_power"
MIN_DECADES = 0.1  # a map that is the same all over is not blown up to look as if it were not


@dataclasses.dataclass(frozen=True)
class ScalpMaps:
    """One large map and some small ones, each with its own scale.

    Attributes:
      n_placed: channels of known place.
    """

    large: Panel
    small: list[Panel]
    n_placed: int


def scalp_maps(stream: StreamReport) -> ScalpMaps | None:
    """Mean band power of each electrode; None where places or powers are not known."""
    panels = {
        name: _panel(stream, k, named=name == FIRST)
        for k, name in enumerate(stream.over_time.trend_names)
        if name.endswith("_power")
        and can_be_mapped(stream.directions, stream.over_time.channel_trend[:, k])
    }
    large = panels.pop(FIRST, None)
    if large is None or stream.directions is None:
        return None
    placed = int(np.isfinite(stream.directions[:, 0]).sum())
    return ScalpMaps(large, list(panels.values()), placed)


def _panel(stream: StreamReport, k: int, *, named: bool) -> Panel:
    assert stream.directions is not None  # `can_be_mapped` has seen to that
    name = stream.over_time.trend_names[k]
    with np.errstate(divide="ignore"):
        logs = np.log10(stream.over_time.channel_trend[:, k].astype(np.float64))
    logs[~np.isfinite(stream.directions[:, 0]) | ~np.isfinite(logs)] = np.nan
    least, most = int(np.nanargmin(logs)), int(np.nanargmax(logs))
    low, high = _range(logs)
    unit = words.unit(BY_NAME[name].unit)
    ends = [words.number(10 ** logs[at]) for at in (least, most)]
    names = [words.safe(stream.spec.channels[at]).strip(". ") for at in (least, most)]
    drawing = scalp_map(
        stream.spec.channels, stream.directions, (logs - low) / (high - low), png.POWER, named=named
    )
    told = (
        f"{words.feature(name)} seen from above, nose up: least on {names[0]}, {ends[0]} {unit};"
        f" most on {names[1]}, {ends[1]} {unit}"
    )
    scale = f"{words.number(10**low)} to {words.number(10**high)} {unit}"
    return Panel(f"{words.feature(name)}: {scale}", drawing, told)


def _range(logs: np.ndarray) -> tuple[float, float]:
    """Colours are for most electrodes: one bad one does not make the others look alike."""
    low, high = np.nanpercentile(logs, (2, 98)).tolist()
    pad = max(0.0, MIN_DECADES - (high - low)) / 2
    return low - pad, high + pad
