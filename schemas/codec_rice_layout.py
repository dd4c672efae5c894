"""What the RICE codec's two sides agree on, and how their kernels are compiled."""

from __future__ import annotations

import hashlib
import os
import pathlib
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

PARTITION = 128
"""Residuals that share a Rice parameter."""
ESCAPE = 20
"""A quotient of so many or more is not written; the residual follows in 32 bits instead."""
ALL_ZERO = 31
"""In place of a Rice parameter: every residual of the partition is 0."""
TAP_BITS = 5
"""Taps are multiples of 1/32."""

_HERE = pathlib.Path(__file__).parent


def _cache_directory() -> str:
    """Named after the sources: numba would not notice that a function in another file changed."""
    digest = hashlib.sha256()
    cells = _HERE / "cell_kernels.py", _HERE / "float_grid.py"
    for path in sorted([*_HERE.glob("codec_rice*.py"), *cells]):
        digest.update(path.read_bytes())
    if configured := os.environ.get("NUMBA_CACHE_DIR"):
        base = pathlib.Path(configured)
    elif os.access(_HERE, os.W_OK):
        base = _HERE / "__pycache__"
    else:
        base = pathlib.Path.home() / ".cache" / "neural-engine"
    return str(base / digest.hexdigest()[:16])


_DIRECTORY = _cache_directory()


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiles on first call, keeps the result; sums of floats are not reordered."""
    before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, _DIRECTORY
    try:
        return numba.njit(cache=True, error_model="numpy", nogil=True)(function)
    finally:
        numba.config.CACHE_DIR = before


@compiled
def wrapped(value):
    """Modulo 2**32, as a signed number."""
    return np.int64(np.int32(value))
