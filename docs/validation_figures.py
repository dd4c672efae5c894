"""The figures of validation.md, as SVG that stays the same as long as the numbers do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np

from tests.science import grip, rhythms, ssvep

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FIGURES = Path(__file__).resolve().parent / "figures"
BLUE, ORANGE, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#777777"  # Okabe and Ito 2008
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text: small, and can be searched
    "svg.hashsalt": "neural-engine",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "white",
    "path.simplify_threshold": 0.5,
}


def draw_all() -> list[Path]:
    """Writes every figure; returns the files."""
    matplotlib.use("Agg")
    FIGURES.mkdir(exist_ok=True)
    drawn = {"ssvep": _ssvep, "grip": _grip, "rhythms": _rhythms, "coupling": _coupling}
    paths = []
    for name, draw in drawn.items():
        with matplotlib.rc_context(STYLE):
            figure = draw()
            path = FIGURES / f"{name}.svg"
            figure.savefig(path, metadata={"Date": None, "Creator": None}, bbox_inches="tight")
        paths.append(path)
    return paths


def _panels(n: int, width: float, height: float, **kwargs: Any) -> tuple[Figure, list[Axes]]:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, n, figsize=(width, height), layout="constrained", **kwargs)
    return figure, list(np.atleast_1d(axes))


def _ssvep() -> Figure:
    figure, axes = _panels(4, 9.0, 2.3, sharey=True)
    for panel, looked_at in zip(axes, (ssvep.REST, *ssvep.STIMULI_HZ), strict=True):
        hz, density = ssvep.mean_spectrum(looked_at)
        shown = (hz >= 5) & (hz <= 45)
        occipital = density[:, ssvep.trials().occipital].mean(axis=1)
        panel.plot(hz[shown], 10 * np.log10(occipital[shown]), color=BLUE, linewidth=0.9)
        for at_hz in ssvep.STIMULI_HZ:
            is_own = at_hz == looked_at
            panel.axvline(at_hz, color=ORANGE if is_own else GREY, linewidth=0.8, alpha=0.6)
        panel.set_title("rest" if looked_at == ssvep.REST else f"looking at {looked_at} Hz")
        panel.set_xlabel("Hz")
    axes[0].set_ylabel("dB re 1 uV²/Hz")
    return figure


def _grip() -> Figure:
    figure, axes = _panels(2, 7.0, 2.5)
    for panel, signal, title in zip(
        axes, ("ecog", "lfp"), ("ECoG", "subthalamic LFP"), strict=True
    ):
        for feature, colour in (("beta_power", BLUE), ("high_gamma_power", ORANGE)):
            at_s, decibel = grip.around_onsets_db(signal, feature)
            mean, spread = decibel.mean(axis=1), decibel.std(axis=1)
            label = feature.removesuffix("_power").replace("_", " ")
            panel.plot(at_s, mean, color=colour, label=label)
            panel.fill_between(at_s, mean - spread, mean + spread, color=colour, alpha=0.15)
        panel.axvline(0, color=GREY, linewidth=0.8)
        panel.axhline(0, color=GREY, linewidth=0.5)
        panel.set_title(title)
        panel.set_xlabel("s after the grip's onset")
    axes[0].set_ylabel("dB re before")
    axes[0].legend(frameon=False)
    return figure


def _rhythms() -> Figure:
    figure, axes = _panels(2, 7.0, 2.5)
    titles = ("rat hippocampus", "motor cortex, Parkinson's disease")
    for panel, rhythm, title in zip(axes, (rhythms.THETA, rhythms.MOTOR_BETA), titles, strict=True):
        hz, density = rhythms.spectrum(rhythm)
        shown = (hz >= 2) & (hz <= 100)
        panel.loglog(hz[shown], density[shown], color=BLUE, linewidth=0.9)
        panel.axvspan(*rhythm.band_hz, color=ORANGE, alpha=0.15, linewidth=0)
        panel.set_title(f"{title}: {rhythm.band}")
        panel.set_xlabel("Hz")
    axes[0].set_ylabel("uV²/Hz (as stored)")
    return figure


def _coupling() -> Figure:
    figure, (panel,) = _panels(1, 3.6, 2.3)
    profile, index, _ = rhythms.coupling()
    degrees = np.linspace(-170, 170, rhythms.N_PHASES)
    panel.bar(degrees, profile, width=18, color=GREEN)
    panel.axhline(1, color=GREY, linewidth=0.8)
    panel.set_xlabel("phase at 5-7 Hz, degrees")
    panel.set_ylabel("amplitude at 80-120 Hz")
    panel.set_title(f"modulation index {index:.3f}")
    return figure
