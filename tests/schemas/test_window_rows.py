from __future__ import annotations

import collections
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.archive import EpochPlace
from schemas.errors import SchemaError
from schemas.window_rows import (
    BUCKET_WINDOWS,
    MAX_ROW_BYTES,
    WINDOW_NS,
    RowPlace,
    bucket_windows,
    cell_time_us,
    parse_row_key,
    parse_stream_row_key,
    qualifier,
    revision_of,
    row_key,
    scan_range,
    session_range,
    stream_row_key,
    window_of,
    windows_of,
)

PLACE = EpochPlace("clinic01", "0" * 31 + "1", "eeg0", 0, "subject000000001")
MINUTE = 1200
NOW = 1_800_000_000 * 20  # a window

windows = st.integers(-(2**62) // WINDOW_NS, 2**62 // WINDOW_NS)
buckets = st.sampled_from(BUCKET_WINDOWS)
streams = st.from_regex(r"[a-z0-9]{1,24}", fullmatch=True)
sessions = st.text("0123456789abcdef", min_size=32, max_size=32)
places = st.builds(
    EpochPlace,
    st.just("clinic01"),
    sessions,
    streams,
    st.integers(0, 999_999),
    st.just("subject000000001"),
)


@given(places, windows, buckets)
def test_a_key_says_what_it_was_made_from_and_not_whose_it_is(place, window, bucket):
    key = row_key(place, window, bucket)
    first = window // bucket * bucket
    assert parse_row_key(key) == RowPlace(
        place.tenant, place.session, place.stream, place.epoch, first
    )
    column = qualifier(window, window + 3, bucket)
    assert windows_of(key, column, bucket) == (window, window + 4)
    assert place.subject.encode() not in key
    assert parse_stream_row_key(stream_row_key(place)) == (place.stream, place.epoch)


@given(places, st.lists(windows, min_size=2), buckets)
def test_newer_buckets_and_newer_cells_come_first(place, several, bucket):
    by_time = sorted(several)
    keys = [row_key(place, window, bucket) for window in by_time]
    assert keys == sorted(keys, reverse=True)
    columns = [qualifier(offset, offset, bucket) for offset in range(bucket)]
    assert columns == sorted(columns, reverse=True)
    assert {len(column) for column in columns} == {6}


@given(places, places, windows, st.integers(1, 5000), windows, buckets)
def test_a_scan_holds_the_buckets_of_its_time_and_no_other_row(
    place, other, start, n, window, bucket
):
    first, last = scan_range(place, start * WINDOW_NS, (start + n) * WINDOW_NS, bucket)
    wanted = start // bucket <= window // bucket <= (start + n - 1) // bucket
    assert (first <= row_key(place, window, bucket) <= last) == wanted
    if (other.session, other.stream, other.epoch) != (place.session, place.stream, place.epoch):
        assert not first <= row_key(other, window, bucket) <= last


def test_a_minute_of_a_session_is_one_row():
    start_ns = NOW // MINUTE * MINUTE * WINDOW_NS
    first, last = scan_range(PLACE, start_ns, start_ns + 60 * 10**9, MINUTE)
    assert first == last
    assert first == (b"clinic01#00000000000000000000000000000001#eeg0#000000#464000000000")


def test_no_time_is_no_range():
    with pytest.raises(SchemaError, match="end_ns is 5; expected a time after 5"):
        scan_range(PLACE, 5, 5, MINUTE)


@given(places, places)
def test_a_session_is_one_range_of_both_tables(place, other):
    first, after = session_range(place.tenant, place.session)
    for key in (stream_row_key(place), row_key(place, NOW, MINUTE)):
        assert first <= key < after
    if other.session != place.session:
        for key in (stream_row_key(other), row_key(other, NOW, MINUTE)):
            assert not first <= key < after


def test_ten_thousand_sessions_that_write_now_spread_over_the_keys():
    """Without a salt: 100 equal parts of a tenant's keys get their share each, within chance."""
    keys = [
        row_key(EpochPlace("clinic01", secrets.token_hex(16), "eeg0", 0, "a" * 16), NOW, MINUTE)
        for _ in range(10_000)
    ]
    share = collections.Counter(int(key[9:17], 16) * 100 >> 32 for key in keys)
    assert len(share) == 100
    assert 40 <= min(share.values()) <= max(share.values()) <= 165  # 6.5 sigma of 100 +- 10


def test_a_key_is_the_same_in_every_process():
    assert row_key(PLACE, NOW, MINUTE) == (
        b"clinic01#00000000000000000000000000000001#eeg0#000000#464000000000"
    )


@pytest.mark.parametrize(
    ("n_channels", "rate_hz", "n_pairs", "expected"),
    [
        (8, 250, 0, 1200),
        (8, 250, 28, 1200),
        (64, 160, 0, 240),
        (64, 1000, 0, 120),
        (96, 30_000, 0, 5),
    ],
)
def test_a_bucket_is_a_minute_or_less_where_a_row_would_pass_10_mb(
    n_channels, rate_hz, n_pairs, expected
):
    assert bucket_windows(n_channels, rate_hz, n_pairs) == expected


@given(st.integers(1, 200), st.floats(1, 30_000), st.integers(0, 500))
def test_no_row_passes_10_mb(n_channels, rate_hz, n_pairs):
    windows = bucket_windows(n_channels, rate_hz, n_pairs)
    features = n_channels * 64 * 8 + n_pairs * 64
    assert windows * (features + n_channels * rate_hz / 20 * 9) <= MAX_ROW_BYTES
    assert MINUTE % windows == 0


def test_a_stream_of_which_no_window_fits_is_refused_with_what_would_be_right():
    with pytest.raises(SchemaError, match="split the stream by groups of channels"):
        bucket_windows(4096, 50_000)


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_a_higher_revision_has_the_later_cell(one, other):
    assert (cell_time_us(one) < cell_time_us(other)) == (one < other)
    assert cell_time_us(one) % 1000 == 0
    assert revision_of(cell_time_us(one)) == one


@pytest.mark.parametrize("revision", [-1, 10**12 + 1])
def test_a_revision_that_no_cell_can_carry_is_refused(revision):
    with pytest.raises(SchemaError, match="revision"):
        cell_time_us(revision)


@given(st.binary(max_size=80))
def test_any_other_key_is_refused(key):
    with pytest.raises(SchemaError, match="row_key"):
        parse_row_key(key)
    with pytest.raises(SchemaError):
        windows_of(row_key(PLACE, NOW, 20), key, 20)


def test_times_before_1970_fall_into_their_window():
    assert [window_of(ns) for ns in (-1, 0, WINDOW_NS - 1, WINDOW_NS)] == [-1, 0, 0, 1]
