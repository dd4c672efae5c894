"""Sealing for an event loop: never waits, and seals the same."""

from __future__ import annotations

import dataclasses

from security.keysets import KeysetSettings
from security.message_counts import MessageSettings
from tests.security.vaults import OTHER_SUBJECT, PACKET, SUBJECT


def test_nothing_is_sealed_at_hand_before_keys_were_asked_for(worker, kms):
    assert worker.sealer.seal_at_hand([(b"x", PACKET)]) is None
    assert kms.calls.count() == 0
    worker.sealer.seal(b"x", PACKET)
    calls = kms.calls.count()
    (sealed,) = worker.sealer.seal_at_hand([(b"y", PACKET)])
    assert worker.opener.open(sealed, PACKET) == b"y"
    assert kms.calls.count() == calls


def test_all_are_sealed_or_none(worker):
    other = dataclasses.replace(PACKET, subject=OTHER_SUBJECT)
    worker.sealer.seal(b"x", PACKET)
    assert worker.sealer.seal_at_hand([(b"x", PACKET), (b"y", other)]) is None
    worker.sealer.seal(b"x", other)
    sealed = worker.sealer.seal_at_hand([(b"x", PACKET), (b"y", other)])
    assert worker.opener.open_all([(sealed[0], PACKET), (sealed[1], other)]) == [b"x", b"y"]


def test_a_cached_keyset_is_at_hand_no_longer_than_it_lives(deployment):
    worker = deployment.worker(KeysetSettings(cache_life_s=10))
    worker.sealer.seal(b"x", PACKET)
    worker.timer.now = 9.9
    assert worker.sealer.seal_at_hand([(b"x", PACKET)])
    worker.timer.now = 10.0
    assert worker.sealer.seal_at_hand([(b"x", PACKET)]) is None


def test_no_more_is_sealed_at_hand_than_was_counted_in_advance(deployment):
    worker = deployment.worker(messages=MessageSettings(first_portion=4, largest_portion=4))
    worker.sealer.seal(b"x", PACKET)
    assert [worker.sealer.seal_at_hand([(b"x", PACKET)]) is None for _ in range(4)] == [
        False,
        False,
        False,
        True,
    ]
    worker.sealer.seal(b"x", PACKET)  # counts the next portion
    assert worker.sealer.seal_at_hand([(b"x", PACKET)])
    assert PACKET.subject == SUBJECT
