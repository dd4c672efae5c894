"""The account of every sample: what devices were told, against what the stores hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from schemas.archive_reader import EpochReader, epoch_folders
from transforms.engine import StreamSpec, WindowBatch
from transforms.read_windows import SessionOwner, SessionReader
from transforms.sealed_store import SealedStore

ALL_TIMES = (-(2**61), 2**61)


@dataclasses.dataclass(frozen=True, order=True)
class StreamKey:
    """An epoch of a stream of a session."""

    session: str
    stream: str
    epoch: int

    def __str__(self) -> str:
        return f"{self.session[:8]} {self.stream} epoch {self.epoch}"


@dataclasses.dataclass(frozen=True)
class JobAccount:
    """What the stream job says of an epoch at its end: columns of `stream_accounts`."""

    is_final: bool
    packets_accepted: int
    packets_duplicate: int
    packets_late: int
    packets_refused: int
    samples_accepted: int
    samples_computed: int
    samples_duplicate: int
    samples_late: int
    samples_held: int
    samples_refused: int
    samples_in_gaps: int


ACCOUNT_COLUMNS = tuple(field.name for field in dataclasses.fields(JobAccount))


@dataclasses.dataclass(frozen=True)
class StreamBalance:
    """One epoch of a stream in all four books; of events, what is counted is their packets.

    Args:
      told: samples that the device was told are accepted, each place counted once.
      job: None where the job has written no account.
      in_windows: samples in the windows that Bigtable holds.
      in_archive: places of which the archive holds a sample.
    """

    key: StreamKey
    told: int
    job: JobAccount | None
    in_windows: int
    in_archive: int
    is_events: bool = False

    @property
    def problems(self) -> list[str]:
        """What does not balance, a sentence each; none: every sample is accounted for."""
        if self.job is None:
            return [f"{self.key}: the job has written no account of {self.told:,} samples"]
        found = []
        for name, one, other_name, other in (
            _event_sums(self, self.job) if self.is_events else _sample_sums(self, self.job)
        ):
            if one != other:
                found.append(f"{self.key}: {one:,} {name}, {other:,} {other_name}")
        if not self.job.is_final:
            found.append(f"{self.key}: the job has not closed the epoch")
        return found


_Sums = tuple[tuple[str, int, str, int], ...]
"""What should be equal: a name and a number, and again."""


def _sample_sums(books: StreamBalance, job: JobAccount) -> _Sums:
    sorted_out = job.samples_computed + job.samples_duplicate + job.samples_late
    sorted_out += job.samples_held + job.samples_refused
    apart = job.samples_computed + job.samples_late
    return (
        ("samples accepted by the job", job.samples_accepted, "sorted by it", sorted_out),
        (
            "samples told to the device as accepted",
            books.told,
            "computed, late or refused",
            apart + job.samples_refused,
        ),
        ("samples computed", job.samples_computed, "in windows in Bigtable", books.in_windows),
        ("samples computed or late", apart, "in the archive", books.in_archive),
        ("samples held back at the end", job.samples_held, "expected", 0),
    )


def _event_sums(books: StreamBalance, job: JobAccount) -> _Sums:
    once = job.packets_accepted - job.packets_duplicate
    return (
        ("packets told to the device as accepted", books.told, "taken once by the job", once),
        ("packets told to the device as accepted", books.told, "in the archive", books.in_archive),
    )


@dataclasses.dataclass(frozen=True)
class Places:
    """What a book holds of an epoch: samples, each place counted once, or packets of events."""

    n_samples: int
    n_event_packets: int

    @property
    def is_events(self) -> bool:
        """A stream has samples, or it has events."""
        return self.n_samples == 0

    @property
    def count(self) -> int:
        """Of whatever it has."""
        return self.n_event_packets if self.is_events else self.n_samples


def places_of(packets: Iterable[tuple[int, int, int]]) -> Places:
    """Counts packets, given as sequence, first sample and number of samples; 0 for events.

    >>> places_of([(0, 0, 10), (1, 5, 10), (1, 5, 10)])
    Places(n_samples=15, n_event_packets=0)
    """
    found = set(packets)
    samples = [(first, first + n) for _, first, n in found if n]
    return Places(covered(samples), len({sequence for sequence, _, n in found if not n}))


_NOTHING = Places(0, 0)


def balances(
    told: Mapping[StreamKey, Places],
    accounts: Mapping[StreamKey, JobAccount],
    windows: Mapping[StreamKey, WindowBatch],
    archived: Mapping[StreamKey, Places],
) -> list[StreamBalance]:
    """Every epoch that is in any of the books, in order."""
    return [
        StreamBalance(
            key=key,
            told=told.get(key, _NOTHING).count,
            job=accounts.get(key),
            in_windows=int(windows[key].n_samples.sum()) if key in windows else 0,
            in_archive=archived.get(key, _NOTHING).count,
            is_events=_is_events(told.get(key), archived.get(key)),
        )
        for key in sorted({*told, *accounts, *windows, *archived})
    ]


def _is_events(*books: Places | None) -> bool:
    known = [book for book in books if book is not None]
    return bool(known) and all(book.is_events for book in known)


def archived_places(archive: Path) -> dict[StreamKey, Places]:
    """What the archive holds of each epoch; packets stay sealed."""
    found = {}
    for session in sorted(archive.glob("*/*")):
        for folder in epoch_folders(session):
            reader = EpochReader(folder)
            key = StreamKey(reader.place.session, reader.place.stream, reader.place.epoch)
            found[key] = places_of(
                (record.sequence, record.first_sample, record.n_samples)
                for record in reader.records()
            )
    return found


def covered(ranges: Iterable[tuple[int, int]]) -> int:
    """How many places lie in at least one of the ranges [first, stop).

    >>> covered([(0, 10), (5, 12), (20, 21), (20, 21)])
    13
    """
    total, reached = 0, None
    for first, stop in sorted(ranges):
        begin = first if reached is None else max(first, reached)
        total += max(0, stop - begin)
        reached = stop if reached is None else max(reached, stop)
    return total


def stored_windows(
    store: SealedStore, owners: Sequence[SessionOwner]
) -> dict[StreamKey, WindowBatch]:
    """What Bigtable holds of some sessions, opened and read as a researcher reads it."""
    reader, found = SessionReader(store), {}
    for owner in owners:
        for epoch in reader.epochs(owner):
            key = StreamKey(owner.session, epoch.place.stream, epoch.place.epoch)
            found[key] = reader.read_windows(epoch, *ALL_TIMES)
    return found


def stored_specs(store: SealedStore, owners: Sequence[SessionOwner]) -> dict[StreamKey, StreamSpec]:
    """How each epoch that Bigtable holds was computed."""
    reader = SessionReader(store)
    return {
        StreamKey(owner.session, epoch.place.stream, epoch.place.epoch): epoch.spec
        for owner in owners
        for epoch in reader.epochs(owner)
    }


def window_count(windows: Mapping[StreamKey, WindowBatch]) -> int:
    """Of all streams together."""
    return int(np.sum([len(batch) for batch in windows.values()], dtype=np.int64))
