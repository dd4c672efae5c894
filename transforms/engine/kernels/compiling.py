"""How kernels are compiled, and where the result is kept.

numba keeps compiled code by the source file of the function that is called, and does not notice
when a function that it calls, in another file, has changed. So the cache's directory is named after
the sources of all kernels: a changed kernel is compiled anew, a stale one is never run.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
from collections.abc import Callable
from typing import Any

import numba

_HERE = pathlib.Path(__file__).parent


def sources_digest() -> str:
    """Of the sources of all kernels, and of the flags that they are compiled with bits of."""
    digest = hashlib.sha256()
    for path in [*sorted(_HERE.glob("*.py")), _HERE.parent / "flags.py"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def cache_directory() -> pathlib.Path:
    """NUMBA_CACHE_DIR, or beside the sources, or (where those are read-only) the user's cache."""
    configured = os.environ.get("NUMBA_CACHE_DIR")
    if configured:
        base = pathlib.Path(configured)
    elif os.access(_HERE, os.W_OK):
        base = _HERE / "__pycache__"
    else:
        base = pathlib.Path.home() / ".cache" / "neural-engine"
    return base / sources_digest()


_DIRECTORY = str(cache_directory())


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiles on first call, keeps the result: IEEE arithmetic, no reassociation, no GIL."""
    before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, _DIRECTORY
    try:
        return numba.njit(cache=True, error_model="numpy", nogil=True)(function)
    finally:
        numba.config.CACHE_DIR = before
