"""How a stream ends, by a word or by silence; and events, which have no order."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest

from schemas.packet_events import Event, EventKind, EventPacket, Reading
from tests.transforms.live.followed import (
    Followed,
    assert_same_windows,
    bare_windows,
)
from tests.transforms.live.memory_job import (
    PACKETS,
    SETTINGS,
    WHOLE,
    Job,
    finished,
)
from tests.transforms.recordings.made_archive import DEVICE, SESSION, START_NS
from transforms.live.head import Status
from transforms.live.stored_stream import Outcome


@pytest.fixture
def job(store):
    return Job(store)


def ended(job: Job) -> Outcome:
    """The session's end comes, and then nothing for `silence_s`."""
    job.take(job.end())
    job.clock.now_ns += round(SETTINGS.silence_s * 1e9)
    return job.worker(job.cache).silence(job.stored, job.end().stream_key)


def test_what_comes_after_the_end_has_taken_effect_is_late(job):
    envelopes = [job.seal(packet) for packet in PACKETS]
    outcomes = [job.take(each) for each in [*envelopes[:20], *envelopes[21:40]]]
    outcomes.append(ended(job))
    found = Followed([outcome.step for outcome in outcomes], None)  # type: ignore[arg-type]
    kept = [p for n, p in enumerate(PACKETS[:40]) if n != 20]
    assert_same_windows(found.windows[0], bare_windows(kept))
    assert (found.account["is_final"], found.account["samples_in_gaps"]) == (True, 31)
    assert job.head.status is Status.ENDED
    assert not job.stored.inputs.read()
    again = [envelopes[20], envelopes[45], envelopes[45], envelopes[3]]
    late = [job.take(each, job.worker()) for each in again]
    assert [outcome.step.record is not None for outcome in late] == [True, True, False, False]
    assert not any(outcome.step.windows or outcome.step.rows for outcome in late)
    told = Followed([outcome.step for outcome in late], None)  # type: ignore[arg-type]
    assert told.account["samples_late"] == 62
    assert len([row for row in told.rows("events") if row["kind"] == "late"]) == 2
    again_ended = job.take(job.end())
    assert (again_ended.silence_s, again_ended.step.parts) == (None, [])  # once only
    # The account goes on from what was told, and balances.
    account = told.account
    assert account["samples_accepted"] == 39 * 31 + 2 * 31


@pytest.mark.parametrize("where", [0, 1, 47])
def test_an_end_that_overtakes_packets_costs_none_of_them(job, where):
    """Pub/Sub keeps no order: the end may even come before the first packet."""
    envelopes = [job.seal(packet) for packet in PACKETS]
    outcomes = [job.take(each) for each in envelopes[:where]]
    told = job.take(job.end(), job.worker())
    assert (told.silence_s is not None) is (where == 0)  # else the timer runs already
    for each in envelopes[where:]:
        job.clock.now_ns += round(SETTINGS.silence_s * 0.9e9)
        outcomes.append(job.take(each, job.worker()))
    job.clock.now_ns += round(SETTINGS.silence_s * 1e9)
    outcomes.append(job.worker().silence(job.stored, envelopes[0].stream_key))
    found = Followed([outcome.step for outcome in outcomes], None)  # type: ignore[arg-type]
    assert_same_windows(found.windows[0], WHOLE.windows[0])
    assert found.account == WHOLE.account
    assert job.head.status is Status.ENDED


def test_an_end_takes_effect_where_its_timer_fired_too_early_too(job):
    """By a clock that is ahead of the worker's: no packet comes that would set it again."""
    envelopes = [job.seal(packet) for packet in PACKETS[:5]]
    key, worker = envelopes[0].stream_key, job.worker(job.cache)
    for each in envelopes:
        job.take(each)
    told = job.take(job.end())
    job.clock.now_ns += round(SETTINGS.silence_s * 0.4e9)
    early = worker.silence(job.stored, key)
    assert (early.silence_s, early.step.parts) == (None, [])
    job.clock.now_ns = round(told.release_s * 1e9)
    released = worker.release(job.stored, key)
    found = Followed([released.step], None)  # type: ignore[arg-type]
    assert found.account["is_final"]
    assert job.head.status is Status.ENDED


