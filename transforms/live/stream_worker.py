"""What a worker does with a stream's stored state: plain code, which Beam only carries."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from schemas.envelope import Envelope, EnvelopeKind
from security.errors import KeysetErasedError
from security.sealing import Opener, Sealer
from transforms.live.follower_cache import FollowerCache
from transforms.live.followers import (
    Follower,
    dump_follower,
    ended,
    follow,
    new_follower,
)
from transforms.live.head import Head, Input, Status, next_chain, pack_input
from transforms.live.opening import NotOpenedError, open_packet
from transforms.live.replayed_inputs import made_again, place_of, state_context, times_of
from transforms.live.settings import FollowSettings
from transforms.live.step import Refusal, Step
from transforms.live.stored_stream import Outcome, StoredStream
from transforms.patience import patiently

_FIRST_SNAPSHOT = 32  # inputs after which the size of a snapshot is learnt
_SKEW_NS = 60_000_000_000  # by which clocks may differ
_MEMORY = 12  # bytes of a follower in memory for each byte of its snapshot, about


def _guarded(method: Callable[..., Outcome]) -> Callable[..., Outcome]:
    """Where the subject's keys were destroyed, what was remembered is gone: so is the rest."""

    @functools.wraps(method)
    def guarded(worker: StreamWorker, stored: StoredStream, *args: Any) -> Outcome:
        try:
            return method(worker, stored, *args)
        except KeysetErasedError as error:
            stored.clear()
            return _refused("erased_subject", str(error))

    return guarded


