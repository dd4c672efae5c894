from __future__ import annotations

import dataclasses
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.errors import SchemaError
from security.context import PacketContext
from security.errors import KeysetMissingError, OpenRefusedError
from security.sealing import FORMAT, OVERHEAD_BYTES
from tests.security.vaults import (
    CELL,
    OTHER_SESSION,
    OTHER_SUBJECT,
    OTHER_TENANT,
    PACKET,
    SUBJECT,
    TENANT,
)

PLAINTEXT = b"windows of one second"
OTHER_CELL = {
    "tenant": OTHER_TENANT,
    "subject": OTHER_SUBJECT,
    "session": OTHER_SESSION,
    "stream": "ecog",
    "row": b"clinic01#another",
    "family": "v",
    "qualifier": b"0002",
    "cell_time_us": 2000,
}
OTHER_PACKET = {
    key: value for key, value in OTHER_CELL.items() if key in ("tenant", "subject", "session")
} | {"stream": "ecog", "epoch": 2, "sequence": 8}
shared_worker = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def every_other(context, changes):
    """The context with every combination of fields changed."""
    for size in range(1, len(changes) + 1):
        for fields in itertools.combinations(changes, size):
            yield dataclasses.replace(context, **{field: changes[field] for field in fields})


def seal_for_everyone(worker):
    """So that every keyset exists, and a refusal is not a missing keyset."""
    for tenant, subject in itertools.product((TENANT, OTHER_TENANT), (SUBJECT, OTHER_SUBJECT)):
        worker.sealer.seal(b"", dataclasses.replace(CELL, tenant=tenant, subject=subject))


@pytest.mark.parametrize("context", [CELL, PACKET])
@pytest.mark.parametrize("plaintext", [b"", b"x", PLAINTEXT, bytes(100_000)])
def test_opening_undoes_sealing(worker, context, plaintext):
    sealed = worker.sealer.seal(plaintext, context)
    assert worker.opener.open(sealed, context) == plaintext
    assert len(sealed) == len(plaintext) + OVERHEAD_BYTES


@pytest.mark.parametrize(
    ("context", "changes"), [(CELL, OTHER_CELL), (PACKET, OTHER_PACKET)], ids=["cell", "packet"]
)
def test_every_combination_of_a_wrong_place_or_owner_is_refused(worker, context, changes):
    seal_for_everyone(worker)
    sealed = worker.sealer.seal(PLAINTEXT, context)
    refused = 0
    for other in every_other(context, changes):
        with pytest.raises(OpenRefusedError):
            worker.opener.open(sealed, other)
        refused += 1
    assert refused == 2 ** len(changes) - 1
    assert worker.opener.open(sealed, context) == PLAINTEXT


def test_a_packet_does_not_open_as_a_cell(worker):
    sealed = worker.sealer.seal(PLAINTEXT, PACKET)
    with pytest.raises(OpenRefusedError):
        worker.opener.open(sealed, CELL)


def test_every_flipped_bit_is_refused(worker):
    sealed = worker.sealer.seal(PLAINTEXT, CELL)
    for bit in range(8 * len(sealed)):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(OpenRefusedError):
            worker.opener.open(bytes(changed), CELL)


def test_every_truncation_is_refused(worker):
    sealed = worker.sealer.seal(PLAINTEXT, CELL)
    for length in range(len(sealed)):
        with pytest.raises(OpenRefusedError):
            worker.opener.open(sealed[:length], CELL)
        with pytest.raises(OpenRefusedError):
            worker.opener.open(sealed[length + 1 :], CELL)


@shared_worker
@given(st.data())
def test_any_edit_is_refused(worker, data):
    sealed = worker.sealer.seal(PLAINTEXT, CELL)
    start = data.draw(st.integers(0, len(sealed)))
    stop = data.draw(st.integers(start, len(sealed)))
    edited = sealed[:start] + data.draw(st.binary(max_size=60)) + sealed[stop:]
    if edited != sealed:
        with pytest.raises(OpenRefusedError):
            worker.opener.open(edited, CELL)


@shared_worker
@given(st.binary(max_size=80))
def test_any_bytes_are_refused(worker, data):
    worker.sealer.seal(b"", CELL)
    for found in (data, FORMAT + data):
        with pytest.raises(OpenRefusedError):
            worker.opener.open(found, CELL)


def test_two_sealings_of_the_same_have_nothing_in_common_but_the_key(worker):
    one, two = (worker.sealer.seal(bytes(64), CELL) for _ in range(2))
    assert one[:7] == two[:7]
    assert one[7:19] != two[7:19]
    assert one[19:] != two[19:]


def test_many_sealed_at_once_are_what_they_would_be_one_by_one(worker):
    contexts = [
        dataclasses.replace(CELL, subject=subject, cell_time_us=1000 * number)
        for number, subject in enumerate([SUBJECT, OTHER_SUBJECT] * 10)
    ]
    messages = [(f"message {number}".encode(), one) for number, one in enumerate(contexts)]
    sealed = worker.sealer.seal_all(messages)
    opened = worker.opener.open_all(zip(sealed, contexts, strict=True))
    assert opened == [plaintext for plaintext, _ in messages]


def test_opening_for_a_subject_without_keyset_makes_none(worker, deployment):
    sealed = worker.sealer.seal(PLAINTEXT, CELL)
    with pytest.raises(KeysetMissingError):
        worker.opener.open(sealed, dataclasses.replace(CELL, subject=OTHER_SUBJECT))
    assert [row.row_key for row in deployment.table.read_rows({})] == [b"clinic01#subject000000001"]


def test_refusals_say_the_same_whatever_was_wrong(worker):
    seal_for_everyone(worker)
    sealed = worker.sealer.seal(PLAINTEXT, CELL)
    said = set()
    for found, context in (
        (sealed[:-1], CELL),
        (b"", CELL),
        (b"X" + sealed[1:], CELL),
        (sealed, dataclasses.replace(CELL, subject=OTHER_SUBJECT)),
        (sealed, dataclasses.replace(CELL, tenant=OTHER_TENANT)),
        (sealed, PACKET),
    ):
        with pytest.raises(OpenRefusedError) as refused:
            worker.opener.open(found, context)
        said.add((str(refused.value), refused.value.args))
        assert refused.value.__suppress_context__ or refused.value.__context__ is None
    assert said == {("these bytes do not open here", ())}


def test_a_context_that_no_registry_gave_is_refused(worker):
    with pytest.raises(SchemaError, match="subject"):
        dataclasses.replace(CELL, subject=".columns")
    with pytest.raises(SchemaError, match="sequence"):
        PacketContext(TENANT, SUBJECT, PACKET.session, "eeg", epoch=1, sequence=-1)
