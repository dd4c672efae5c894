from __future__ import annotations

import math

import numpy as np
import pytest

from transforms.recordings import Reason, RecordingError
from transforms.recordings.text.rows import read_columns, text_lines


def read(*lines, delimiter=",", numbers=(0, 1), texts=(), **kwargs):
    return read_columns(iter(lines), delimiter=delimiter, numbers=numbers, texts=texts, **kwargs)


def test_columns_are_picked_by_place():
    found = read("1,2,a", "3, 4 ,b", numbers=(1,), texts=(2, 0))
    assert found.numbers.tolist() == [[2.0], [4.0]]
    assert found.texts == (["a", "b"], ["1", "3"])


@pytest.mark.parametrize("cell", ["", " ", "NaN", "null", '""'])
def test_an_empty_cell_is_absent(cell):
    assert math.isnan(read(f"1,{cell}", "2,3").numbers[0, 1])


def test_quotes_white_space_and_empty_lines_do_not_matter():
    assert read('"1","2"', "", " 3 ,4").numbers.tolist() == [[1, 2], [3, 4]]
    assert read("1  2", "3 4", delimiter=None).numbers.tolist() == [[1, 2], [3, 4]]
    assert read("1,5;2", delimiter=";", decimal_comma=True).numbers.tolist() == [[1.5, 2.0]]


def test_a_row_may_end_before_a_text():
    assert read("1,2", "3,4,x", texts=(2,)).texts == (["", "x"],)


@pytest.mark.parametrize("row", ["1,x", "1"])
def test_a_bad_row_is_refused_by_its_line_unless_it_is_the_last(row):
    with pytest.raises(RecordingError) as refused:
        read("1,2", row, "3,4", first_line=10)
    assert refused.value.reason is Reason.UNREADABLE
    assert "line 11" in refused.value.message
    found = read("1,2", row)
    assert found.is_cut
    assert [notice.kind for notice in found.notices()] == ["unclosed_file"]
    assert found.numbers.tolist() == [[1.0, 2.0]]


def test_nothing_is_an_empty_table():
    assert read().numbers.shape == (0, 2)


def test_bytes_that_are_no_text_and_a_byte_order_mark_are_survived(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfa,b\r\n1,\xff2\n")
    assert list(text_lines(str(path))) == ["a,b", "1,\N{REPLACEMENT CHARACTER}2"]
    assert list(text_lines(str(path), skip=1)) == ["1,\N{REPLACEMENT CHARACTER}2"]


def test_many_rows_keep_their_values():
    table = np.random.default_rng(0).normal(size=(1000, 3))
    lines = [",".join(map(repr, row)) for row in table.tolist()]
    np.testing.assert_array_equal(read(*lines, numbers=(0, 1, 2)).numbers, table)
