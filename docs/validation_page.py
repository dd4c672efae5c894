"""`python -m docs.validation_page`: writes the tables of validation.md and its figures.

The numbers are those that tests/science holds, from the same functions, on real recordings: it
needs the folder of recordings (NEURAL_ENGINE_DATA). `--check` only compares the tables.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from docs import validation_figures
from docs.generate import replaced
from docs.markdown import code, table
from tests.science import body, grip, imagery, rhythms, ssvep

Rows = list[tuple[str, str, str]]

PAGE = Path(__file__).resolve().parent / "validation.md"


def summary() -> str:
    """One row an effect: what is known, and what our windows show."""
    rows = [*_flicker_rows(), *_movement_rows(), *_rhythm_rows(), *_body_rows()]
    linked = [(a, b, f"[{file}](../tests/science/{file})") for a, b, file in rows]
    return table(("what is known to be there", "what our windows show", "held by"), linked)


def _flicker_rows() -> Rows:
    own = [ssvep.stands_out()[hz, hz] for hz in ssvep.STIMULI_HZ]
    at_rest = np.max([ssvep.stands_out()[ssvep.REST, hz] for hz in ssvep.STIMULI_HZ])
    three, four, muse = ssvep.accuracy_of_three(), ssvep.accuracy_of_four(), rhythms.muse()
    return [
        (
            "Flicker at 13, 17 and 21 Hz (SSVEP), 4 occipital channels",
            f"{np.min(own):.1f} to {np.max(own):.1f} times the density beside it; at rest at most"
            f" {at_rest:.1f}",
            "test_ssvep.py",
        ),
        (
            "The same, one trial at a time",
            f"{100 * three:.0f} % of 48 trials right without training (chance 33 %);"
            f" {100 * four:.0f} % of 64 with rest (chance 25 %)",
            "test_ssvep.py",
        ),
        (
            "Flicker at 20 and 30 Hz on a consumer headband, electrode at the occiput",
            f"{muse[20, 20]:.0f} and {muse[30, 30]:.0f} times; at the other frequency"
            f" {muse[20, 30]:.1f} and {muse[30, 20]:.1f}",
            "test_rhythms.py",
        ),
    ]


def _movement_rows() -> Rows:
    beta = grip.change_db("ecog", "beta_power")
    side_db, side_p = imagery.lateralisation("alpha_power")
    changes = [
        f"{name.removesuffix('_power')} at {channel}"
        f" {imagery.desynchronisation(name, channel)[0]:.1f} dB"
        for name in imagery.FEATURES
        for channel in ("C3", "C4")
    ]
    return [
        (
            "A grip suppresses beta in the motor cortex (ECoG, 6 channels, 3 grips)",
            f"{beta.min():.1f} to {beta.max():.1f} dB; p = {grip.chance('ecog', 'beta_power'):.3f}",
            "test_grip.py",
        ),
        (
            "Imagined fists suppress alpha and beta at C3 and C4 (45 trials)",
            ", ".join(changes),
            "test_imagery.py",
        ),
        (
            "... alpha more so opposite to the fist",
            f"{side_db:.1f} dB, p = {side_p:.2f}",
            "test_imagery.py",
        ),
    ]


def _rhythm_rows() -> Rows:
    closed, opened = rhythms.alpha_share("ec"), rhythms.alpha_share("eo")
    _, index, by_chance = rhythms.coupling()
    rows = []
    for what, rhythm in (
        ("Theta in the hippocampus of a rat", rhythms.THETA),
        (
            "Beta in the motor cortex of a patient with Parkinson's disease (ECoG)",
            rhythms.MOTOR_BETA,
        ),
    ):
        hz, decibel = rhythms.peak(rhythm)
        share = 100 * rhythms.share(rhythm)
        shown = f"{decibel:.0f} dB above 1/f at {hz:g} Hz; {share:.0f} % of 1 to 45 Hz"
        rows.append((what, shown, "test_rhythms.py"))
    return [
        *rows,
        (
            "Alpha grows with closed eyes, one electrode (BioSPPy)",
            f"share of 1 to 45 Hz {closed:.3f} closed, {opened:.3f} open",
            "test_rhythms.py",
        ),
        (
            "The amplitude at 80 to 120 Hz follows the phase at 5 to 7 Hz (LFP-1)",
            f"modulation index {index:.3f}; at most {by_chance:.4f} by chance",
            "test_rhythms.py",
        ),
    ]


def _body_rows() -> Rows:
    marked, for_nothing = (
        100 * body.share_active(spans) for spans in (body.CONTRACTIONS_S, body.CALM_S)
    )
    gravity = np.nanmedian(body.acceleration().feature("magnitude"))
    return [
        (
            "Two weak contractions of a muscle (EMG)",
            f"{body.rms_ratio():.1f} times the amplitude at rest; marked {marked:.0f} % of them and"
            f" {for_nothing:.1f} % of rest",
            "test_body.py",
        ),
        ("Gravity", f"{gravity:.2f} g", "test_body.py"),
    ]


def flicker() -> str:
    """Signal-to-noise of each class at each frequency, the median of the occipital channels."""
    heads = [f"{hz} Hz" for hz in (*ssvep.STIMULI_HZ, *(2 * f for f in ssvep.STIMULI_HZ))]
    rows = []
    for looked_at in (ssvep.REST, *ssvep.STIMULI_HZ):
        ratios = [
            f"{np.median(ssvep.stands_out()[looked_at, at_hz]):.1f}"
            for at_hz in (*ssvep.STIMULI_HZ, *(2 * f for f in ssvep.STIMULI_HZ))
        ]
        rows.append(("nothing" if looked_at == ssvep.REST else f"{looked_at} Hz", *ratios))
    return table(("looked at", *heads), rows)


def gripping() -> str:
    """Changes of band power while gripping, and how likely they are by chance."""
    rows = []
    for signal, what in (("ecog", "motor cortex (6)"), ("lfp", "subthalamic nucleus (3)")):
        for feature in ("beta_power", "gamma_power", "high_gamma_power"):
            change = grip.change_db(signal, feature)
            by_grip = grip.change_by_grip_db(signal, feature).mean(axis=1)
            rows.append(
                (
                    what,
                    code(feature),
                    f"{change.mean():+.1f} dB",
                    f"{change.min():+.1f} to {change.max():+.1f}",
                    ", ".join(f"{one:+.1f}" for one in by_grip),
                    f"{grip.chance(signal, feature):.3f}",
                )
            )
    head = ("where (channels)", "feature", "mean", "channels", "the three grips", "p")
    return table(head, rows)


def imagining() -> str:
    """Changes of band power while imagining, and their t."""
    rows = []
    for channel in ("C3", "C4", "Cz", "FC3", "FC4", "Oz"):
        cells = []
        for name in imagery.FEATURES:
            decibel, t = imagery.desynchronisation(name, channel)
            cells += [f"{decibel:+.2f} dB", f"{t:+.1f}"]
        rows.append((channel, *cells))
    sides = []
    for left, right in (("C3", "C4"), ("FC3", "FC4"), ("CP3", "CP4")):
        cells = []
        for name in imagery.FEATURES:
            decibel, p = imagery.lateralisation(name, left, right)
            cells += [f"{decibel:+.2f} dB", f"{p:.3f}"]
        sides.append((f"{left} - {right}", *cells))
    head = ("channel", "alpha", "t", "beta", "t")
    sided = ("left fist less right fist", "alpha", "p", "beta", "p")
    return f"{table(head, rows)}\n\n{table(sided, sides)}"


PARTS: dict[str, Callable[[], str]] = {
    "summary": summary,
    "flicker": flicker,
    "gripping": gripping,
    "imagining": imagining,
}


def is_stale() -> bool:
    """Whether the page's tables differ from what would be written."""
    page = PAGE.read_text()
    return replaced(page, PARTS) != page


def main() -> int:
    """Writes tables and figures, or with --check says whether the tables are stale; 1 if so."""
    parser = argparse.ArgumentParser(prog="python -m docs.validation_page", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    if parser.parse_args().check:
        stale = is_stale()
        print("docs/validation.md is " + ("stale" if stale else "fresh"))
        return int(stale)
    PAGE.write_text(replaced(PAGE.read_text(), PARTS))
    for path in validation_figures.draw_all():
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
