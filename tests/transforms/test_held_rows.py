from __future__ import annotations

import collections

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bigquery_tables import SPEC, new_identity, windows
from tests.transforms.made_windows import made_windows
from transforms.held_rows import HeldRows
from transforms.second_rows import Part, roll_up

WHO = new_identity()
SECOND = [
    roll_up(made_windows(SPEC, range(20 * n, 20 * n + 20)), SPEC.channels, WHO, "")
    for n in range(9)
]
WINDOWS = [windows(WHO, n, seed=n) for n in (1, 7, 40)]
PARTS: list[Part] = [*SECOND, *WINDOWS]


@settings(max_examples=30, deadline=None)
@given(
    order=st.lists(st.sampled_from(range(len(PARTS))), max_size=30), most_rows=st.integers(1, 50)
)
def test_all_rows_come_out_once_in_their_order_and_never_too_many(order, most_rows):
    held = HeldRows(10_000_000, most_rows)
    full = [one for n in order for one in held.add(PARTS[n])]
    full += held.flush()
    assert all(0 < len(rows) <= most_rows for _, rows in full)
    found, expected = collections.defaultdict(list), collections.defaultdict(list)
    for table, rows in full:
        found[table].append(rows)
    for n in order:
        expected[PARTS[n].table].append(PARTS[n].rows)
    assert found.keys() == expected.keys()
    for table, rows in found.items():
        assert pa.concat_tables(rows).equals(pa.concat_tables(expected[table]))
    assert list(held.flush()) == []


@pytest.mark.parametrize("most_bytes", [1, 3_000, 40_000])
def test_bytes_are_bounded_but_for_a_single_row(most_bytes):
    held = HeldRows(most_bytes, 1000)
    full = [rows for part in WINDOWS for _, rows in held.add(part)]
    full += [rows for _, rows in held.flush()]
    assert sum(map(len, full)) == 48
    assert all(rows.nbytes <= 1.3 * most_bytes or len(rows) == 1 for rows in full)


def test_seconds_are_counted_by_their_bytes_before_they_are_rows():
    """Few packets of many channels fill the memory as many of few channels do."""
    held = HeldRows(5 * SECOND[0].n_bytes, 1000)
    full = [len(rows) for part in SECOND for _, rows in held.add(part)]
    assert sum(full) + sum(len(rows) for _, rows in held.flush()) == len(SECOND)
    assert full
    assert max(full) <= 5
