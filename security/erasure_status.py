"""Is a subject erased? What has yet to run out, when it does, and what cannot be claimed yet."""

from __future__ import annotations

import dataclasses
import datetime
import enum
from collections.abc import Sequence
from typing import Any

from schemas.erasure_rows import Stage
from schemas.errors import SchemaError
from security.erasure_records import ErasureRecord
from security.key_versions import KeyVersion

_DAY_H = 24.0


@dataclasses.dataclass(frozen=True)
class CopiesRunOut:
    """How long copies of a deleted keyset may last, hours. An upper bound each, or the proof lies.

    Args:
      caches: life of an opened keyset in any worker (`KeysetSettings.cache_life_s`), and the
        minutes that a load under way may take.
      deleted_cells: until Bigtable has removed what was deleted (up to a week), and for as long
        as a deleted table can be undeleted (a week).
      backups: of the table of keysets: Bigtable keeps one for at most 90 days, and a copy of it
        30 more.
      key_service: an allowance for what Cloud KMS itself has yet to clear away after it reports
        a version destroyed.
      new_primary: until no worker wraps with the old version any more; Google says a minute, and
        several hours in exceptional cases.
      clocks: by which the clocks of operators and services may differ.
    """

    caches: float = 1.25
    deleted_cells: float = 7 * _DAY_H
    backups: float = 120 * _DAY_H
    key_service: float = 45 * _DAY_H
    new_primary: float = 24.0
    clocks: float = 0.25

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            found = getattr(self, field.name)
            if not 0 <= found < 10 * 365 * _DAY_H:
                raise SchemaError(field.name, found, "hours, 0 or more")

    def after(self, start: datetime.datetime, copies: str) -> datetime.datetime:
        """When these copies of what was deleted at `start` have run out."""
        hours = getattr(self, copies) + self.clocks
        return start + datetime.timedelta(hours=hours)


class ErasureState(enum.Enum):
    """`FINAL` says that nothing of the subject that was sealed can be opened anywhere."""

    PENDING = "pending"
    FINAL = "final"


@dataclasses.dataclass(frozen=True)
class Condition:
    """Something that has to be so before an erasure is final.

    Args:
      ends_at: when it is met, or was; None if that cannot be said yet.
      detail: what is waited for, or what is wrong.
    """

    name: str
    ends_at: datetime.datetime | None
    met: bool
    detail: str = ""


@dataclasses.dataclass(frozen=True)
class ErasureStatus:
    """How far an erasure has come.

    Args:
      subject: its pseudonym.
      requested_by: the pseudonym of an operator.
    """

    tenant: str
    subject: str
    requested_at: datetime.datetime
    requested_by: str
    conditions: tuple[Condition, ...]

    @property
    def state(self) -> ErasureState:
        """FINAL if every condition is met."""
        met = all(condition.met for condition in self.conditions)
        return ErasureState.FINAL if met else ErasureState.PENDING

    @property
    def final_from(self) -> datetime.datetime | None:
        """The day from which it is final, or was; None if that cannot be said yet."""
        ends = [condition.ends_at for condition in self.conditions]
        return None if None in ends else max(end for end in ends if end is not None)

    def to_json(self) -> dict[str, Any]:
        """For other programs; times in ISO 8601, UTC."""
        told = dataclasses.asdict(self)
        told |= {"state": self.state.value, "final_from": self.final_from}
        return _plain(told)


def status_of(
    record: ErasureRecord,
    versions: Sequence[KeyVersion],
    *,
    has_keyset: bool,
    copies: CopiesRunOut,
    now: datetime.datetime,
) -> ErasureStatus:
    """Every condition, from the record and from what Cloud KMS and the table say now.

    Args:
      versions: all versions of the KMS key.
      has_keyset: whether there is a keyset in the subject's row.
    """
    conditions = [_deleted(record, has_keyset)]
    names = {"caches": "worker_caches", "deleted_cells": "deleted_cells", "backups": "backups"}
    for field, name in names.items():
        ends = copies.after(record.at(Stage.DELETED), field) if Stage.DELETED in record else None
        conditions.append(_timed(name, ends, now, "counts from the deletion of the keyset"))
    conditions.append(_reached("rewrapped", record, Stage.REWRAPPED, "survivors are rewrapped"))
    destroyed = _destroyed(record, versions)
    conditions.append(destroyed)
    ends = copies.after(destroyed.ends_at, "key_service") if destroyed.ends_at else None
    because = "counts from the destruction of the version"
    conditions.append(_timed("key_service_copies", ends, now, because))
    requested = record.stages[Stage.REQUESTED]
    return ErasureStatus(
        record.tenant,
        record.subject,
        record.at(Stage.REQUESTED),
        str(requested["by"]),
        tuple(conditions),
    )


def _met(name: str, since: datetime.datetime) -> Condition:
    return Condition(name, since, met=True)


def _unmet(name: str, detail: str, ends_at: datetime.datetime | None = None) -> Condition:
    return Condition(name, ends_at, met=False, detail=detail)


def _deleted(record: ErasureRecord, has_keyset: bool) -> Condition:
    condition = _reached("keyset_deleted", record, Stage.DELETED, "ask for the erasure again")
    if not has_keyset:
        return condition
    came_back = "there is a keyset in the subject's row; run the erasure again"
    return _unmet(condition.name, came_back)


def _reached(name: str, record: ErasureRecord, stage: Stage, detail: str) -> Condition:
    if stage in record:
        return _met(name, record.at(stage))
    return _unmet(name, f"not yet: {detail}")


def _timed(
    name: str, ends: datetime.datetime | None, now: datetime.datetime, detail: str
) -> Condition:
    met = ends is not None and now >= ends
    return Condition(name, ends, met, "" if met else detail)


def _destroyed(record: ErasureRecord, versions: Sequence[KeyVersion]) -> Condition:
    """What Cloud KMS says now counts: a scheduled destruction can be taken back."""
    name = "old_kms_versions_destroyed"
    if Stage.SCHEDULED not in record:
        return _unmet(name, "not yet: nothing is scheduled for destruction")
    doomed = record.doomed
    known = {version.number: version for version in versions if version.number in doomed}
    if all(number in known and known[number].is_gone for number in doomed):
        times = [version.destroyed_at for version in known.values() if version.destroyed_at]
        return _met(name, max(times, default=record.at(Stage.TARGET)))
    if Stage.DESTROYED in record:  # it was seen: nothing brings a destroyed version back
        return _met(name, record.at(Stage.DESTROYED))
    open_again = sorted(
        number
        for number in doomed
        if number not in known or known[number].state not in ("DESTROY_SCHEDULED", "DESTROYED")
    )
    if open_again:
        detail = f"versions {open_again} are not going to be destroyed; run the erasure again"
        return _unmet(name, detail)
    return _unmet(name, "the wait that the key demands", _latest(list(known.values())))


def _latest(versions: list[KeyVersion]) -> datetime.datetime | None:
    times = [version.destroyed_at for version in versions]
    return None if None in times else max(time for time in times if time is not None)


def _plain(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: _plain(value) for key, value in told.items()}
    if isinstance(told, list | tuple):
        return [_plain(value) for value in told]
    return told.isoformat() if isinstance(told, datetime.datetime) else told
