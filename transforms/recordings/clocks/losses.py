"""How a lost packet is told from a late one, by time stamps that jitter.

The lag of a row is its stamp minus its number times the period. A delay lets the lag rise, and fall
again when what was held back arrives in a burst; a loss lets it rise for good. So the low lags (the
tenth percentile, which delays do not reach) of the two seconds before a row, back to the last loss,
and of the two seconds after it are compared. Where they have risen by half a packet, by more than
the level usually wanders, and by more than chance lets it (all times `_SIGNIFICANT`), whole packets
are missing. The row of the loss is the one that leaves the least distance between the lags and the
median of their side; it is as exact as the jitter allows.

A clock that was set back is no loss; one that was set forward cannot be told from a loss. Losses
less than a quarter of a second apart are one of their sum, and up to two seconds apart may be.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

LEVEL_S = 2.0
"""Of rows on either side whose low lags are compared."""

_LOW = 0.1  # quantile
_SIGNIFICANT = 6.0
_MAD_TO_SD = 1.4826
_ROWS_LOOKED_AT = 600  # of each side


def rows_in(seconds: float, period_s: float) -> int:
    """Whole rows, at least one."""
    return max(1, round(seconds / period_s))


def low_level(lags: Float64) -> float:
    """The low lags; of a long stretch, every so many rows are looked at."""
    lags = lags[:: max(1, len(lags) // _ROWS_LOOKED_AT)]
    k = int(_LOW * len(lags))
    return float(np.partition(lags, k)[k])


def stretches_without_loss(
    lags: Float64, period_s: float, packet: int, least_s: float = 0.0
) -> list[tuple[int, int, int]]:
    """Rows that follow each other without a loss.

    Args:
      lags: (n,) seconds, n > 0.
      period_s: of the nominal rate, in which losses are counted.
      packet: samples that are lost together.
      least_s: what is shorter is no loss.

    Returns:
      (first row, row after, samples missing in front of it) of each stretch, in order.
    """
    wide = rows_in(LEVEL_S, period_s)
    hop = max(1, round(_LOW * wide / 2))  # so few rows of the other side do not move the level
    wander_s, chance_s = _doubt_s(lags, wide)
    rise_s = max(packet * period_s / 2, wander_s, least_s)
    pieces, begin, missing = [], 0, 0
    for row in range(hop, len(lags), hop):
        if row <= begin:
            continue
        before, after = lags[max(begin, row - wide) : row], lags[row : row + wide]
        by_chance_s = chance_s / math.sqrt(min(len(before), len(after)))
        if low_level(after) - low_level(before) <= max(rise_s, by_chance_s):
            continue
        first = _first_after_loss(lags, before, max(begin + 1, row - hop), row + wide)
        before, after = lags[max(begin, first - wide) : first], lags[first : first + wide]
        lost = packet * round((low_level(after) - low_level(before)) / (packet * period_s))
        if lost > 0:
            pieces.append((begin, first, missing))
            begin, missing = first, lost
    return [*pieces, (begin, len(lags), missing)]


def _first_after_loss(lags: Float64, before: Float64, low: int, high: int) -> int:
    """The row from `low` to `high` at which the lags rose.

    It leaves the least distance between the rows and the middle of their side.
    """
    wide = high - low
    after = lags[min(high, max(low, len(lags) - wide // 4)) :][:wide]
    around = lags[low:high]
    cost = np.abs(around - np.median(before)) - np.abs(around - np.median(after))
    return low + int(np.argmin(np.concatenate([[0.0], np.cumsum(cost)[:-1]])))


def _doubt_s(lags: Float64, wide: int) -> tuple[float, float]:
    """How far apart levels are without a loss.

    Of two long stretches; and by chance, to be divided by the root of the rows on the shorter side.
    """
    stretches = [lags[low : low + wide] for low in range(0, max(1, len(lags) - wide + 1), wide)]
    spreads = [float(np.quantile(rows, 1 - _LOW)) - low_level(rows) for rows in stretches]
    steps = np.diff([low_level(rows) for rows in stretches])
    wander = np.median(np.abs(steps - np.median(steps))) if len(steps) > 1 else 0.0
    return _SIGNIFICANT * _MAD_TO_SD * float(wander), _SIGNIFICANT * float(np.median(spreads))
