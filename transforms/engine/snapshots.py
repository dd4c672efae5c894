"""An engine's state as bytes: versioned, checked, bounded.

What can be computed again is left out: Fourier sums and most terms follow from the last rows of
the paths, histograms from the bytes they count.
"""

from __future__ import annotations

import dataclasses
import hashlib
import struct
import zlib

import numpy as np

from transforms.engine.errors import SnapshotError
from transforms.engine.kernels import measuring, statistics, thresholds
from transforms.engine.kernels.windows import replay
from transforms.engine.layout import Layout
from transforms.engine.state import State, Workspace, fresh_state

MAGIC = b"NEENGINE"
VERSION = 2  # of this layout and of everything that the kernels read from it
_HEAD = struct.Struct("<8sH16s")
_NUMBERS = struct.Struct("<?qqqqqqq")
_CHECK = struct.Struct("<I")


def dump(layout: Layout, state: State, work: Workspace, *, finished: bool) -> bytes:
    """The state as bytes."""
    rows = [min(wanted, state.filled) for wanted in _rows_wanted(layout)]
    numbers = (
        finished,
        state.window,
        state.window_first,
        state.position,
        state.repeated_samples,
        len(state.pending),
        min(state.unbroken, layout.replayed),
        state.filled,
    )
    parts = [_HEAD.pack(MAGIC, VERSION, _digest(layout)), _NUMBERS.pack(*numbers)]
    parts += [array.tobytes() for array in _fixed_arrays(state)]
    parts.append(state.pending.tobytes())
    for path, n in zip(work.paths, rows, strict=True):
        parts.append(path[state.filled - n : state.filled].tobytes())
    parts += [work.terms[where].tobytes() for where in _carried_terms(layout, state.position)]
    body = b"".join(parts)
    return body + _CHECK.pack(zlib.crc32(body))


def load(layout: Layout, blob: bytes) -> tuple[State, Workspace, bool]:
    """State and workspace out of the bytes.

    Raises:
      SnapshotError: damaged bytes, another version, another stream or other parameters.
    """
    reader = _Reader(_checked_body(layout, blob))
    finished, window, first, position, repeated, n_pending, unbroken, filled = reader.numbers()
    sound = min(position, n_pending, filled, repeated) >= 0 and 0 <= unbroken <= layout.replayed
    if not sound or first < 0:
        raise SnapshotError("snapshot", "impossible counts", "bytes from SignalEngine.snapshot")
    n_channels = layout.spec.n_channels
    state = fresh_state(layout)
    for array in _fixed_arrays(state):
        array[...] = reader.array(array.shape, array.dtype)
    state = dataclasses.replace(
        state,
        window=window,
        window_first=first,
        position=position,
        repeated_samples=repeated,
        pending=reader.array((n_pending, n_channels), np.float64),
        unbroken=unbroken,
        filled=min(filled, layout.history_rows),
    )
    work = Workspace(layout, state)
    for path, wanted in zip(work.paths, _rows_wanted(layout), strict=True):
        n = min(wanted, filled)
        path[state.filled - n : state.filled] = reader.array((n, n_channels), np.float64)
    places = _carried_terms(layout, position)
    carried = [reader.array(work.terms[where].shape, np.float64) for where in places]
    reader.end()
    replay(
        state.history, unbroken, state.filled, position,
        work.paths, state.run, work.terms, work.spectra,
    )  # fmt: skip
    for where, terms in zip(places, carried, strict=True):
        work.terms[where] = terms
    return state, work, finished


def _rows_wanted(layout: Layout) -> tuple[int, int, int]:
    """Rows of wide, main and high that a restored engine needs."""
    features = layout.features
    from_rows = features.time_windows == 0
    time = features.time.n_samples
    longest_lag = int(layout.mains[0][-1])  # the next window's muscle reaches back so far
    return time + 2, layout.history_rows, time if from_rows else longest_lag


def _carried_terms(layout: Layout, position: int) -> list[tuple[np.ndarray, ...]]:
    """Where the terms of the newest windows lie that nothing else says."""
    recent = max(measuring.STEP_WINDOWS, measuring.MUSCLE_WINDOWS, layout.flat_windows)
    long = max(measuring.LONGEST, layout.features.time_windows)
    places = []
    for windows, terms in ((recent, statistics.CARRIED_RECENT), (long, statistics.CARRIED_LONG)):
        slots = np.arange(max(0, position - windows), position) % layout.ring
        places.append(np.ix_(slots, np.array(terms)))
    return places


def _fixed_arrays(state: State) -> tuple[np.ndarray, ...]:
    """Arrays whose shape follows from the stream alone, in the order of the bytes."""
    return (
        state.filters,
        state.run,
        state.railed,
        state.solid,
        state.since,
        state.unsettled,
        state.codes,
        state.kinds,
        state.thresholds,
        state.history,
        state.tracked,
    )


def _digest(layout: Layout) -> bytes:
    """Of the stream and all parameters: a snapshot of anything else is refused."""
    text = f"{layout.spec!r} {layout.profile.parameter_version} {thresholds.MEMORY}"
    return hashlib.sha256(text.encode()).digest()[:16]


def _checked_body(layout: Layout, blob: bytes) -> memoryview:
    if not isinstance(blob, bytes | bytearray | memoryview):
        raise SnapshotError("snapshot", type(blob).__name__, "bytes")
    size = _HEAD.size + _NUMBERS.size + _CHECK.size
    if len(blob) < size or bytes(blob[: len(MAGIC)]) != MAGIC:
        raise SnapshotError("snapshot", f"{len(blob)} bytes", "bytes from SignalEngine.snapshot")
    body, check = memoryview(blob)[: -_CHECK.size], blob[-_CHECK.size :]
    if zlib.crc32(body) != _CHECK.unpack(check)[0]:
        raise SnapshotError("snapshot.crc32", check.hex(), "the checksum of undamaged bytes")
    _, version, digest = _HEAD.unpack_from(body)
    if version != VERSION:
        raise SnapshotError("snapshot.version", version, str(VERSION))
    if digest != _digest(layout):
        raise SnapshotError("snapshot.digest", digest.hex(), "that of this stream's parameters")
    return body[_HEAD.size :]


class _Reader:
    """Takes arrays off the front of the bytes."""

    def __init__(self, body: memoryview):
        self._body = body

    def numbers(self) -> tuple[bool, int, int, int, int, int, int, int]:
        values = _NUMBERS.unpack_from(self._body)
        self._body = self._body[_NUMBERS.size :]
        return values

    def array(self, shape: tuple[int, ...], dtype: np.dtype | type) -> np.ndarray:
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        if size > len(self._body):
            raise SnapshotError("snapshot", "too few bytes", "bytes from SignalEngine.snapshot")
        taken, self._body = self._body[:size], self._body[size:]
        return np.frombuffer(taken, dtype=dtype).reshape(shape).copy()

    def end(self) -> None:
        if len(self._body):
            raise SnapshotError("snapshot", "too many bytes", "bytes from SignalEngine.snapshot")
