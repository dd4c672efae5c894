"""Envelopes to windows, rows and letters: the one stateful step of the stream job."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Callable, Iterator
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.coders import BytesCoder
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import DoOutputsTuple, PCollection, TaggedOutput
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.transforms.userstate import (
    BagStateSpec,
    ReadModifyWriteStateSpec,
    TimerSpec,
    on_timer,
)
from apache_beam.transforms.window import GlobalWindow, TimestampedValue
from apache_beam.utils.shared import Shared
from apache_beam.utils.timestamp import Timestamp

from schemas.archive import ArchiveRecord, EpochPlace
from schemas.envelope import Envelope
from schemas.metrics import POOR_QUALITY
from schemas.traces import NOWHERE, Span, collect_spans
from security.vault import Vault, VaultSettings
from transforms.engine import warm_up
from transforms.live.feedback import feedback_of
from transforms.live.follower_cache import FollowerCache
from transforms.live.followers import Follower
from transforms.live.settings import FollowSettings
from transforms.live.step import Step
from transforms.live.stored_stream import Outcome, StoredStream
from transforms.live.stream_worker import StreamWorker
from transforms.rows_to_seal import RowToSeal

STAGE = "FollowStreams"


@dataclasses.dataclass(frozen=True)
class RefusedEnvelope:
    """An envelope that no stream takes, sealed as it came.

    Attributes:
      stage: the step that refused it.
      reason: stable: `not_opened`, `not_decoded`, `not_followed`, `erased_subject`,
        `contradiction`, `impossible_time`, `too_many_jumps`.
      message: what was wrong and what would be right; nothing of what was sealed.
    """

    envelope: Envelope
    stage: str
    reason: str
    message: str


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class FollowStreams(beam.PTransform):
    """(stream key, Envelope bytes) to `rows`, `tables`, `archive`, `refused` and `feedback`.

    `rows` are RowToSeal, `tables` TablePart, `archive` (EpochPlace, ArchiveRecord), `refused`
    RefusedEnvelope, `feedback` Feedback.

    Args:
      vault: where the subjects' keys are.
      clock_ns: nanoseconds since 1970; timers are set by it.
      traces: where spans of posts that ask for it go: `schemas.traces.EXPORTERS`.
    """

    vault: VaultSettings
    settings: FollowSettings = dataclasses.field(default_factory=FollowSettings)
    clock_ns: Callable[[], int] = time.time_ns
    traces: str = NOWHERE

    def expand(self, envelopes: PCollection[tuple[str, bytes]]) -> DoOutputsTuple:
        """Opened, decoded and followed in one step: no plaintext rests or crosses a shuffle."""
        step = beam.ParDo(FollowFn(self.vault, self.settings, self.clock_ns, self.traces))
        return envelopes | "Follow" >> step.with_output_types(RowToSeal).with_outputs(
            "tables", "archive", "refused", "feedback", main="rows"
        )


class _Process:
    """What all instances of the step in a process share."""

    def __init__(self, vault: VaultSettings, settings: FollowSettings):
        warm_up()
        self.vault = Vault(vault)
        self.cache = FollowerCache[Follower](settings.cache_bytes)


class FollowFn(beam.DoFn):
    """Carries a follower's state; see `StreamWorker` for what is done with it."""

    HEAD = ReadModifyWriteStateSpec("head", BytesCoder())
    SNAPSHOT = ReadModifyWriteStateSpec("snapshot", BytesCoder())
    INPUTS = BagStateSpec("inputs", BytesCoder())
    SILENCE = TimerSpec("silence", TimeDomain.REAL_TIME)
    RELEASE = TimerSpec("release", TimeDomain.REAL_TIME)
    END = TimerSpec("end", TimeDomain.WATERMARK)

    def __init__(
        self,
        vault: VaultSettings,
        settings: FollowSettings,
        clock_ns: Callable[[], int],
        traces: str = NOWHERE,
    ):
        self._vault, self._settings, self._clock_ns = vault, settings, clock_ns
        self._traces = traces
        self._shared = Shared()  # one cache of keys and followers a process

    def setup(self) -> None:
        """Connects, and compiles what is not compiled yet, once a process."""
        collect_spans(self._traces, "stream")
        self._process = self._shared.acquire(lambda: _Process(self._vault, self._settings))
        vault = self._process.vault
        self._worker = StreamWorker(
            self._settings, vault.opener, vault.sealer, self._process.cache, self._clock_ns
        )

    def process(
        self,
        keyed: tuple[str, bytes],
        head: Any = beam.DoFn.StateParam(HEAD),
        snapshot: Any = beam.DoFn.StateParam(SNAPSHOT),
        inputs: Any = beam.DoFn.StateParam(INPUTS),
        silence: Any = beam.DoFn.TimerParam(SILENCE),
        release: Any = beam.DoFn.TimerParam(RELEASE),
        end: Any = beam.DoFn.TimerParam(END),
    ) -> list[Any]:
        """Takes an envelope; its state is written before anything is handed on."""
        key, wire = keyed
        envelope = Envelope.from_bytes(wire)
        stored = StoredStream(head, snapshot, inputs)
        was_new = head.read() is None
        with Span("follow the stream", envelope.traceparent):
            outcome = self._worker.envelope(stored, key, envelope, wire)
        is_forgotten = head.read() is None
        if was_new and not is_forgotten:
            end.set(GlobalWindow().max_timestamp())
        elif is_forgotten and not was_new:
            end.clear()
        return [
            *_packet_outputs(outcome.step, key, envelope),
            *self._told(outcome, silence, release),
        ]

    @on_timer(SILENCE)
    def on_silence(
        self,
        key: Any = beam.DoFn.KeyParam,
        head: Any = beam.DoFn.StateParam(HEAD),
        snapshot: Any = beam.DoFn.StateParam(SNAPSHOT),
        inputs: Any = beam.DoFn.StateParam(INPUTS),
        silence: Any = beam.DoFn.TimerParam(SILENCE),
        release: Any = beam.DoFn.TimerParam(RELEASE),
        end: Any = beam.DoFn.TimerParam(END),
    ) -> list[Any]:
        """Nothing came for a while, perhaps."""
        outcome = self._worker.silence(StoredStream(head, snapshot, inputs), key)
        if head.read() is None:
            end.clear()
        return self._told(outcome, silence, release)

    @on_timer(RELEASE)
    def on_release(
        self,
        key: Any = beam.DoFn.KeyParam,
        head: Any = beam.DoFn.StateParam(HEAD),
        snapshot: Any = beam.DoFn.StateParam(SNAPSHOT),
        inputs: Any = beam.DoFn.StateParam(INPUTS),
        silence: Any = beam.DoFn.TimerParam(SILENCE),
        release: Any = beam.DoFn.TimerParam(RELEASE),
        end: Any = beam.DoFn.TimerParam(END),
    ) -> list[Any]:
        """Nothing came for very long, perhaps."""
        outcome = self._worker.release(StoredStream(head, snapshot, inputs), key)
        if head.read() is None:
            end.clear()
        return self._told(outcome, silence, release)

    @on_timer(END)
    def on_end(
        self,
        key: Any = beam.DoFn.KeyParam,
        head: Any = beam.DoFn.StateParam(HEAD),
        snapshot: Any = beam.DoFn.StateParam(SNAPSHOT),
        inputs: Any = beam.DoFn.StateParam(INPUTS),
        silence: Any = beam.DoFn.TimerParam(SILENCE),
        release: Any = beam.DoFn.TimerParam(RELEASE),
    ) -> list[Any]:
        """The input has ended, or the job is drained."""
        silence.clear()
        release.clear()
        outcome = self._worker.finish(StoredStream(head, snapshot, inputs), key)
        return self._told(outcome, silence, release)

    def _told(self, outcome: Outcome, silence: Any, release: Any) -> list[Any]:
        if outcome.silence_s is not None:
            silence.set(outcome.silence_s)
        if outcome.release_s is not None:
            release.set(outcome.release_s)
        _counter("state-bytes").inc(outcome.n_written)
        step = outcome.step
        told = list(_outputs(step))
        if self._settings.feedback:
            sealer = self._process.vault.sealer
            for identity, batch in step.windows:
                told += [
                    TaggedOutput("feedback", _at(one, one.start_ns))
                    for one in feedback_of(identity, batch, sealer, self._settings.retry_s)
                ]
        return told


