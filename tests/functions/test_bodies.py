"""Bodies are read whole or refused, and never fill the memory."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.bodies import BoundedBody, media_type, read_file
from functions.problems import ProblemError


def pieces_of(body, cuts):
    edges = sorted({0, len(body), *(cut % (len(body) + 1) for cut in cuts)})
    return [body[low:high] for low, high in itertools.pairwise(edges)] + [b""]


@settings(deadline=None)
@given(st.binary(max_size=300), st.lists(st.integers(0, 1000)), st.booleans())
def test_any_body_in_any_pieces_comes_back(content, cuts, gzipped):
    sent = gzip.compress(content) if gzipped else content
    body = BoundedBody(400, str(len(sent)), "gzip" if gzipped else None)
    assert read_file(body, pieces_of(sent, cuts)) == content


@settings(deadline=None)
@given(st.binary(max_size=300), st.lists(st.integers(0, 1000)))
def test_any_bytes_as_gzip_are_read_or_refused(sent, cuts):
    with contextlib.suppress(ProblemError):  # and nothing else
        assert len(read_file(BoundedBody(400, None, "gzip"), pieces_of(sent, cuts))) <= 400


@pytest.mark.parametrize("length", [100, 101])
def test_the_bound_is_exact(length):
    for sent, encoding in ((bytes(length), None), (gzip.compress(bytes(length)), "gzip")):
        body = BoundedBody(100, None, encoding)
        if length == 100:
            assert read_file(body, [sent]) == bytes(100)
        else:
            with pytest.raises(ProblemError) as caught:
                read_file(body, [sent])
            assert caught.value.status == 413


def test_a_bomb_is_inflated_no_further_than_the_bound():
    bomb = gzip.compress(bytes(1 << 26))
    tracemalloc.start()
    with pytest.raises(ProblemError, match="once inflated"):
        read_file(BoundedBody(100_000, None, "gzip"), [bomb])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize("length", ["-1", "1.0", "x", "", "²"])  # ² is a digit, and no number
def test_a_length_that_is_none_is_refused(length):
    with pytest.raises(ProblemError) as caught:
        BoundedBody(100, length)
    assert caught.value.status == 400


def test_a_claim_is_asked_before_a_piece_is_kept():
    kept: list[int] = []
    read_file(BoundedBody(100, None, "gzip", kept.append), [gzip.compress(bytes(90))])
    assert sum(kept) == 90


def test_a_media_type_is_compared_without_its_parameters():
    assert media_type("Application/JSON ;charset=x") == "application/json"
    assert media_type(None) == ""
