"""Compiles every kernel, or loads it from the cache, before the first sample is waiting.

`python -c "from transforms.engine import warm_up; warm_up()"` fills the cache of a machine or an
image.
"""

from __future__ import annotations

import numpy as np

from transforms.engine.engine import SignalEngine
from transforms.engine.spec import StreamSpec


def warm_up() -> None:
    """Half a minute on the first call on a machine; half a second a process after that."""
    for signal in ("eeg", "acc"):  # all other kinds run through the kernels of one of them
        spec = StreamSpec(signal, 250, ("Cz",))
        engine = SignalEngine(spec)
        engine.push(0, np.zeros((1000, 1)))
        SignalEngine.restore(spec, engine.snapshot())
