"""Rows of windows and signals in Bigtable: keys, ranges, qualifiers and cell times.

A row is one bucket of one epoch of a stream: `tenant#session#stream#epoch#reversed-bucket`. The
random session spreads the writes; an epoch is one contiguous range, its newest bucket first; `#`
sorts before every character of an id, so that no range reaches into another stream. A column is
named after the windows of its cell, newest first too. A cell's time is its revision.
"""

from __future__ import annotations

import dataclasses
import re

from schemas.archive import EpochPlace
from schemas.bigtable_tables import BigtableTable
from schemas.errors import SchemaError
from schemas.ids import SESSION_WIDTH, TENANT_WIDTH, check_session_id, check_tenant_id

WINDOW_FAMILY = "windows"
SIGNAL_FAMILY = "signal"
WINDOWS = BigtableTable("windows", (WINDOW_FAMILY, SIGNAL_FAMILY))

STREAM_FAMILY = "stream"
STREAMS = BigtableTable("streams", (STREAM_FAMILY,))

WINDOW_NS = 50_000_000
WINDOWS_PER_S = 20
BUCKET_WINDOWS = (1200, 600, 400, 300, 240, 200, 120, 100, 80, 60, 40, 20, 10, 5, 4, 2, 1)
"""Lengths of a bucket, the longest first: whole parts of a minute, then of a second."""

MAX_ROW_BYTES = 10_000_000
_BYTES_PER_CHANNEL_WINDOW = 64 * 8  # of features; more than any signal kind has
_BYTES_PER_PAIR_WINDOW = 8 * 8
_BYTES_PER_SAMPLE = 9  # what does not compress is stored as float64, and a bit says it is there

_MILLISECOND_US = 1000  # the finest cell time that Bigtable keeps
_MAX_REVISION = 10**12
_BUCKET_ORIGIN = 500_000_000_000  # windows from 1970; 792 years either way, in 12 digits
_BUCKET_DIGITS, _EPOCH_DIGITS, _OFFSET_DIGITS, _SPAN_DIGITS = 12, 6, 4, 2
_KEY = re.compile(
    rf"(?P<tenant>[a-z0-9]{{{TENANT_WIDTH}}})#(?P<session>[0-9a-f]{{{SESSION_WIDTH}}})"
    rf"#(?P<stream>[a-z0-9]{{1,24}})#(?P<epoch>[0-9]{{{_EPOCH_DIGITS}}})"
    rf"#(?P<bucket>[0-9]{{{_BUCKET_DIGITS}}})"
)


@dataclasses.dataclass(frozen=True)
class RowPlace:
    """What a row key says; not whose it is, which no key tells.

    Args:
      first_window: of the bucket, a number on the 50 ms grid since 1970.
    """

    tenant: str
    session: str
    stream: str
    epoch: int
    first_window: int


def bucket_windows(n_channels: int, rate_hz: float, n_pairs: int = 0) -> int:
    """Windows of a bucket: a minute, or less where a row could pass 10 MB.

    It follows from what a stream is, not from what the features of a version of the code are, so
    that a reprocessing writes to the same rows.

    Raises:
      SchemaError: one window alone could pass 10 MB.
    """
    bytes_per_window = (
        n_channels * (_BYTES_PER_CHANNEL_WINDOW + rate_hz / WINDOWS_PER_S * _BYTES_PER_SAMPLE)
        + n_pairs * _BYTES_PER_PAIR_WINDOW
    )
    for windows in BUCKET_WINDOWS:
        if windows * bytes_per_window <= MAX_ROW_BYTES:
            return windows
    expected = "less than 10 MB a window; split the stream by groups of channels"
    raise SchemaError("stream", f"{n_channels} channels at {rate_hz:g} Hz", expected)


def row_key(place: EpochPlace, window: int, windows_per_bucket: int) -> bytes:
    """The row that holds a window."""
    first_window = window // windows_per_bucket * windows_per_bucket
    reversed_bucket = _BUCKET_ORIGIN - first_window
    if not 0 <= reversed_bucket < 10**_BUCKET_DIGITS:
        raise SchemaError("window", window, "within 700 years of 1970")
    return f"{_epoch_prefix(place)}{reversed_bucket:0{_BUCKET_DIGITS}d}".encode()


