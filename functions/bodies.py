"""Bodies of requests, read within a bound: neither a long one nor a gzip bomb fills the memory."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable, Callable, Iterable

from functions.problems import ProblemError

_GZIP = 16 + zlib.MAX_WBITS  # zlib's way to ask for a gzip header


class BoundedBody:
    """A body in pieces, inflated as they come.

    Args:
      max_bytes: of the body as it was sent, and of what it inflates to: each is bounded before
        more is read or inflated.
      content_length: the header, or None.
      content_encoding: the header; gzip or nothing.
      claim: told of the size of each piece before it is kept; may raise.

    Raises:
      ProblemError: 413 for one that is or will be too long, 415 for another encoding, 400 for
        what is no gzip or no length.
    """

    def __init__(
        self,
        max_bytes: int,
        content_length: str | None = None,
        content_encoding: str | None = None,
        claim: Callable[[int], None] | None = None,
    ):
        self._max_bytes, self._claim = max_bytes, claim
        self._n_sent = self._n_kept = 0
        self._pieces: list[bytes] = []
        self._check_length(content_length)
        encoding = (content_encoding or "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip"):
            detail = f"content-encoding is {encoding[:40]!r}; expected gzip, or none"
            raise ProblemError(415, "unsupported-encoding", detail, field="content-encoding")
        self._inflater = zlib.decompressobj(_GZIP) if encoding != "identity" else None

    def add(self, piece: bytes) -> None:
        """Takes the next bytes of the request."""
        self._n_sent += len(piece)
        if self._n_sent > self._max_bytes:
            raise self._too_long(f"more than {self._max_bytes} bytes")
        if self._inflater is None:
            self._keep(piece)
            return
        try:
            # One byte beyond the bound is enough to know, and no more is ever inflated.
            self._keep(self._inflater.decompress(piece, self._max_bytes - self._n_kept + 1))
        except zlib.error:
            raise _no_gzip() from None
        if self._inflater.unused_data:
            raise _no_gzip()

    def whole(self) -> bytes:
        """The body, once every piece was added."""
        if self._inflater is not None and not self._inflater.eof:
            raise _no_gzip()
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)

    def _keep(self, piece: bytes) -> None:
        self._n_kept += len(piece)
        if self._n_kept > self._max_bytes:
            raise self._too_long(f"more than {self._max_bytes} bytes once inflated")
        if not piece:
            return
        if self._claim is not None:
            self._claim(len(piece))
        self._pieces.append(piece)

    def _check_length(self, content_length: str | None) -> None:
        if content_length is None:
            return
        if not (content_length.isascii() and content_length.isdigit()):
            detail = "content-length is no number"
            raise ProblemError(400, "malformed-request", detail, field="content-length")
        if len(content_length) > 18 or int(content_length) > self._max_bytes:
            raise self._too_long(f"{content_length[:18]} bytes")

    def _too_long(self, found: str) -> ProblemError:
        detail = f"the body is {found}; expected at most {self._max_bytes}, send it in parts"
        return ProblemError(413, "body-too-large", detail)


async def read_stream(body: BoundedBody, pieces: AsyncIterable[bytes]) -> bytes:
    """A body as ASGI sends it: `request.stream()` of Starlette."""
    async for piece in pieces:
        body.add(piece)
    return body.whole()


def read_file(body: BoundedBody, pieces: Iterable[bytes]) -> bytes:
    """A body as WSGI sends it: for instance `iter(lambda: request.stream.read(65536), b"")`."""
    for piece in pieces:
        body.add(piece)
    return body.whole()


def media_type(content_type: str | None) -> str:
    """A content type without its parameters, in lower case.

    >>> media_type("Application/JSON; charset=utf-8")
    'application/json'
    """
    return (content_type or "").partition(";")[0].strip().lower()


def _no_gzip() -> ProblemError:
    detail = "the body is not one whole gzip stream, as content-encoding says it is"
    return ProblemError(400, "malformed-body", detail, field="content-encoding")
