"""Records of erasures in Bigtable: every stage written once, signed, and never taken back."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from google.cloud.bigtable.data import ReadRowsQuery, Row, RowRange, SetCell, Table
from google.cloud.bigtable.data.row_filters import (
    ColumnQualifierRegexFilter,
    FamilyNameRegexFilter,
    RowFilterChain,
)

from schemas.erasure_rows import RECORD_FAMILY, Stage, erasure_row, stage_column, stage_of_column
from security.errors import ErasureRecordError
from security.keyset_store import StoreSettings, ask_patiently
from security.pseudonyms import Pseudonyms

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class ErasureRecord:
    """What is known of one subject's erasure.

    Args:
      subject: the pseudonym.
      number: of the latest round, from 1; another begins when a keyset came back.
      stages: of that round, and REQUESTED: each with its `at` (ISO 8601, UTC) and more.
    """

    tenant: str
    subject: str
    number: int
    stages: Mapping[Stage, Mapping[str, Any]]

    def __contains__(self, stage: Stage) -> bool:
        return stage in self.stages

    def at(self, stage: Stage) -> datetime.datetime:
        """When a stage was reached; KeyError if it was not."""
        return datetime.datetime.fromisoformat(self.stages[stage]["at"])

    @property
    def target(self) -> int:
        """The KMS version that was made after the deletion."""
        return int(self.stages[Stage.TARGET]["version"])

    @property
    def doomed(self) -> set[int]:
        """The KMS versions that may have wrapped the keyset, and have to be destroyed."""
        return {int(number) for number in self.stages[Stage.TARGET]["older"]}


class ErasureRecords:
    """The table of erasures.

    Whoever can write to it, but not unwrap the tenant's pseudonym key, can remove a record and
    cannot make one up.
    """

    def __init__(self, table: Table, pseudonyms: Pseudonyms, settings: StoreSettings | None = None):
        self._table, self._pseudonyms = table, pseudonyms
        self._settings = settings or StoreSettings()

    def subject_of(self, tenant: str, subject: str) -> str:
        """The pseudonym under which a subject's erasure is recorded."""
        return self._pseudonyms.of(tenant, "erasure", subject)

    def operator_of(self, tenant: str, operator: str) -> str:
        """The pseudonym of who asked for one."""
        return self._pseudonyms.of(tenant, "operator", operator)

    def read(self, tenant: str, subject: str) -> ErasureRecord | None:
        """The record under a pseudonym.

        Raises:
          ErasureRecordError: it is not as we wrote it.
        """
        row = self._call(
            lambda: self._table.read_row(
                erasure_row(tenant, subject), operation_timeout=self._settings.deadline_s
            )
        )
        return None if row is None else self._record(row)

    def of(self, tenant: str) -> list[ErasureRecord]:
        """All records of a tenant."""
        prefix = erasure_row(tenant, "")
        after = prefix[:-1] + bytes([prefix[-1] + 1])
        query = ReadRowsQuery(row_ranges=RowRange(start_key=prefix, end_key=after))
        return [self._record(row) for row in self._call(lambda: self._table.read_rows(query))]

    def mark(
        self,
        tenant: str,
        subject: str,
        stage: Stage,
        at: datetime.datetime,
        number: int = 1,
        **details: object,
    ) -> None:
        """Records that a stage was reached, unless it is recorded already.

        Args:
          subject: the pseudonym.
          number: of the round.
        """
        column = stage_column(number, stage)
        told = json.dumps({"at": at.isoformat(), **details}, sort_keys=True)
        value = f"{told}\n{self._signature(tenant, subject, column, told)}".encode()
        cell = SetCell(
            RECORD_FAMILY, column, value, timestamp_micros=int(at.timestamp() * 1000) * 1000
        )
        there = RowFilterChain(
            filters=[FamilyNameRegexFilter(RECORD_FAMILY), ColumnQualifierRegexFilter(column)]
        )
        self._call(
            lambda: self._table.check_and_mutate_row(
                erasure_row(tenant, subject),
                there,
                false_case_mutations=[cell],
                operation_timeout=self._settings.attempt_s,
            )
        )

    def _record(self, row: Row) -> ErasureRecord:
        tenant, _, subject = row.row_key.decode().partition("#")
        rounds: dict[int, dict[Stage, dict[str, Any]]] = {}
        for cell in row:
            told, _, signature = cell.value.decode(errors="replace").rpartition("\n")
            if signature != self._signature(tenant, subject, cell.qualifier, told):
                raise ErasureRecordError
            number, stage = stage_of_column(cell.qualifier)
            rounds.setdefault(number, {})[stage] = json.loads(told)
        if Stage.REQUESTED not in rounds.get(1, {}):
            raise ErasureRecordError
        latest = max(rounds)
        stages = {**rounds[latest], Stage.REQUESTED: rounds[1][Stage.REQUESTED]}
        return ErasureRecord(tenant, subject, latest, stages)

    def _signature(self, tenant: str, subject: str, column: bytes, told: str) -> str:
        signed = json.dumps([subject, column.decode(errors="replace"), told])
        return self._pseudonyms.of(tenant, "erasure record", signed)

    def _call(self, attempt: Callable[[], T]) -> T:
        return ask_patiently(attempt, self._settings)
