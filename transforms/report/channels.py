"""Which channels are drawn when there is not room for all."""

from __future__ import annotations

import re

import numpy as np

MAX_SHOWN = 16

# Front to back, so that neighbours on the page are neighbours on the head.
_SPREAD = "fp1 fp2 f7 f3 f4 f8 t7 c3 cz c4 t8 p3 pz p4 o1 o2"
_OLD_NAMES = {"t3": "t7", "t4": "t8", "t5": "p7", "t6": "p8"}


def shown_channels(channels: tuple[str, ...]) -> tuple[int, ...]:
    """Positions of at most 16 channels, in the order of drawing.

    All of them where there are no more; 16 sites of the 10-20 system that cover the head where
    they are named; else evenly spaced ones.
    """
    if len(channels) <= MAX_SHOWN:
        return tuple(range(len(channels)))
    sites = {_site(name): at for at, name in reversed(list(enumerate(channels)))}
    spread = tuple(sites[site] for site in _SPREAD.split() if site in sites)
    if len(spread) >= MAX_SHOWN // 2:
        return spread
    return tuple(np.linspace(0, len(channels) - 1, MAX_SHOWN).round().astype(int).tolist())


def _site(name: str) -> str:
    # Files write "EEG Fp1-REF", "Fp1." or "FP1" for the same electrode.
    bare = re.sub(r"^eeg[ _]+|[-_ ](ref|le|ar|avg|m1|m2|a1|a2)$", "", name.casefold().strip())
    bare = bare.strip(". ")
    return _OLD_NAMES.get(bare, bare)
