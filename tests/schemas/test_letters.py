"""Dead letters: what they keep, and that a file of them is what it was."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import ArchiveError
from schemas.letters import NOBODY, Letter, letters_file, place_of_path, read_letters

texts = st.text(max_size=20)
letters = st.builds(
    Letter,
    attributes=st.dictionaries(texts, texts, max_size=4),
    data=st.binary(max_size=200),
    published_ns=st.integers(0, 2**62),
    stage=st.from_regex(r"[A-Za-z0-9_]{1,20}", fullmatch=True),
    reason=st.from_regex(r"[A-Za-z0-9_]{1,20}", fullmatch=True),
    message=texts,
)


def as_set(some):
    return sorted(letter.to_bytes() for letter in some)


@given(some=st.lists(letters, max_size=5))
def test_a_file_gives_its_letters_again_in_whatever_order_they_came(some):
    content = letters_file(some)
    assert as_set(read_letters(content)) == as_set(some)
    assert letters_file(reversed(some)) == content


@given(some=st.lists(letters, min_size=1, max_size=3), data=st.data())
def test_a_file_that_was_cut_or_changed_is_refused(some, data):
    content = letters_file(some)
    at = data.draw(st.integers(0, len(content) - 1))
    changed = bytearray(content)
    changed[at] ^= 1 + data.draw(st.integers(0, 254))
    for damaged in (bytes(changed), content[:at]):
        place = some[0].place
        assert place.path(damaged) != place.path(content)  # a cut between two letters shows here
        with contextlib.suppress(ArchiveError):
            assert len(list(read_letters(damaged))) < len(some)


@given(letter=letters)
def test_a_path_says_whose_when_which_step_and_why(letter):
    path = letter.place.path(letters_file([letter]))
    assert letter.place.tenant == NOBODY
    assert place_of_path(f"gs://letters/{path}") == letter.place
    assert place_of_path(f"{path}.part") is None


@pytest.mark.parametrize("reason", ["", "a-b", "a/b", "a" * 65])
def test_a_reason_that_no_name_can_hold_is_refused(reason):
    with pytest.raises(ArchiveError, match="letters, digits and _"):
        Letter({}, b"", 0, "Stage", reason, "")