def test_an_epoch_that_ended_by_itself_is_remembered_from_its_sessions_end(job):
    """The door counts from there how long it takes what was stored."""
    key, worker = job.end().stream_key, job.worker(job.cache)
    job.take(job.seal(PACKETS[0]))
    job.clock.now_ns += round(SETTINGS.release_s * 1e9)
    worker.release(job.stored, key)
    assert job.head.status is Status.ENDED
    job.clock.now_ns += round(SETTINGS.tombstone_s * 0.9e9)
    told = job.take(job.end())
    assert told.release_s == job.clock.now_ns / 1e9 + SETTINGS.tombstone_s
    job.clock.now_ns += round(SETTINGS.tombstone_s * 0.9e9)
    worker.release(job.stored, key)  # the timer of before
    assert job.head.status is Status.ENDED
    assert job.take(job.seal(PACKETS[0])).step.record is None  # it is known


def test_of_an_epoch_without_a_packet_that_fits_the_end_leaves_nothing(job):
    names = tuple(f"C{n}" for n in range(1024))
    large = dataclasses.replace(PACKETS[0].format, channels=names, sampling_rate=Fraction(30_000))
    samples = np.zeros((1, 1024), np.int32)
    misfit = dataclasses.replace(PACKETS[0], format=large, samples=samples)
    assert job.take(job.seal(misfit)).step.refusal.reason == "contradiction"
    ended(job)
    assert job.stored.head.read() is None
    ended(job)  # again: not even a first packet
    assert job.stored.head.read() is None


def test_a_packet_of_another_format_is_refused_after_the_end_as_before_it(job):
    job.take(job.seal(PACKETS[0]))
    ended(job)
    other = dataclasses.replace(PACKETS[1].format, channels=("A", "B"))
    packet = dataclasses.replace(PACKETS[1], format=other)
    step = job.take(job.seal(packet), job.worker()).step
    assert (step.refusal.reason, step.record) == ("contradiction", None)
    assert "format" in step.refusal.message
    assert job.take(job.seal(PACKETS[1]), job.worker()).step.record is not None


def test_silence_closes_and_very_long_silence_releases_all_but_a_mark(job):
    envelopes = [job.seal(packet) for packet in PACKETS]
    key, worker = envelopes[0].stream_key, job.worker(job.cache)
    outcomes = [job.take(each) for each in [*envelopes[:5], *envelopes[6:8]]]
    assert [o.silence_s is not None for o in outcomes] == [True] + [False] * 6
    early = worker.silence(job.stored, key)  # a runner that fires at once is not asked again
    assert (early.silence_s, early.step.windows) == (None, [])
    outcome = job.take(envelopes[8])
    assert outcome.silence_s == (job.clock.now_ns + 10 * 10**9) / 1e9
    job.clock.now_ns += 6 * 10**9
    job.take(envelopes[9])
    job.clock.now_ns += 4 * 10**9
    again = worker.silence(job.stored, key)
    assert again.silence_s == (job.clock.now_ns + 6 * 10**9) / 1e9
    job.clock.now_ns += 6 * 10**9
    silent = worker.silence(job.stored, key)
    assert silent.step.windows
    assert silent.release_s is not None
    job.clock.now_ns += round(SETTINGS.release_s * 1e9)
    released = worker.release(job.stored, key)
    found = Followed([released.step], None)  # type: ignore[arg-type]
    assert found.account["is_final"]
    assert job.head.status is Status.ENDED
    assert len(job.stored.snapshot.read() or b"") < 2_000
    assert not worker.release(job.stored, key).step.parts
    job.clock.now_ns += round(SETTINGS.tombstone_s * 1e9)
    worker.release(job.stored, key)
    assert job.stored.head.read() is None


def test_events_come_once_in_any_order_and_health_apart(job):
    def packet(sequence: int) -> EventPacket:
        told = (Reading("battery", 80.0 + sequence, "%"), Reading("firmware", "3.1"))
        return EventPacket(
            device=DEVICE,
            session=SESSION,
            sequence=sequence,
            events=(
                Event(START_NS + sequence, EventKind.MARKER, f"cue {sequence}", 5, ("C3",)),
                Event(START_NS + sequence, EventKind.DEVICE_HEALTH, readings=told),
            ),
        )

    order = [3, 0, 0, 2, 1, 3, 2, 4]
    envelopes = [job.seal(packet(sequence)) for sequence in order]
    outcomes = [job.take(each, job.worker()) for each in envelopes]
    found = finished(job, outcomes, envelopes[0].stream_key)
    assert sorted(row["description"] for row in found.rows("markers")) == [
        f"cue {n}" for n in range(5)
    ]
    health = found.rows("device_health")
    assert sorted((r["sequence"], r["number"]) for r in health) == [
        (n, k) for n in range(5) for k in range(2)
    ]
    account = found.account
    assert (account["packets_accepted"], account["packets_duplicate"]) == (8, 3)
    assert account["is_final"]
    records = [o.step.record for o in outcomes if o.step.record]
    assert len(records) == 5
