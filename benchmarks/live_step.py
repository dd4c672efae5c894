"""The stateful step of the stream job: packets a second, and what it writes to state and stores."""

from __future__ import annotations

import dataclasses
import itertools
import statistics
import time
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from benchmarks.sealing import SUBJECT, TENANT, bench_vault
from benchmarks.workloads import LINE_HZ, NAMES_10_20, background
from schemas.envelope import Envelope, EnvelopeKind
from schemas.float_grid import FloatGrid
from schemas.packet import Packet
from schemas.packet_format import SignalFormat
from schemas.packet_wire import encode_packet
from security.context import PacketContext
from security.sealing import OVERHEAD_BYTES
from security.vault import Vault
from transforms.engine import SignalEngine, StreamSpec
from transforms.live.follower_cache import FollowerCache
from transforms.live.followers import Follower
from transforms.live.live_rows import LiveRows
from transforms.live.live_tables import LiveTables
from transforms.live.settings import FollowSettings
from transforms.live.stored_stream import StoredStream
from transforms.live.stream_worker import StreamWorker
from transforms.row_identity import RowIdentity
from transforms.rows_to_seal import StageTimes

RATE_HZ, STEP_UV, SESSION = 250, 0.1, "0" * 32
START_NS = 1_704_067_200_000_000_000
MINUTES, TURNS, TURN_PACKETS = 3, 5, 60
ENGINE, STEP, EVERY = "bare engine", "the step", "the step, a snapshot a packet"
STORES = "its cells, seconds, log and events by themselves"
WINDOWS = "the step without them: open, decode, order, window, state"


def measure() -> dict[str, Any]:
    """Packets of 250 ms a second of processor time for each contender, and bytes a packet."""
    with bench_vault() as vault:
        posts = {ms: _envelopes(vault, ms) for ms in (250, 1000)}
        contenders: dict[str, Callable[[int], object]] = {
            ENGINE: _engine_pushes(250),
            STEP: _steps(vault, posts[250], FollowSettings(line_hz=LINE_HZ)),
            STORES: _stores(250),
            EVERY: _steps(vault, posts[250], FollowSettings(line_hz=LINE_HZ, most_inputs=1)),
        }
        speeds: dict[str, list[float]] = {name: [] for name in contenders}
        for turn in range(TURNS + 1):  # the first compiles and fills caches
            for name, take in contenders.items():
                began = time.process_time()
                for number in range(turn * TURN_PACKETS, (turn + 1) * TURN_PACKETS):
                    take(number)
                speeds[name].append(TURN_PACKETS / (time.process_time() - began))
        speeds[WINDOWS] = [
            1 / (1 / step - 1 / stores)
            for step, stores in zip(speeds[STEP], speeds[STORES], strict=True)
        ]
        ratios = [step / engine for step, engine in zip(speeds[STEP], speeds[ENGINE], strict=True)]
        return {
            "packets_per_s": {n: statistics.median(some[1:]) for n, some in speeds.items()},
            "of_engine": statistics.median(ratios[1:]),
            "traffic": [_traffic(vault, ms, some) for ms, some in posts.items()],
        }


def _packets(every_ms: int) -> list[Packet]:
    n_samples = MINUTES * 60 * RATE_HZ
    counts = np.round(background(n_samples, 8, RATE_HZ, seed=1) / STEP_UV).astype(np.int32)
    format_ = SignalFormat("eeg", Fraction(RATE_HZ), NAMES_10_20, scale=(STEP_UV,), adc_bits=24)
    n_packets = MINUTES * 60_000 // every_ms
    edges = [round(n * every_ms * RATE_HZ / 1000) for n in range(n_packets + 1)]
    return [
        Packet(
            device="bench00000000000",
            session=SESSION,
            stream="eeg0",
            format=format_,
            first_sample=first,
            start_ns=START_NS,
            samples=counts[first:stop],
            sequence=sequence,
        )
        for sequence, (first, stop) in enumerate(itertools.pairwise(edges))
    ]


