"""Which channels are drawn, or followed closely, when there is not room for all."""

from __future__ import annotations

import re

import numpy as np

MAX_SHOWN = 16
MAX_FOLLOWED = 64

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
    sites = {site(name): at for at, name in reversed(list(enumerate(channels)))}
    spread = tuple(sites[name] for name in _SPREAD.split() if name in sites)
    if len(spread) >= MAX_SHOWN // 2:
        return spread
    return _evenly(len(channels), MAX_SHOWN)


def followed_channels(channels: tuple[str, ...]) -> tuple[int, ...]:
    """Positions of at most 64 channels, ascending, those shown among them."""
    if len(channels) <= MAX_FOLLOWED:
        return tuple(range(len(channels)))
    chosen = dict.fromkeys(shown_channels(channels))
    chosen |= dict.fromkeys(_evenly(len(channels), MAX_FOLLOWED))
    return tuple(sorted(list(chosen)[:MAX_FOLLOWED]))


def site(name: str) -> str:
    """An electrode's site in lower case, however a file writes it.

    >>> site("EEG Fp1-REF"), site("Fc5."), site("T3")
    ('fp1', 'fc5', 't7')
    """
    bare = re.sub(r"^eeg[ _]+|[-_ ](ref|le|ar|avg|m1|m2|a1|a2)$", "", name.casefold().strip())
    bare = bare.strip(". ")
    return _OLD_NAMES.get(bare, bare)


def _evenly(n: int, limit: int) -> tuple[int, ...]:
    return tuple(np.linspace(0, n - 1, limit).round().astype(int).tolist())
