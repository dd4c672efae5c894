"""OpenBCI's sample index, counted on: which samples were lost, swapped or sent twice.

How boards count (OpenBCI GUI, PacketLossTracker): the Cyton 0 to 255; with a Daisy two packets make
a row, so it counts by twos, even or odd; a Ganglion sends two samples a packet, under one number
from 0 or 1 to 100 (with accelerometer) or from 101 to 200 (without), the older firmware with a
single sample numbered 0; over Wi-Fi 0 to 200, one each.

The index is believed, with the time stamps to tell what it cannot: whole turns that were lost, and
a board that was started again. A loss is never negative.
"""

from __future__ import annotations

import dataclasses
import enum
import itertools
import math

import numpy as np
import numpy.typing as npt

from transforms.recordings.clocks.losses import low_level, rows_in
from transforms.recordings.plan import Run

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]

_SWAP = 8  # samples that one may be behind its place and still be only late, by the index alone
_SENT_AGAIN = 64  # and where the stamps say that hardly any time has passed
_STAMPS_AGREE_S = 0.25  # rows arrive in groups
_STAMPS_FIT_S = 0.05
_LEVEL_S = 1.0  # of rows on either side whose stamps tell how much time has passed


class Board(enum.Enum):
    """Boards by how they count."""

    CYTON = "Cyton"
    DAISY = "Cyton with Daisy"
    GANGLION = "Ganglion"


@dataclasses.dataclass(frozen=True, eq=False)
class PlacedRows:
    """Rows in the order of their samples.

    Attributes:
      order: (n,) rows of the file; fewer than it has where samples came twice.
      runs: unbroken stretches of `order`.
      n_swapped: rows that stood behind a later sample.
      n_twice: rows whose sample had come before; the first one counts.
      n_restarts: times the index jumped by what no loss explains.
    """

    order: Int64
    runs: tuple[Run, ...]
    n_swapped: int
    n_twice: int
    n_restarts: int


def place_by_counter(index: Int64, stamps_s: Float64, rate_hz: float, board: Board) -> PlacedRows:
    """Places rows by their sample index.

    Args:
      index: (n,) as the file holds it, n > 0.
      stamps_s: (n,) seconds, NaN where there is none.
    """
    positions, turn = _positions(np.where((index < 0) | (index > 255), 0, index), board)
    positions = _mended(positions, turn)
    steps = np.diff(positions) % turn
    aheads = steps.copy()
    n_restarts = 0
    lags = stamps_s * rate_hz - np.arange(len(index))
    odd = (steps != 1) | (np.diff(lags) > turn / 2)  # or a whole turn was lost
    for row in np.flatnonzero(odd).tolist():
        elapsed = 1 + _risen(lags, row + 1, rate_hz)
        is_first = int(positions[row + 1]) <= 1
        aheads[row], is_restart = _ahead(int(steps[row]), turn, elapsed, rate_hz, is_first)
        n_restarts += is_restart
    return _in_order(np.concatenate([[0], np.cumsum(aheads)]), n_restarts)


def _risen(lags: Float64, row: int, rate_hz: float) -> float:
    """Samples by which the stamps are later from `row` on; a burst after a delay does not count."""
    wide = rows_in(_LEVEL_S, 1 / rate_hz)
    before, after = lags[max(0, row - wide) : row], lags[row : row + wide]
    before, after = before[np.isfinite(before)], after[np.isfinite(after)]
    if len(before) == 0 or len(after) == 0:
        return math.nan
    return low_level(after) - low_level(before)


def _positions(index: Int64, board: Board) -> tuple[Int64, int]:
    """Place of each index within one turn of the counter, and samples in a turn."""
    if board is Board.DAISY:
        return index // 2, 128
    if board is Board.CYTON:
        return index, 256
    again = np.concatenate([[False], index[1:] == index[:-1]])
    if again.mean() < 0.25:
        return index, 201  # over Wi-Fi
    second = again & ~np.concatenate([[False], again[:-1]])
    within = np.where(index > 100, index - 100, index)
    pairs_of_zero = bool((again & (index == 0)).any()) or not (index == 0).any()
    if pairs_of_zero:
        return 2 * (within % 100) + second, 200
    return np.where(within == 0, 0, 2 * within - 1 + second), 201


def _mended(positions: Int64, turn: int) -> Int64:
    """Positions, with a single wrong one between two that fit put right."""
    mended = positions.copy()
    fits_around = (positions[2:] - positions[:-2]) % turn == 2
    wrong = fits_around & ((positions[1:-1] - positions[:-2]) % turn != 1)
    mended[1:-1][wrong] = (positions[:-2][wrong] + 1) % turn
    return mended


def _ahead(
    step: int, turn: int, elapsed: float, rate_hz: float, is_first: bool
) -> tuple[int, bool]:
    """Samples from one row to the next, and whether the board was started again.

    Args:
      step: by the index, from 0 to `turn` - 1.
      elapsed: samples, by the stamps.
      is_first: the index is one at which a board starts.
    """
    if not math.isfinite(elapsed):
        return (step - turn if step > turn - _SWAP else step), False
    agree = _STAMPS_AGREE_S * rate_hz
    if step > turn - _SENT_AGAIN and elapsed < agree:
        return step - turn, False
    by_index = step + turn * max(0, round((elapsed - step) / turn))
    # A loss ends at such an index too, but seldom, and then fits better than by chance.
    if is_first and step != 1 and elapsed > agree:
        agree = _STAMPS_FIT_S * rate_hz
    if abs(by_index - elapsed) <= agree:
        return by_index, False
    return max(1, round(elapsed)), True


def _in_order(places: Int64, n_restarts: int) -> PlacedRows:
    _, first_of = np.unique(places, return_index=True)
    kept = places[first_of]
    breaks = np.flatnonzero(np.diff(kept) != 1) + 1
    edges = [0, *breaks.tolist(), len(kept)]
    runs = tuple(
        Run(int(kept[low] - kept[0]), low, high - low) for low, high in itertools.pairwise(edges)
    )
    return PlacedRows(
        order=first_of,
        runs=runs,
        n_swapped=int((np.diff(first_of) < 0).sum()),
        n_twice=len(places) - len(kept),
        n_restarts=n_restarts,
    )
