from __future__ import annotations

import concurrent.futures

import pytest

from schemas.errors import SchemaError
from schemas.keyset_rows import subject_keyset
from security.errors import MessageLimitError
from security.message_counts import MessageSettings
from tests.security.vaults import CELL, SUBJECT, TENANT, rows_of

KEYSET = subject_keyset(TENANT, SUBJECT)
FEW = MessageSettings(limit=100, advised=50, first_portion=10, largest_portion=20)


def counted(deployment):
    """The newest count of each key: a count is a new version of its cell."""
    counts: dict[bytes, int] = {}
    for family, qualifier, _, value in rows_of(deployment.table)[KEYSET.row_key]:
        if family == "messages":
            counts.setdefault(qualifier, int.from_bytes(value, "big"))
    return counts


def seal(worker, times):
    return [worker.sealer.seal(b"x", CELL) for _ in range(times)]


def test_a_used_up_key_seals_nothing_more_but_still_opens(deployment):
    worker = deployment.worker(messages=FEW)
    sealed = seal(worker, 90)  # 10 + 4 * 20
    with pytest.raises(MessageLimitError, match="rotate the keyset"):
        worker.sealer.seal(b"x", CELL)
    assert {worker.opener.open(one, CELL) for one in sealed} == {b"x"}


def test_rotation_gives_a_key_with_a_count_of_its_own(deployment):
    worker = deployment.worker(messages=FEW)
    seal(worker, 90)
    worker.keysets.rotate(KEYSET)
    seal(worker, 90)
    assert list(counted(deployment).values()) == [90, 90]


def test_workers_and_restarts_count_together(deployment):
    for _ in range(10):
        seal(deployment.worker(messages=FEW), 1)  # each takes a portion of 10
    assert list(counted(deployment).values()) == [100]
    with pytest.raises(MessageLimitError):
        seal(deployment.worker(messages=FEW), 1)


def test_rewrapping_does_not_count_from_zero(deployment):
    worker = deployment.worker(messages=FEW)
    seal(worker, 90)
    worker.keysets.rewrap(KEYSET)
    with pytest.raises(MessageLimitError):
        worker.sealer.seal(b"x", CELL)


def test_threads_never_seal_more_than_was_counted(deployment):
    worker = deployment.worker(messages=FEW)

    def try_to_seal(_):
        try:
            worker.sealer.seal(b"x", CELL)
        except MessageLimitError:
            return 0
        return 1

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_to_seal, range(200))) <= 100


def test_many_at_once_are_counted_before_any_is_sealed(deployment):
    worker = deployment.worker(messages=FEW)
    with pytest.raises(MessageLimitError):
        worker.sealer.seal_all([(b"x", CELL)] * 101)


def test_rotation_is_advised_before_it_is_needed(deployment, caplog):
    worker = deployment.worker(messages=FEW)
    seal(worker, 50)
    assert "rotate" not in caplog.text
    seal(worker, 1)
    assert "rotate its keyset" in caplog.text
    assert SUBJECT not in caplog.text


def test_portions_grow_so_that_the_store_is_asked_seldom(deployment):
    worker = deployment.worker()
    seal(worker, 1025)
    assert list(counted(deployment).values()) == [1024 + 2048]


@pytest.mark.parametrize("limit", [0, 2**30 + 1, 2**32])
def test_a_limit_near_that_of_the_cipher_is_refused(limit):
    with pytest.raises(SchemaError, match="far below"):
        MessageSettings(limit=limit)
