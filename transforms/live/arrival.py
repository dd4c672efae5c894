"""The order of arrival back to the order of time: early pieces wait, known ones are left out."""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from transforms.live.ranges import Range, Ranges
from transforms.rows_to_seal import StageTimes

Float64 = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class Piece:
    """Consecutive samples that no piece before held.

    Attributes:
      first_sample: since the packets' epoch began.
      rows: (n, n_channels) in the unit of the engine, at least one.
      times: of the packet.
    """

    first_sample: int
    rows: Float64
    times: StageTimes

    @property
    def stop(self) -> int:
        """The place after the last."""
        return self.first_sample + len(self.rows)

    def part(self, first: int, stop: int) -> Piece:
        """Its samples [first, stop)."""
        rows = self.rows[first - self.first_sample : stop - self.first_sample]
        return Piece(first, rows, self.times)

    def kept(self, first: int, stop: int) -> Piece:
        """As `part`, in memory of its own where it is not the whole: a view would keep all."""
        part = self.part(first, stop)
        whole = len(part.rows) == len(self.rows)
        return part if whole else Piece(first, part.rows.copy(), self.times)


@dataclasses.dataclass(frozen=True)
class Arrival:
    """What became of a packet: `duplicate` and `late` samples, and the pieces now in order."""

    taken: list[Piece]
    duplicate: int = 0
    late: int = 0


class ArrivalOrder:
    """Depends on nothing but the packets in their order, and on `release`.

    Args:
      bound: samples that a place may be missing ahead of.

    Attributes:
      next_sample: the first place that is neither taken nor passed over.
      held: pieces ahead of it, disjoint, by place; all within the bound, but for their length.
      furthest: the first place of the packet that is furthest ahead.
      missing: places passed over.
      n_missing: how many were, ever.
    """

    def __init__(self, bound: int):
        self._bound = bound
        self.next_sample = 0
        self.held: list[Piece] = []
        self.furthest = 0
        self.missing = Ranges()
        self.n_missing = 0

    @property
    def n_held(self) -> int:
        """Samples that wait."""
        return sum(len(piece.rows) for piece in self.held)

    def add(self, piece: Piece) -> Arrival:
        """Takes a packet's samples."""
        if not self.held and piece.first_sample == self.next_sample:  # as nearly always
            self.next_sample = piece.stop
            return Arrival([piece])
        known = min(piece.stop, self.next_sample)
        late = self.missing.take(piece.first_sample, known) if piece.first_sample < known else 0
        n_new, self.furthest = 0, max(self.furthest, piece.first_sample)
        for first, stop in list(self._unknown(max(piece.first_sample, known), piece.stop)):
            n_new += stop - first
            bisect.insort(self.held, piece.kept(first, stop), key=lambda one: one.first_sample)
        duplicate = len(piece.rows) - late - n_new
        return Arrival(list(self._in_order()), duplicate, late)

    def release(self) -> list[Piece]:
        """Everything held, what is missing in front of it passed over."""
        taken = []
        while self.held:
            taken.append(self._take_first())
        return taken

    def _unknown(self, first: int, stop: int) -> Iterator[Range]:
        """The parts of [first, stop) that no piece held has."""
        for piece in self.held:
            if piece.stop <= first:
                continue
            if piece.first_sample >= stop:
                break
            if first < piece.first_sample:
                yield first, piece.first_sample
            first = max(first, piece.stop)
        if first < stop:
            yield first, stop

    def _in_order(self) -> Iterator[Piece]:
        """What is next; of what is missing, only places beyond the bound are passed over.

        One behind them, in front of the next piece held, may still come.
        """
        while self.held:
            first = self.held[0].first_sample
            self._pass_over(min(first, self.furthest - self._bound))
            if first > self.next_sample:
                return
            yield self._take_first()

    def _take_first(self) -> Piece:
        piece = self.held.pop(0)
        self._pass_over(piece.first_sample)
        self.next_sample = piece.stop
        return piece

    def _pass_over(self, until: int) -> None:
        if until > self.next_sample:
            self.missing.add(self.next_sample, until)
            self.n_missing += until - self.next_sample
            self.next_sample = until