class StreamWorker:
    """Followers of many streams, one at a time for each call; safe between threads.

    Args:
      cache: shared by all workers of the process.
    """

    def __init__(
        self,
        settings: FollowSettings,
        opener: Opener,
        sealer: Sealer,
        cache: FollowerCache[Follower],
        clock_ns: Callable[[], int],
    ):
        self._settings, self._opener, self._sealer = settings, opener, sealer
        self._cache, self._clock_ns = cache, clock_ns

    @_guarded
    def envelope(self, stored: StoredStream, key: str, envelope: Envelope, wire: bytes) -> Outcome:
        """Takes an envelope of the stream; `wire` is its bytes."""
        head = self._head(stored)
        if head is not None and head.subject != envelope.subject:
            return _refused("contradiction", "subject; expected the epoch's")
        if envelope.kind is EnvelopeKind.END:
            return self._ending(stored, head, envelope.subject)
        try:
            packet = open_packet(envelope, self._opener, self._settings.retry_s)
        except NotOpenedError as error:
            if error.reason == "erased_subject":
                return self._forget(stored, key, head, _refused(error.reason, error.message))
            return self._without(stored, key, _refused(error.reason, error.message))
        head = head or Head(Status.OPEN, envelope.subject)
        if head.n_inputs:
            follower = self._follower(stored, key, head)
        else:
            place = place_of(key, head.subject)
            follower = new_follower(packet, place, self._settings, self._clock_ns)
        if head.status is not Status.ENDED:
            head.seen_ns = self._clock_ns()
        try:
            step = follow(follower, packet, times_of(packet.device_time_ns, envelope))
        except MemoryError:
            raise  # says nothing of the packet
        except Exception as error:  # a stream must not stop for ever at one packet
            told = f"{type(error).__name__}; mend the job"  # its words may be of what was sealed
            return self._without(stored, key, _refused("not_followed", told))
        return self._keep(stored, key, head, follower, step, Input.PACKET, wire)

    def _without(self, stored: StoredStream, key: str, refused: Outcome) -> Outcome:
        """The stream goes on without a packet that is a dead letter, and counts it."""
        head = self._head(stored)
        if head is None or not head.n_inputs:
            return refused
        follower = self._follower(stored, key, head)
        (step := follower.refused()).refusal = refused.step.refusal
        return self._keep(stored, key, head, follower, step, Input.REFUSED, b"")

    @_guarded
    def silence(self, stored: StoredStream, key: str) -> Outcome:
        """To be called at `silence_s`: decides whether the stream is silent."""
        head, settings = self._head(stored), self._settings
        if head is None or head.status is Status.ENDED:
            return Outcome(Step())
        now_ns, due_ns = self._clock_ns(), head.seen_ns + round(settings.silence_s * 1e9)
        if now_ns < due_ns:
            # Runners of bounded input fire every timer at once: they would do so for ever.
            is_early = now_ns < head.timer_ns - round(settings.silence_s * 0.5e9)
            head.timer_ns = 0 if is_early else due_ns
            stored.head.write(head.to_bytes())
            return Outcome(Step(), silence_s=None if is_early else due_ns / 1e9)
        if head.status is Status.ENDING:
            return self._end(stored, key, head)
        follower = self._follower(stored, key, head)
        head.timer_ns = 0
        step = follower.silence()
        outcome = self._keep(stored, key, head, follower, step, Input.SILENCE, b"", timed=False)
        outcome.release_s = head.seen_ns / 1e9 + settings.release_s
        return outcome

    @_guarded
    def release(self, stored: StoredStream, key: str) -> Outcome:
        """To be called at `release_s`: ends the epoch, or forgets that it has ended."""
        head = self._head(stored)
        if head is None:
            return Outcome(Step())
        waits_s = self._settings.release_s
        if head.status is Status.ENDED:
            waits_s = self._settings.tombstone_s
        due_ns = head.seen_ns + round(waits_s * 1e9)
        early_ns = due_ns - self._clock_ns()
        if early_ns > 0:  # the stream went on, and will be silent again; or two clocks differ
            again = early_ns < _SKEW_NS
            return Outcome(Step(), release_s=due_ns / 1e9 if again else None)
        if head.status is not Status.ENDED:
            return self._end(stored, key, head)
        return self._forget(stored, key, head, Outcome(Step()))

    @_guarded
    def finish(self, stored: StoredStream, key: str) -> Outcome:
        """The input has ended: nothing can come any more, and nothing is kept."""
        head = self._head(stored)
        if head is None:
            return Outcome(Step())
        step = Step()
        if head.status is not Status.ENDED and head.n_inputs:
            step = self._follower(stored, key, head).end()
        return self._forget(stored, key, head, Outcome(step))

    def _head(self, stored: StoredStream) -> Head | None:
        found = stored.head.read()
        return Head.from_bytes(found) if found else None

    def _ending(self, stored: StoredStream, head: Head | None, subject: str) -> Outcome:
        """Its last packets may still be on their way: it ends once it is silent.

        One that has ended before, by itself, is remembered from now on: the door counts from here.
        """
        head, outcome = head or Head(Status.ENDING, subject), Outcome(Step())
        head.seen_ns, waits_s = self._clock_ns(), self._settings.tombstone_s
        if head.status is not Status.ENDED:
            head.status, waits_s = Status.ENDING, self._settings.release_s
            self._wait_for_silence(head, outcome)
        outcome.release_s = head.seen_ns / 1e9 + waits_s  # also where a timer fires too early
        stored.head.write(written := head.to_bytes())
        outcome.n_written = len(written)
        return outcome

    def _end(self, stored: StoredStream, key: str, head: Head) -> Outcome:
        """Makes a tombstone of it; where no packet of it was taken, nothing is to be told apart."""
        if not head.n_inputs:
            return self._forget(stored, key, head, Outcome(Step()))
        follower = self._follower(stored, key, head)
        step = follower.end()
        if not (remembered := ended(follower)):
            return self._forget(stored, key, head, Outcome(step))
        head.status, head.seen_ns, head.timer_ns = Status.ENDED, self._clock_ns(), 0
        n_written = self._write_snapshot(stored, key, head, remembered)
        release_s = head.seen_ns / 1e9 + self._settings.tombstone_s
        return Outcome(step, release_s=release_s, n_written=n_written)

    def _forget(
        self, stored: StoredStream, key: str, head: Head | None, outcome: Outcome
    ) -> Outcome:
        if head is not None:
            self._cache.take(key, head.chain)
            stored.clear()
        return outcome

    def _wait_for_silence(self, head: Head, outcome: Outcome) -> None:
        if not head.timer_ns and head.status is not Status.ENDED:
            head.timer_ns = head.seen_ns + round(self._settings.silence_s * 1e9)
            outcome.silence_s = head.timer_ns / 1e9

    def _keep(
        self,
        stored: StoredStream,
        key: str,
        head: Head,
        follower: Follower,
        step: Step,
        kind: Input,
        payload: bytes,
        *,
        timed: bool = True,
    ) -> Outcome:
        """Writes what a step changed: the input, and now and then a snapshot in its place."""
        outcome = Outcome(step)
        if timed:
            self._wait_for_silence(head, outcome)
        head.chain = next_chain(head.chain, kind, payload)
        head.n_inputs += 1
        head.waiting_bytes += len(payload)
        if self._snapshot_is_due(head):
            step.parts += follower.flush()
            outcome.n_written = self._write_snapshot(stored, key, head, follower)
            return outcome
        packed, written = pack_input(head.n_inputs, kind, payload), head.to_bytes()
        stored.inputs.add(packed)
        stored.head.write(written)
        outcome.n_written = len(packed) + len(written)
        self._put(key, head, follower)
        return outcome

    def _snapshot_is_due(self, head: Head) -> bool:
        waiting, settings = head.n_inputs - head.n_snapshot, self._settings
        if head.waiting_bytes >= settings.most_input_bytes:
            return True
        if head.snapshot_bytes == 0:
            return waiting >= min(_FIRST_SNAPSHOT, settings.most_inputs)
        enough = waiting * settings.snapshot_bytes >= head.snapshot_bytes
        return enough or waiting >= settings.most_inputs

    def _write_snapshot(
        self, stored: StoredStream, key: str, head: Head, follower: Follower
    ) -> int:
        context = state_context(key, head, head.chain)
        packed = dump_follower(follower)
        sealed = patiently(lambda: self._sealer.seal(packed, context), self._settings.retry_s)
        head.snapshot_chain, head.n_snapshot = head.chain, head.n_inputs
        head.snapshot_bytes, head.waiting_bytes = len(sealed), 0
        stored.snapshot.write(sealed)
        stored.inputs.clear()
        written = head.to_bytes()
        stored.head.write(written)
        self._put(key, head, follower)
        return len(sealed) + len(written)

    def _put(self, key: str, head: Head, follower: Follower) -> None:
        self._cache.put(key, head.chain, follower, _MEMORY * max(head.snapshot_bytes, 50_000))

    def _follower(self, stored: StoredStream, key: str, head: Head) -> Follower:
        """From the cache where its history is the stored one; else made again."""
        cached = self._cache.take(key, head.chain)
        if cached is not None:
            return cached
        return made_again(stored, key, head, self._opener, self._settings, self._clock_ns)


def _refused(reason: str, message: str) -> Outcome:
    return Outcome(Step(refusal=Refusal(reason, message)))
