"""Packets to the files of the archive, as a Beam step: about one file a minute and epoch."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import apache_beam as beam
from apache_beam.coders import BytesCoder
from apache_beam.io.filesystems import FileSystems
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection
from apache_beam.transforms.timeutil import TimeDomain
from apache_beam.transforms.userstate import (
    BagStateSpec,
    ReadModifyWriteStateSpec,
    TimerSpec,
    on_timer,
)
from apache_beam.transforms.window import GlobalWindow

from schemas.archive import (
    ArchiveRecord,
    EpochPlace,
    encode_record,
    file_bytes,
    file_name,
    is_archive_file,
    minute_of,
)
from transforms.archive_bags import BagAccount, by_minute, next_turn_s
from transforms.write_tables import write_whole

STAGE = "WriteArchive"
_PART = re.compile(r"\d+-(\d+)\..*")


@dataclasses.dataclass(frozen=True)
class ArchiveSettings:
    """How packets are gathered.

    Args:
      every_s: seconds of the clock after which a bag is closed; state holds two of these.
      file_bytes: a bag is closed earlier where its file would become larger than about this.
    """

    every_s: int = 60
    file_bytes: int = 32 << 20


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class WriteArchive(beam.PTransform):
    """(EpochPlace, ArchiveRecord) to files below `folder`; returns their paths (str).

    Nothing is too late for it: packets wait in state, not in a window. A timer of the clock closes
    a bag of them, and the next one writes it. At the end of the input, and when the job is
    drained, all that is left is written.

    Args:
      clock: seconds since 1970, by which timers are set.
    """

    folder: str
    settings: ArchiveSettings = dataclasses.field(default_factory=ArchiveSettings)
    clock: Callable[[], float] = time.time

    def expand(self, packets: PCollection[tuple[EpochPlace, ArchiveRecord]]) -> PCollection[str]:
        """Keyed by the epoch's folder and its subject: text, the same on every worker."""
        key = beam.MapTuple(keyed).with_output_types(tuple[str, tuple[int, bytes]])
        write = beam.ParDo(ArchiveFn(self.folder, self.settings, self.clock))
        return packets | "KeyByEpoch" >> key | "WriteFiles" >> write.with_output_types(str)


def keyed(place: EpochPlace, record: ArchiveRecord) -> tuple[str, tuple[int, bytes]]:
    """A record under its epoch's key, with the minute of its file."""
    return f"{place.folder}/{place.subject}", (minute_of(record.time_ns), encode_record(record))


def place_of_key(key: str) -> EpochPlace:
    """The epoch of a key."""
    tenant, session, stream, epoch, subject = key.split("/")
    return EpochPlace(tenant, session, stream, int(epoch), subject)


