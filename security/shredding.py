"""Erasing a person by destroying every key that opens what was sealed for them.

Deleting the keyset is not enough: an old copy of it opens as long as the KMS version that wrapped
it lives. So a new version is made after the deletion, survivors are rewrapped onto it, and all
older ones are destroyed. Every step may be repeated, by several operators at once, and after a
crash anywhere: what is recorded has happened, and what is not recorded is done again.
"""

from __future__ import annotations

import dataclasses
import datetime
import logging
from collections.abc import Callable, Iterable, Sequence

from google.cloud.bigtable.data import Table

from schemas.erasure_rows import Stage
from schemas.errors import SchemaError
from schemas.keyset_rows import KeysetId, keyset_of_row, subject_keyset
from security.erasure_records import ErasureRecord, ErasureRecords
from security.erasure_status import CopiesRunOut, ErasureState, ErasureStatus, status_of
from security.errors import KeysetErasedError, KeyUnusableError
from security.key_names import TenantKeyNames
from security.key_versions import KeyVersion, KeyVersions
from security.keyset_scan import scan, tenant_ranges
from security.keyset_store import KeysetStore

_LOG = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Verified:
    """What a scan of all keysets of a tenant found, after they had been rewrapped.

    Args:
      began: before the first row was read.
      oldest_version: the lowest number of a KMS version that wraps a subject's keyset, None if
        there are no keysets.
      keysets: of subjects, how many.
    """

    began: datetime.datetime
    oldest_version: int | None
    keysets: int


