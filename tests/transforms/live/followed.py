"""Packets through a follower, and through the archive and the batch job: what comes of each."""

from __future__ import annotations

import dataclasses
import itertools
import operator
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from schemas.archive import EpochPlace, record_of
from schemas.archive_writer import ArchiveWriter
from schemas.packet import Packet
from tests.transforms.recordings.made_archive import SESSION, SUBJECT, TENANT, packets_of
from transforms.batch_records import StreamTask
from transforms.compute_stream import compute_stream
from transforms.engine import SignalEngine, WindowBatch
from transforms.live.follower import StreamFollower
from transforms.live.follower_state import dump, load
from transforms.live.settings import FollowSettings
from transforms.live.step import Step
from transforms.recordings import RecordingSettings, open_recording, read_blocks
from transforms.recordings.archive.stream_spec import stream_of_format
from transforms.row_identity import RowIdentity
from transforms.second_rows import Part
from transforms.table_part import TablePart

STAMPS = {"device_ns", "received_ns", "published_ns", "windowed_ns", "written_ns"}
"""Columns of times that only a live row has."""
COMPARED = ("features", "features_1s", "events", "sessions")


def place_of(packet: Packet) -> EpochPlace:
    return EpochPlace(TENANT, packet.session, packet.stream, packet.epoch, SUBJECT)


def noise(n_samples: int, n_channels: int = 2, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    samples = np.cumsum(rng.normal(0, 60, (n_samples, n_channels)), axis=0)
    samples[n_samples // 3 : n_samples // 3 + 40, 0] += 4_000  # something to flag
    return samples.astype(np.int32)


def made_packets(n_samples: int = 1000, every: int = 62, **options: Any) -> list[Packet]:
    numbers = options.pop("numbers", None)
    numbers = noise(n_samples) if numbers is None else numbers
    cuts = range(every, len(numbers), every)
    return [packet for _, packet in packets_of(numbers, cuts=cuts, **options)]


@dataclasses.dataclass
class Followed:
    """Everything that came of some packets."""

    steps: list[Step]
    follower: StreamFollower

    @property
    def windows(self) -> dict[int, WindowBatch]:
        found: dict[int, list[WindowBatch]] = {}
        for identity, batch in itertools.chain(*(step.windows for step in self.steps)):
            found.setdefault(int(identity.epoch or 0), []).append(batch)
        return {epoch: WindowBatch.concatenate(batches) for epoch, batches in found.items()}

    @property
    def parts(self) -> list[Part]:
        return [part for step in self.steps for part in step.parts]

    def rows(self, table: str) -> list[dict[str, Any]]:
        return rows_of(self.parts, table)

    @property
    def account(self) -> dict[str, Any]:
        return self.rows("stream_accounts")[-1]


def rows_of(parts: Iterable[Part], table: str) -> list[dict[str, Any]]:
    return [row for part in parts if part.table == table for row in part.rows.to_pylist()]


def follow(
    packets: Sequence[Packet],
    settings: FollowSettings | None = None,
    *,
    end: bool = True,
    restart_every: int = 0,
) -> Followed:
    """Args: restart_every: so many packets, through bytes; 0: never."""
    settings = settings or FollowSettings()
    follower = StreamFollower(place_of(packets[0]), settings, lambda: 7)
    steps = []
    for number, packet in enumerate(packets, 1):
        steps.append(follower.packet(packet))
        check_balance(follower)
        if restart_every and number % restart_every == 0:
            steps.append(Step(parts=follower.flush()))
            follower = load(dump(follower), follower.place, settings, lambda: 7)
    if end:
        steps.append(follower.end())
        check_balance(follower)
    return Followed(steps, follower)


def check_balance(follower: StreamFollower) -> None:
    """Promise 9: every sample is somewhere, and only there."""
    account = follower.account
    known = account.samples_computed + account.samples_duplicate + account.samples_late
    assert account.samples_accepted == known + account.samples_refused + follower.n_held
    if follower.start is not None:
        place = follower.order.next_sample
        assert account.samples_computed + account.samples_in_gaps == place


def assert_same_windows(found: WindowBatch, expected: WindowBatch) -> None:
    for name in WindowBatch.ARRAYS:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name), name)


def bare_windows(packets: Iterable[Packet]) -> WindowBatch:
    """Of the engine alone: packets of one epoch, in the order of time."""
    packets = list(packets)
    spec, factor, _ = stream_of_format(
        "eeg0", packets[0].format, packets[0].start_ns, RecordingSettings()
    )
    engine = SignalEngine(spec)
    pushed = [engine.push(p.first_sample, p.samples_in_unit() * factor) for p in packets]
    return WindowBatch.concatenate([*pushed, engine.finish()])


def batch_parts(root: Any, archived: Iterable[tuple[Packet, Step]]) -> list[TablePart]:
    """What the batch job makes of an archive of packets that a follower said are to be kept."""
    with ArchiveWriter(root) as writer:
        for packet, step in archived:
            if step.record is not None:
                record = record_of(packet, first_sample=step.record.first_sample)
                assert record.time_ns == step.record.time_ns
                writer.add(place_of(packet), record)
    folder = str(root / TENANT / SESSION)
    opened = open_recording(folder, RecordingSettings())
    identity = RowIdentity(TENANT, SUBJECT, SESSION)
    results: list[Any] = []
    for plan in opened.streams:
        task = StreamTask(folder, 1, identity, plan, ())
        results += compute_stream(task, read_blocks(folder, plan))
    return [result for result in results if isinstance(result, TablePart)]


def comparable(parts: Iterable[Part], table: str) -> list[dict[str, Any]]:
    """Rows in one order, without times and what only the live path or only the job can know."""
    left_out = STAMPS | {"device", "source"}
    rows = [
        {key: value for key, value in row.items() if key not in left_out}
        for row in rows_of(parts, table)
        if row.get("category", "stream") in ("artifact", "stream")
    ]
    by = operator.itemgetter("epoch", "start_ns")
    return sorted(rows, key=lambda row: (by(row), str(row.get("kind")), str(row.get("channel"))))
