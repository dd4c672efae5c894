"""Rows of the table of wrapped keysets: a table of its own, which nothing else shares."""

from __future__ import annotations

import dataclasses
import re

from schemas.bigtable_tables import BigtableTable
from schemas.errors import SchemaError
from schemas.ids import check_subject_id, check_tenant_id

KEYSET_FAMILY = "keyset"
ERASED_FAMILY = "erased"
COUNT_FAMILY = "messages"
KEYSETS = BigtableTable("keysets", (KEYSET_FAMILY, ERASED_FAMILY, COUNT_FAMILY))

WRAPPED_COLUMN = b"wrapped"  # the keyset, wrapped by Cloud KMS
VERSION_COLUMN = b"kms_version"  # which wrapped it: for reports, nothing trusts it
ERASED_COLUMN = b"at"


@dataclasses.dataclass(frozen=True, slots=True)
class KeysetId:
    """Whose keyset it is.

    Args:
      holder: a subject id; or a name that begins with a dot, which no id does, for a keyset of
        the tenant itself.
    """

    tenant: str
    holder: str

    @property
    def row_key(self) -> bytes:
        """The row it is kept in; a tenant's rows are one range."""
        return f"{self.tenant}#{self.holder}".encode()

    @property
    def is_subject(self) -> bool:
        """Whether it is a person's."""
        return not self.holder.startswith(".")


def subject_keyset(tenant: str, subject: str) -> KeysetId:
    """The keyset of a person."""
    return KeysetId(check_tenant_id(tenant), check_subject_id(subject))


def tenant_keyset(tenant: str, name: str) -> KeysetId:
    """A keyset of the tenant itself, of which it may have several."""
    if not re.fullmatch(r"[a-z0-9_]{1,40}", name):
        raise SchemaError("name", name, "1 to 40 characters out of a-z, 0-9 and _")
    return KeysetId(check_tenant_id(tenant), f".{name}")


def keyset_of_row(row_key: bytes) -> KeysetId:
    """The keyset that a row holds."""
    tenant, _, holder = row_key.decode().partition("#")
    if holder.startswith("."):
        return tenant_keyset(tenant, holder[1:])
    return subject_keyset(tenant, holder)