class Shredder:
    """Erasures of a deployment's subjects, stage by stage; see `pipelines.erase`."""

    def __init__(
        self,
        names: TenantKeyNames,
        table: Table,
        store: KeysetStore,
        records: ErasureRecords,
        versions: KeyVersions,
        copies: CopiesRunOut,
        clock: Callable[[], datetime.datetime],
    ):
        self._names, self._table, self._store = names, table, store
        self._records, self._versions = records, versions
        self._copies, self._clock = copies, clock

    def request(self, tenant: str, subject: str, operator: str) -> ErasureRecord:
        """Records who asks, then deletes the subject's keyset and bars the way to a new one.

        Workers that hold the keyset go on until their caches run out.

        Raises:
          SealError: asked again, it goes on where it stopped.
        """
        keyset_id = subject_keyset(tenant, subject)
        if not operator:
            raise SchemaError("operator", operator, "who asks for the erasure")
        pseudonym = self._records.subject_of(tenant, subject)
        by = self._records.operator_of(tenant, operator)
        self._records.mark(tenant, pseudonym, Stage.REQUESTED, self._clock(), by=by)
        record = self._read(tenant, pseudonym)
        self._delete(record, keyset_id, had_keyset=self._has_keyset(keyset_id))
        return self._read(tenant, pseudonym)

    def sweep(self, tenant: str) -> int:
        """Deletes keysets of erased subjects that are there: after a crash, or out of a backup.

        Returns:
          How many there were.
        """
        records = {record.subject: record for record in self._records.of(tenant)}
        if not records:
            return 0
        n_deleted = 0
        for keyset_id in self._subjects(tenant):
            record = records.get(self._records.subject_of(tenant, keyset_id.holder))
            if record is not None:
                self._delete(record, keyset_id, had_keyset=True)
                n_deleted += 1
        return n_deleted

    def rotate(self, tenant: str) -> KeyVersion | None:
        """Gives all deletions that have none yet one new KMS version, and lets it encrypt.

        Returns:
          The version that encrypts, or None if no erasure is under way.
        """
        key_name = self._names.subjects(tenant)
        waiting = [
            record
            for record in self._records.of(tenant)
            if Stage.DELETED in record and Stage.TARGET not in record
        ]
        if waiting:  # they were deleted before the version was made: it cannot have wrapped them
            self._aim(tenant, waiting, self._versions.add(key_name))
        under_way = self._under_way(tenant)
        if not under_way:
            return None
        primary = self._versions.raise_primary(key_name, max(record.target for record in under_way))
        for record in under_way:
            self._mark(record, Stage.ROTATED)
        return primary

    def is_waiting(self, tenant: str) -> bool:
        """Whether all that can be done is done: everything old is scheduled for destruction."""
        under_way = self._under_way(tenant)
        doomed = {number for record in under_way for number in record.doomed}
        usable = {
            version.number
            for version in self._versions_of(tenant)
            if version.state in ("ENABLED", "DISABLED")
        }
        return all(Stage.SCHEDULED in record for record in under_way) and not doomed & usable

    def settles_at(self, tenant: str) -> datetime.datetime | None:
        """From when a scan can show that nobody wraps with an old version; None: nothing waits."""
        waiting = [
            self._copies.after(record.at(Stage.ROTATED), "new_primary")
            for record in self._under_way(tenant)
            if Stage.ROTATED in record and Stage.REWRAPPED not in record
        ]
        return max(waiting, default=None)

    def destroy(self, tenant: str, verified: Verified) -> list[int]:
        """Schedules the destruction of what may open erased keysets, where nothing else needs it.

        Args:
          verified: a scan of this moment. Versions that still wrap a keyset are left alone.

        Returns:
          Numbers of the versions that wait for their destruction, or are destroyed.
        """
        key_name = self._names.subjects(tenant)
        doomed: set[int] = set()
        for record in self._under_way(tenant):
            if not self._may_destroy(record, verified):
                continue
            self._mark(record, Stage.REWRAPPED, keysets=verified.keysets)
            self._require_primary(key_name, record.target)
            for number in sorted(record.doomed - doomed):
                self._versions.schedule_destruction(key_name, number)
            doomed |= record.doomed
            self._mark(record, Stage.SCHEDULED)
        return sorted(doomed)

    def status(self, tenant: str, subject: str) -> ErasureStatus | None:
        """How far a subject's erasure is; None if nobody asked for one."""
        record = self._records.read(tenant, self._records.subject_of(tenant, subject))
        if record is None:
            return None
        has_keyset = self._has_keyset(subject_keyset(tenant, subject))
        return self._status(record, self._versions_of(tenant), has_keyset)

    def statuses(self, tenant: str) -> list[ErasureStatus]:
        """All erasures of a tenant."""
        records = self._records.of(tenant)
        if not records:
            return []
        versions = self._versions_of(tenant)
        there = {
            self._records.subject_of(tenant, keyset_id.holder)
            for keyset_id in self._subjects(tenant)
        }
        return [self._status(record, versions, record.subject in there) for record in records]

    def conclude(self, tenant: str) -> list[ErasureStatus]:
        """As `statuses`; destruction that was seen, and what is final, is recorded."""
        found = self.statuses(tenant)
        records = {record.subject: record for record in self._records.of(tenant)}
        for status in found:
            record = records[status.subject]
            (destroyed,) = (c for c in status.conditions if c.name == "old_kms_versions_destroyed")
            if destroyed.met and destroyed.ends_at is not None:
                self._mark(record, Stage.DESTROYED, at=destroyed.ends_at)
            if status.state is ErasureState.FINAL:
                self._mark(record, Stage.FINAL)
        return found

    def _delete(self, record: ErasureRecord, keyset_id: KeysetId, *, had_keyset: bool) -> None:
        requested_ms = int(record.at(Stage.REQUESTED).timestamp() * 1000)
        number = record.number
        if had_keyset and Stage.DELETED in record:
            _LOG.warning("an erased keyset of tenant %s had come back", keyset_id.tenant)
            number += 1  # its destruction proved nothing about this copy
        self._store.erase(keyset_id, requested_ms)
        at = self._clock()  # not before it is gone
        self._records.mark(record.tenant, record.subject, Stage.DELETED, at, number)

    def _aim(self, tenant: str, waiting: Sequence[ErasureRecord], number: int) -> None:
        older = [
            version.number
            for version in self._versions_of(tenant)
            if version.number < number and not version.is_gone
        ]
        for record in waiting:
            self._mark(record, Stage.TARGET, version=number, older=older)
        # Read, not remembered: a repeated attempt at a record says that others wrote it.
        if all(record.target != number for record in self._under_way(tenant)):
            # Another operator was faster, and ours never wraps anything.
            self._versions.schedule_destruction(self._names.subjects(tenant), number)

    def _may_destroy(self, record: ErasureRecord, verified: Verified) -> bool:
        if Stage.ROTATED not in record:
            return False
        if verified.began < self._copies.after(record.at(Stage.ROTATED), "new_primary"):
            return False
        return verified.oldest_version is None or verified.oldest_version >= record.target

    def _require_primary(self, key_name: str, target: int) -> None:
        if self._versions.raise_primary(key_name, target).number < target:
            raise KeyUnusableError(key_name)

    def _under_way(self, tenant: str) -> list[ErasureRecord]:
        return [
            record
            for record in self._records.of(tenant)
            if Stage.TARGET in record and Stage.DESTROYED not in record
        ]

    def _subjects(self, tenant: str) -> Iterable[KeysetId]:
        """Everyone whose row holds a keyset, marked as erased or not."""
        for start, end in tenant_ranges(tenant):
            for row in scan(self._table, start, end):
                try:
                    keyset_id = keyset_of_row(row.key)
                except (SchemaError, UnicodeDecodeError):
                    continue  # nobody's: the rewrap job reports it
                if row.has_keyset and keyset_id.is_subject:
                    yield keyset_id

    def _has_keyset(self, keyset_id: KeysetId) -> bool:
        key = keyset_id.row_key
        return any(row.has_keyset for row in scan(self._table, key, key + b"\0"))

    def _versions_of(self, tenant: str) -> list[KeyVersion]:
        return self._versions.of(self._names.subjects(tenant))

    def _status(
        self, record: ErasureRecord, versions: Sequence[KeyVersion], has_keyset: bool
    ) -> ErasureStatus:
        return status_of(
            record, versions, has_keyset=has_keyset, copies=self._copies, now=self._clock()
        )

    def _mark(
        self,
        record: ErasureRecord,
        stage: Stage,
        at: datetime.datetime | None = None,
        **details: object,
    ) -> None:
        if stage not in record:
            when, number = at or self._clock(), record.number
            self._records.mark(record.tenant, record.subject, stage, when, number, **details)

    def _read(self, tenant: str, pseudonym: str) -> ErasureRecord:
        record = self._records.read(tenant, pseudonym)
        if record is None:
            raise KeysetErasedError
        return record
