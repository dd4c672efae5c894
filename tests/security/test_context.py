from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from security.context import CellContext, PacketContext, encode_fields
from tests.security.vaults import CELL, PACKET

texts = st.lists(st.text(max_size=5) | st.binary(max_size=5), max_size=5)
tenants = st.sampled_from(["clinic01", "clinic02"])
subjects = st.sampled_from(["subject000000001", "subject000000002"])
sessions = st.sampled_from(["0" * 32, "f" * 32])
short = st.text(alphabet="ab#", max_size=3)
numbers = st.integers(0, 3)
cells = st.builds(
    CellContext,
    tenants,
    subjects,
    sessions,
    stream=short,
    row=short.map(str.encode),
    family=short,
    qualifier=short.map(str.encode),
    cell_time_us=numbers,
)
packets = st.builds(PacketContext, tenants, subjects, sessions, short, numbers, numbers)


def as_bytes(fields):
    return [field.encode() if isinstance(field, str) else field for field in fields]


@given(texts, texts)
def test_fields_are_encoded_injectively(one, two):
    same = as_bytes(one) == as_bytes(two)
    assert (encode_fields("p", *one) == encode_fields("p", *two)) == same


@given(cells | packets, cells | packets)
def test_two_contexts_share_their_associated_data_only_if_they_are_equal(one, two):
    assert (one.associated_data() == two.associated_data()) == (one == two)


@given(short, short, short, short)
def test_a_character_that_moves_to_the_next_field_is_seen(stream, row, family, moved):
    before = dataclasses.replace(CELL, stream=stream + moved, row=row.encode(), family=family)
    after = dataclasses.replace(CELL, stream=stream, row=(moved + row).encode(), family=family)
    assert (before.associated_data() == after.associated_data()) == (moved == "")


def test_every_field_of_a_context_is_in_its_associated_data():
    for context in (CELL, PACKET):
        data = context.associated_data()
        for field in dataclasses.fields(context):
            value = getattr(context, field.name)
            other = value + (1 if isinstance(value, int) else value[:1])
            if field.name in ("tenant", "subject", "session"):
                other = value[:-1] + "9"
            assert dataclasses.replace(context, **{field.name: other}).associated_data() != data


def test_the_encoding_is_the_documented_one():
    assert encode_fields("cell", "ab", 1) == (
        b"\x00\x00\x00\x04cell\x00\x00\x00\x02ab\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x01"
    )