@functools.cache  # looked up by name for every packet they would cost as much as its opening
def _counter(name: str) -> Any:
    return Metrics.counter(STAGE, name)


def _outputs(step: Step) -> Iterator[Any]:
    """Stamped on the grid where windows are in it, as all that is computed of them."""
    start_ns = int(step.windows[0][1].start_ns[0]) if step.windows else None
    _counter("windows").inc(sum(len(batch) for _, batch in step.windows))
    for _, batch in step.windows:
        _counter("channel-windows").inc(batch.quality.size)
        n_poor = int(np.count_nonzero(batch.quality < POOR_QUALITY))
        _counter("channel-windows-poor").inc(n_poor)
    for row in step.rows:
        yield row if start_ns is None else _at(row, start_ns)
    for part in step.parts:
        _counter(f"rows-{part.table}").inc(part.n_rows)
        yield TaggedOutput("tables", part if start_ns is None else _at(part, start_ns))


def _packet_outputs(step: Step, key: str, envelope: Envelope) -> Iterator[Any]:
    _counter("envelopes").inc()
    if step.refusal is not None:
        _counter(f"refused-{step.refusal.reason}").inc()
        letter = RefusedEnvelope(envelope, STAGE, step.refusal.reason, step.refusal.message)
        yield TaggedOutput("refused", letter)
    if step.record is not None:
        place = EpochPlace(
            *(envelope.tenant, envelope.session, envelope.stream, envelope.epoch),
            envelope.subject,
        )
        found = step.record
        record = ArchiveRecord(
            *(envelope.sequence, found.time_ns, found.first_sample, found.n_samples),
            packet=envelope.sealed,
            is_sealed=True,
        )
        yield TaggedOutput("archive", (place, record))


def _at(value: Any, time_ns: int) -> TimestampedValue:
    return TimestampedValue(value, Timestamp(micros=time_ns // 1000))
