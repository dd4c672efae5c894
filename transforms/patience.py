"""Waiting for keys that cannot be read just now: an outage holds back, and loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from google.api_core import exceptions
from google.api_core.retry import Retry

from security.errors import KeyServiceUnavailableError, KeysetStoreUnavailableError

T = TypeVar("T")

_OUTAGES = (KeyServiceUnavailableError, KeysetStoreUnavailableError)
RETRY_S = 600.0


def patiently(attempt: Callable[[], T], retry_s: float = RETRY_S) -> T:
    """What an attempt returns, made again while the keys cannot be reached.

    Args:
      retry_s: for so long; then the last error is raised, and the runner repeats the bundle.
    """
    try:  # nearly always; making a `Retry` takes longer than opening a packet
        return attempt()
    except _OUTAGES:
        pass
    retry = Retry(predicate=lambda error: isinstance(error, _OUTAGES), timeout=retry_s)
    try:
        return retry(attempt)()
    except exceptions.RetryError as error:
        raise error.cause or error from None