def parse_row_key(key: bytes) -> RowPlace:
    """What a key says; `SchemaError` if it is none."""
    found = _KEY.fullmatch(key.decode("ascii", errors="replace"))
    if found is None:
        raise SchemaError("row_key", key, "tenant#session#stream#epoch#reversed-bucket")
    return RowPlace(
        found["tenant"],
        found["session"],
        found["stream"],
        int(found["epoch"]),
        _BUCKET_ORIGIN - int(found["bucket"]),
    )


def scan_range(
    place: EpochPlace, start_ns: int, end_ns: int, windows_per_bucket: int
) -> tuple[bytes, bytes]:
    """First and last key of the one range that holds [start_ns, end_ns) of an epoch; both in it.

    Raises:
      SchemaError: nothing lies between the two times.
    """
    if not start_ns < end_ns:
        raise SchemaError("end_ns", end_ns, f"a time after {start_ns}")
    first, last = window_of(start_ns), window_of(end_ns - 1)
    newest_first = last, first
    newest, oldest = (row_key(place, window, windows_per_bucket) for window in newest_first)
    return newest, oldest


def session_range(tenant: str, session: str) -> tuple[bytes, bytes]:
    """All rows of a session: the first key, and the first one after them."""
    prefix = f"{check_tenant_id(tenant)}#{check_session_id(session)}"
    return f"{prefix}#".encode(), f"{prefix}{chr(ord('#') + 1)}".encode()


def stream_row_key(place: EpochPlace) -> bytes:
    """The row of STREAMS that describes an epoch."""
    return _epoch_prefix(place)[:-1].encode()


def parse_stream_row_key(key: bytes) -> tuple[str, int]:
    """Stream and epoch of a row of STREAMS."""
    *_, stream, epoch = key.decode("ascii", errors="replace").split("#")
    if not epoch.isdecimal():
        raise SchemaError("row_key", key, "tenant#session#stream#epoch")
    return stream, int(epoch)


def window_of(time_ns: int) -> int:
    """The window that holds a moment."""
    return time_ns // WINDOW_NS


def qualifier(first: int, last: int, windows_per_bucket: int) -> bytes:
    """The column of a cell: where in the bucket its first window is, newest first, and its span.

    With the span in it, a reprocessing that ends within a second does not hide what a lower
    revision has of the rest of that second.

    Args:
      first, last: windows of one second of one bucket.
    """
    reversed_offset = windows_per_bucket - 1 - first % windows_per_bucket
    return f"{reversed_offset:0{_OFFSET_DIGITS}d}{last - first + 1:0{_SPAN_DIGITS}d}".encode()


def windows_of(key: bytes, column: bytes, windows_per_bucket: int) -> tuple[int, int]:
    """A cell's first window, and the one after its last: undoes `row_key` and `qualifier`.

    Raises:
      SchemaError: no cell is there.
    """
    offset, span = column[:_OFFSET_DIGITS], column[_OFFSET_DIGITS:]
    is_one = re.fullmatch(rb"[0-9]{6}", column) and int(offset) < windows_per_bucket
    if not is_one or not 1 <= int(span) <= WINDOWS_PER_S:
        expected = f"4 digits below {windows_per_bucket}, 2 up to {WINDOWS_PER_S}"
        raise SchemaError("qualifier", column, expected)
    first = parse_row_key(key).first_window + windows_per_bucket - 1 - int(offset)
    return first, first + int(span)


def cell_time_us(revision: int) -> int:
    """The time of a cell: Bigtable keeps the highest, so a lower revision never replaces it."""
    if not 0 <= revision <= _MAX_REVISION:
        raise SchemaError("revision", revision, f"0 to {_MAX_REVISION}")
    return revision * _MILLISECOND_US


def revision_of(time_us: int) -> int:
    """Undoes `cell_time_us`."""
    return time_us // _MILLISECOND_US


def _epoch_prefix(place: EpochPlace) -> str:
    return f"{place.tenant}#{place.session}#{place.stream}#{place.epoch:0{_EPOCH_DIGITS}d}#"