class ArchiveFn(beam.DoFn):
    """Gathers an epoch's records in state, and writes them when a timer says so."""

    EVEN = BagStateSpec("even", BytesCoder())
    ODD = BagStateSpec("odd", BytesCoder())
    ACCOUNT = ReadModifyWriteStateSpec("account", BytesCoder())
    # Names of their own: FnApiRunner takes timers of one name in fused steps for the same.
    TURN = TimerSpec("archive_turn", TimeDomain.REAL_TIME)
    END = TimerSpec("archive_end", TimeDomain.WATERMARK)

    def __init__(self, folder: str, settings: ArchiveSettings, clock: Callable[[], float]):
        self._folder, self._settings, self._clock = folder, settings, clock

    def process(
        self,
        keyed: tuple[str, tuple[int, bytes]],
        even: Any = beam.DoFn.StateParam(EVEN),
        odd: Any = beam.DoFn.StateParam(ODD),
        state: Any = beam.DoFn.StateParam(ACCOUNT),
        turn: Any = beam.DoFn.TimerParam(TURN),
        end: Any = beam.DoFn.TimerParam(END),
    ) -> None:
        """Adds a record to a bag; writes nothing."""
        key, (minute, body) = keyed
        stored = state.read()
        if stored is None:
            # In state before anything is written, so that a second attempt finds the same number.
            account = BagAccount(first_free_part(self._folder, place_of_key(key)))
            turn.set(self._next_turn(key))
            end.set(GlobalWindow().max_timestamp())
        else:
            account = BagAccount.from_bytes(stored)
        (even, odd)[account.add(minute, len(body))].add(body)
        if account.closed is None and account.open_bytes > self._settings.file_bytes:
            account.close()
            turn.set(self._clock())
        state.write(account.to_bytes())

    @on_timer(TURN)
    def turn_over(
        self,
        key: Any = beam.DoFn.KeyParam,
        even: Any = beam.DoFn.StateParam(EVEN),
        odd: Any = beam.DoFn.StateParam(ODD),
        state: Any = beam.DoFn.StateParam(ACCOUNT),
        turn: Any = beam.DoFn.TimerParam(TURN),
        end: Any = beam.DoFn.TimerParam(END),
    ) -> Iterator[str]:
        """Writes the bag that was closed before, and closes the other one."""
        if (stored := state.read()) is None:
            return
        account = BagAccount.from_bytes(stored)
        if account.closed is not None:
            yield from self._write(key, account, (even, odd), account.closed)
        if account.is_empty:  # an epoch that is silent leaves nothing behind
            state.clear()
            end.clear()
            return
        account.close()
        is_full = account.open_bytes > self._settings.file_bytes
        turn.set(self._clock() if is_full else self._next_turn(key))
        state.write(account.to_bytes())

    @on_timer(END)
    def finish(
        self,
        key: Any = beam.DoFn.KeyParam,
        even: Any = beam.DoFn.StateParam(EVEN),
        odd: Any = beam.DoFn.StateParam(ODD),
        state: Any = beam.DoFn.StateParam(ACCOUNT),
    ) -> Iterator[str]:
        """Writes all that is left: nothing can come any more."""
        if (stored := state.read()) is None:
            return
        account = BagAccount.from_bytes(stored)
        if account.closed is not None:  # apart: an attempt to write it may have begun
            yield from self._write(key, account, (even, odd), account.closed)
        if not account.is_empty:
            yield from self._write(key, account, (even, odd), 0, 1)
        state.clear()

    def _next_turn(self, key: str) -> float:
        return next_turn_s(key, self._clock(), self._settings.every_s)

    def _write(
        self, key: str, account: BagAccount, bags: tuple[Any, Any], *places: int
    ) -> Iterator[str]:
        bodies = [body for place in places for body in bags[place].read()]
        yield from write_files(self._folder, place_of_key(key), account.next_part, bodies)
        account.written(*places)
        for place in places:
            bags[place].clear()


def write_files(
    folder: str, place: EpochPlace, part: int, bodies: Iterable[bytes]
) -> Iterator[str]:
    """Records to a file for each of their minutes: the same records to the same bytes."""
    for minute, records in by_minute(bodies).items():
        path = FileSystems.join(folder, *place.folder.split("/"), file_name(minute, part))
        content = file_bytes(place, records)
        write_whole(path, content)
        Metrics.counter(STAGE, "files").inc()
        Metrics.counter(STAGE, "packets").inc(len(records))
        Metrics.counter(STAGE, "bytes").inc(len(content))
        yield path


def first_free_part(folder: str, place: EpochPlace) -> int:
    """A number above that of every file of the epoch: a new job replaces none of an old one."""
    epoch = FileSystems.join(folder, *place.folder.split("/"))
    matched = FileSystems.match([FileSystems.join(epoch.replace("[", "?"), "*")])[0]
    names = (file.path.rsplit("/", 1)[-1] for file in matched.metadata_list)
    parts = (_PART.fullmatch(name) for name in names if is_archive_file(name))
    return max((int(part[1]) for part in parts if part), default=-1) + 1
