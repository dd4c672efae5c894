"""Rows of the table of erasures: what was asked for, by whom, and how far it has come.

A row is a subject's, under a pseudonym. Its columns are stages, each written once. A keyset that
comes back, out of a backup, begins another round of the same stages.
"""

from __future__ import annotations

import enum
import re

from schemas.bigtable_tables import BigtableTable
from schemas.ids import check_tenant_id

RECORD_FAMILY = "record"
ERASURES = BigtableTable("erasures", (RECORD_FAMILY,))

_QUALIFIER = re.compile(rb"([0-9]{4})/([a-z]+)")


class Stage(enum.Enum):
    """Stages of an erasure, in their order."""

    REQUESTED = "requested"  # nothing has happened yet
    DELETED = "deleted"  # the keyset is gone from its table, and the row is marked
    TARGET = "target"  # a KMS version was made after that: what is older is to be destroyed
    ROTATED = "rotated"  # it encrypts
    REWRAPPED = "rewrapped"  # no keyset of the tenant is wrapped by an older one
    SCHEDULED = "scheduled"  # the older ones are scheduled for destruction
    DESTROYED = "destroyed"  # Cloud KMS says that they are gone
    FINAL = "final"  # and all copies have run out


def erasure_row(tenant: str, pseudonym: str) -> bytes:
    """The row of a subject's erasure; a tenant's rows are one range."""
    return f"{check_tenant_id(tenant)}#{pseudonym}".encode()


def stage_column(number: int, stage: Stage) -> bytes:
    """The column of a stage in a round, which are counted from 1."""
    return f"{number:04d}/{stage.value}".encode()


def stage_of_column(qualifier: bytes) -> tuple[int, Stage]:
    """What `stage_column` was given, or `ValueError`."""
    found = _QUALIFIER.fullmatch(qualifier)
    if found is None:
        raise ValueError(f"{qualifier!r} is no column of an erasure")
    return int(found[1]), Stage(found[2].decode())
