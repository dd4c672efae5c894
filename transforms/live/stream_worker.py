"""What a worker does with a stream's stored state: plain code, which Beam only carries."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from schemas.archive import EpochPlace
from schemas.envelope import Envelope, EnvelopeKind
from schemas.packet_wire import AnyPacket
from schemas.traces import if_traced
from security.context import StateContext
from security.errors import KeysetErasedError
from security.sealing import Opener, Sealer
from transforms.live.follower_cache import FollowerCache
from transforms.live.followers import (
    Follower,
    dump_follower,
    ended,
    follow,
    load_follower,
    new_follower,
)
from transforms.live.head import Head, Input, Status, next_chain, pack_input, unpack_input
from transforms.live.opening import NotOpenedError, open_packet
from transforms.live.settings import FollowSettings
from transforms.live.state_bytes import StateError
from transforms.live.step import Refusal, Step
from transforms.live.stored_stream import Outcome, StoredStream
from transforms.patience import patiently
from transforms.rows_to_seal import StageTimes

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
            return self._end(stored, key, head) if head else Outcome(Step())
        try:
            packet = open_packet(envelope, self._opener, self._settings.retry_s)
        except NotOpenedError as error:
            outcome = _refused(error.reason, error.message)
            if head is None or error.reason == "erased_subject":
                return outcome
            follower = self._follower(stored, key, head)
            step = follower.refused()
            step.refusal = outcome.step.refusal
            return self._keep(stored, key, head, follower, step, Input.REFUSED, b"")
        if head is None:
            head, place = Head(Status.OPEN, envelope.subject), _place(key, envelope.subject)
            follower = new_follower(packet, place, self._settings, self._clock_ns)
        else:
            follower = self._follower(stored, key, head)
        if head.status is Status.OPEN:
            head.seen_ns = self._clock_ns()
        try:
            step = follow(follower, packet, _times(packet.device_time_ns, envelope))
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:  # its words stay
            return self._unfollowed(stored, key, type(error).__name__)
        return self._keep(stored, key, head, follower, step, Input.PACKET, wire)

    def _unfollowed(self, stored: StoredStream, key: str, error: str) -> Outcome:
        """A packet that the follower failed at is a dead letter; the stream goes on without it."""
        outcome = _refused("not_followed", f"{error}; mend the job")
        if (head := self._head(stored)) is None:
            return outcome
        follower = self._follower(stored, key, head)
        (step := follower.refused()).refusal = outcome.step.refusal
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
        if head.status is Status.OPEN:
            return self._end(stored, key, head)
        self._cache.take(key, head.chain)
        stored.clear()
        return Outcome(Step())

    @_guarded
    def finish(self, stored: StoredStream, key: str) -> Outcome:
        """The input has ended: nothing can come any more, and nothing is kept."""
        head = self._head(stored)
        if head is None:
            return Outcome(Step())
        step = Step()
        if head.status is Status.OPEN:
            step = self._follower(stored, key, head).end()
        self._cache.take(key, head.chain)
        stored.clear()
        return Outcome(step)

    def _head(self, stored: StoredStream) -> Head | None:
        found = stored.head.read()
        return Head.from_bytes(found) if found else None

    def _end(self, stored: StoredStream, key: str, head: Head) -> Outcome:
        if head.status is Status.ENDED:
            return Outcome(Step())
        follower = self._follower(stored, key, head)
        step = follower.end()
        head.status, head.seen_ns = Status.ENDED, self._clock_ns()
        n_written = self._write_snapshot(stored, key, head, ended(follower))
        release_s = head.seen_ns / 1e9 + self._settings.tombstone_s
        return Outcome(step, release_s=release_s, n_written=n_written)

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
        if timed and not head.timer_ns and head.status is Status.OPEN:
            head.timer_ns = head.seen_ns + round(self._settings.silence_s * 1e9)
            outcome.silence_s = head.timer_ns / 1e9
        head.chain = next_chain(head.chain, kind, payload)
        head.n_inputs += 1
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
        if head.snapshot_bytes == 0:
            return waiting >= min(_FIRST_SNAPSHOT, settings.most_inputs)
        enough = waiting * settings.snapshot_bytes >= head.snapshot_bytes
        return enough or waiting >= settings.most_inputs

    def _write_snapshot(
        self, stored: StoredStream, key: str, head: Head, follower: Follower
    ) -> int:
        context = _context(key, head, head.chain)
        packed = dump_follower(follower)
        sealed = patiently(lambda: self._sealer.seal(packed, context), self._settings.retry_s)
        head.snapshot_chain, head.n_snapshot = head.chain, head.n_inputs
        head.snapshot_bytes = len(sealed)
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
        return cached if cached is not None else self._replayed(stored, key, head)

    def _replayed(self, stored: StoredStream, key: str, head: Head) -> Follower:
        place, chain = _place(key, head.subject), head.snapshot_chain
        follower: Follower | None = None
        if head.n_snapshot:
            sealed, context = stored.snapshot.read() or b"", _context(key, head, chain)
            retry_s = self._settings.retry_s
            packed = patiently(lambda: self._opener.open(sealed, context), retry_s)
            follower = load_follower(packed, place, self._settings, self._clock_ns)
        for _, kind, payload in sorted(map(unpack_input, stored.inputs.read())):
            chain = next_chain(chain, kind, payload)
            follower = self._again(follower, place, kind, payload)
        if follower is None or chain != head.chain:
            raise StateError("chain", chain.hex(), f"{head.chain.hex()}, of the stored inputs")
        return follower

    def _again(
        self, follower: Follower | None, place: EpochPlace, kind: Input, payload: bytes
    ) -> Follower:
        """Does once more what was done, without what came forth."""
        if kind is Input.PACKET:
            envelope = Envelope.from_bytes(payload)
            packet = self._opened_again(envelope)
            if follower is None:
                follower = new_follower(packet, place, self._settings, self._clock_ns)
            follow(follower, packet, _times(packet.device_time_ns, envelope))
            return follower
        if follower is None:
            raise StateError("input", kind.name, "a packet first")
        if kind is Input.REFUSED:
            follower.refused()
        else:
            follower.silence()
        return follower

    def _opened_again(self, envelope: Envelope) -> AnyPacket:
        try:
            return open_packet(envelope, self._opener, self._settings.retry_s)
        except NotOpenedError as error:
            if error.reason == "erased_subject":
                raise KeysetErasedError from None
            raise StateError("input", error.reason, "an envelope that opened before") from None


def _refused(reason: str, message: str) -> Outcome:
    return Outcome(Step(refusal=Refusal(reason, message)))


def _times(device_ns: int, envelope: Envelope) -> StageTimes:
    known = device_ns, envelope.received_ns, envelope.published_ns
    return StageTimes(*known, traceparent=if_traced(envelope.traceparent))


def _place(key: str, subject: str) -> EpochPlace:
    tenant, session, stream, epoch = key.split("#")
    return EpochPlace(tenant, session, stream, int(epoch), subject)


def _context(key: str, head: Head, chain: bytes) -> StateContext:
    place = _place(key, head.subject)
    return StateContext(
        place.tenant, place.subject, place.session, place.stream, place.epoch, chain
    )