def _envelopes(vault: Vault, every_ms: int) -> list[tuple[Envelope, bytes]]:
    found = []
    for packet in _packets(every_ms):
        context = PacketContext(TENANT, SUBJECT, SESSION, "eeg0", 0, packet.sequence)
        end_ns = START_NS + (packet.first_sample + packet.n_samples) * 4_000_000
        envelope = Envelope(
            kind=EnvelopeKind.SAMPLES,
            tenant=TENANT,
            subject=SUBJECT,
            session=SESSION,
            stream="eeg0",
            epoch=0,
            sequence=packet.sequence,
            event_time_ms=end_ns // 1_000_000,
            received_ns=end_ns + 30_000_000,
            delivery=f"{packet.sequence:032x}",
            sealed=vault.sealer.seal(encode_packet(packet), context),
        )
        found.append((envelope, envelope.to_bytes()))
    return found


def _engine_pushes(every_ms: int) -> Callable[[int], object]:
    packets = _packets(every_ms)
    rows = [packet.samples_in_unit() for packet in packets]
    engine = SignalEngine(StreamSpec("eeg", RATE_HZ, NAMES_10_20, START_NS, LINE_HZ))
    return lambda number: engine.push(packets[number].first_sample, rows[number])


def _stores(every_ms: int) -> Callable[[int], object]:
    """Windows that were computed before to everything that is stored of them."""
    spec = StreamSpec("eeg", RATE_HZ, NAMES_10_20, START_NS, LINE_HZ)
    engine, times = SignalEngine(spec), StageTimes(START_NS, START_NS, START_NS, START_NS)
    identity = RowIdentity(TENANT, SUBJECT, SESSION, "eeg0", 0, parameter_version="1")
    grid = FloatGrid(np.full(spec.n_channels, STEP_UV), np.zeros(spec.n_channels))
    rows, tables = LiveRows(spec, identity, grid), LiveTables(spec, identity)
    pieces = [(one.first_sample, one.samples_in_unit()) for one in _packets(every_ms)]
    batches = [engine.push(*piece) for piece in pieces]

    def take(number: int) -> object:
        rows.keep(*pieces[number])
        tables.keep(*pieces[number])
        batch = batches[number]
        return list(rows.add(batch, times)), list(tables.add(batch, times))

    return take


def _steps(
    vault: Vault, envelopes: list[tuple[Envelope, bytes]], settings: FollowSettings
) -> Callable[[int], object]:
    worker, stored = _worker(vault, settings), StoredStream(_Cell(), _Cell(), _Bag())

    def take(number: int) -> object:
        envelope, wire = envelopes[number]
        return worker.envelope(stored, envelope.stream_key, envelope, wire)

    return take


def _traffic(
    vault: Vault, every_ms: int, envelopes: list[tuple[Envelope, bytes]]
) -> dict[str, float]:
    """Bytes a packet of state, and an hour in Bigtable and in the archive."""
    worker = _worker(vault, FollowSettings(line_hz=LINE_HZ))
    stored = StoredStream(_Cell(), _Cell(), _Bag())
    state, cells, sealed, count = 0, 0, 0, 0
    for number, (envelope, wire) in enumerate(envelopes):
        outcome = worker.envelope(stored, envelope.stream_key, envelope, wire)
        if number * every_ms < 60_000:
            continue  # a minute until history and snapshots have their size
        count += 1
        state += outcome.n_written
        sealed += len(envelope.sealed)
        rows = outcome.step.rows
        cells += sum(row.n_bytes + OVERHEAD_BYTES * len(row.cells) for row in rows)
    an_hour = 3_600_000 / every_ms / count / 1e6
    return {
        "every_ms": every_ms,
        "state_bytes": state / count,
        "envelope_bytes": statistics.mean(len(wire) for _, wire in envelopes),
        "snapshot_bytes": float(len(stored.snapshot.read() or b"")),
        "bigtable_mb": cells * an_hour,
        "archive_mb": sealed * an_hour,
    }


def _worker(vault: Vault, settings: FollowSettings) -> StreamWorker:
    cache = FollowerCache[Follower](settings.cache_bytes)
    return StreamWorker(settings, vault.opener, vault.sealer, cache, time.time_ns)


@dataclasses.dataclass
class _Cell:
    value: bytes | None = None

    def read(self) -> bytes | None:
        return self.value

    def write(self, value: bytes) -> None:
        self.value = value

    def clear(self) -> None:
        self.value = None


@dataclasses.dataclass
class _Bag:
    values: list[bytes] = dataclasses.field(default_factory=list)

    def read(self) -> Iterable[bytes]:
        return self.values

    def add(self, value: bytes) -> None:
        self.values.append(value)

    def clear(self) -> None:
        self.values = []
