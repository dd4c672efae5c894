"""Trigger channels to markers: a number is sent for a while, and then zero or another number."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

import mne
import numpy as np
import numpy.typing as npt

from transforms.recordings.plan import Marker, Notice, Run
from transforms.recordings.reader import quiet_mne
from transforms.recordings.times import sample_ns

BIOSEMI_BITS = 0xFFFF
"""Of the Status channel: the trigger inputs. Above them stand battery, speed mode and restarts."""

_LARGEST = 2.0**53
_ROWS_AT_ONCE = 1 << 20
_MAX_BUSY = 0.1  # of the samples: a channel that changes more often is no trigger channel
_FEW = 20  # changes that are believed in a recording of a second too

_COMPOSITE = ("STI101", "STI 101", "STI201", "STI 014", "STI014")
"""Of MEG systems: the channel that holds the sum of all the others, best first."""

Int64 = npt.NDArray[np.int64]


def trigger_names(names: Sequence[str]) -> list[str]:
    """Of several trigger channels, those that do not repeat each other."""
    composite = [name for name in _COMPOSITE if name in names]
    return composite[:1] or list(names)


def trigger_changes(pieces: Iterable[npt.NDArray]) -> tuple[Int64, Int64]:
    """Rows at which a trigger channel changes to a number other than 0, and that number.

    What it shows at the very start is no change.

    Args:
      pieces: consecutive values, (n,) each; what is no number of 53 bits: 0.
    """
    rows, values = [], []
    reached, last = 0, None
    for piece in pieces:
        finite = np.where(np.abs(piece) < _LARGEST, piece, 0)  # False for NaN
        numbers = np.round(finite).astype(np.int64)
        if len(numbers) == 0:
            continue
        before = np.concatenate([numbers[:1] if last is None else [last], numbers[:-1]])
        found = np.flatnonzero((numbers != before) & (numbers != 0))
        rows.append(found + reached)
        values.append(numbers[found])
        reached, last = reached + len(numbers), numbers[-1]
    none = np.empty(0, np.int64)
    return np.concatenate([none, *rows]), np.concatenate([none, *values])


def trigger_markers(
    name: str,
    pieces: Iterable[npt.NDArray],
    *,
    runs: Sequence[Run],
    start_ns: int,
    rate_hz: Fraction,
    prefix: str = "",
) -> tuple[list[Marker], list[Notice]]:
    """Markers of one trigger channel, described by the number; a notice where it is none.

    Args:
      pieces: its stored values, as `trigger_changes`.
      runs: where the stored rows belong in the stream.
      prefix: of the description.
    """
    rows, values = trigger_changes(pieces)
    n_rows = sum(run.n_samples for run in runs)
    if len(rows) > max(_FEW, _MAX_BUSY * n_rows):
        detail = f"it changes {len(rows)} times in {n_rows} samples: no markers are taken from it"
        return [], [Notice("no_trigger", detail, name)]
    begins = [run.file_sample for run in runs]
    markers = []
    for row, value in zip(rows.tolist(), values.tolist(), strict=True):
        run = runs[max(0, bisect.bisect_right(begins, row) - 1)]
        place = run.first_sample + row - run.file_sample
        markers.append(Marker(sample_ns(start_ns, place, rate_hz), 0, f"{prefix}{value}"))
    return markers, []


def mne_trigger_markers(
    path: str,
    raw: mne.io.BaseRaw,
    names: Sequence[str],
    *,
    runs: Sequence[Run],
    start_ns: int,
    rate_hz: Fraction,
    bits: int | None = None,
) -> tuple[list[Marker], list[Notice]]:
    """Markers of the trigger channels of a file that MNE has opened, read in pieces.

    Args:
      bits: those of each value that count; None: all.

    Raises:
      RecordingError: MNE gave up on the way.
    """
    markers, notices = [], []
    names = trigger_names(names)
    for name in names:
        pieces = _pieces(path, raw, name, bits)
        prefix = f"{name}/" if len(names) > 1 else ""
        found, told = trigger_markers(
            name, pieces, runs=runs, start_ns=start_ns, rate_hz=rate_hz, prefix=prefix
        )
        markers += found
        notices += told
    return markers, notices


def _pieces(path: str, raw: mne.io.BaseRaw, name: str, bits: int | None) -> Iterator[npt.NDArray]:
    pick = [raw.ch_names.index(name)]
    for start in range(0, raw.n_times, _ROWS_AT_ONCE):
        with quiet_mne(path):
            values = raw.get_data(picks=pick, start=start, stop=start + _ROWS_AT_ONCE)[0]
        yield values if bits is None else values.astype(np.int64) & bits
