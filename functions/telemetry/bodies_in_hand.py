"""How much memory the bodies of posts take, all together; beyond a bound posts are put off."""

from __future__ import annotations

from types import TracebackType

from functions.problems import ProblemError


class BodiesInHand:
    """A gauge that every piece of every body moves, up as it comes and down when it is done."""

    def __init__(self, most_bytes: int):
        self._most_bytes, self._bytes = most_bytes, 0

    @property
    def fullness(self) -> float:
        """0 for none, 1 for no more."""
        return self._bytes / self._most_bytes

    def claim(self) -> Claim:
        """For one body: `with gauge.claim() as claim`."""
        return Claim(self)

    def _move(self, n_bytes: int) -> None:
        if n_bytes > 0 and self._bytes + n_bytes > self._most_bytes:
            detail = "too many posts are under way here; send it again later"
            raise ProblemError(429, "too-busy", detail, retry_after_s=1)
        self._bytes += n_bytes


class Claim:
    """What one body takes; given back at the end of the block."""

    def __init__(self, gauge: BodiesInHand):
        self._gauge, self._bytes = gauge, 0

    def __enter__(self) -> Claim:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._gauge._move(-self._bytes)

    def add(self, n_bytes: int) -> None:
        """More of the body came.

        Raises:
          ProblemError: 429, the bound is reached.
        """
        self._gauge._move(n_bytes)
        self._bytes += n_bytes
