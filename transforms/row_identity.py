"""Who and what a row belongs to, and what made it: the first columns of every table."""

from __future__ import annotations

import dataclasses

import pyarrow as pa

from transforms.version import CODE_VERSION


@dataclasses.dataclass(frozen=True)
class RowIdentity:
    """The columns that every row carries.

    Attributes:
      session: None for input of which no session could be opened.
      stream, epoch, parameter_version: None for rows about a whole session.
    """

    tenant: str
    subject: str
    session: str | None
    stream: str | None = None
    epoch: int | None = None
    revision: int = 0
    code_version: str = CODE_VERSION
    parameter_version: str | None = None

    def columns(self, n_rows: int) -> dict[str, pa.Array]:
        """The columns of `n_rows` rows, by name."""
        types = {"epoch": pa.int64(), "revision": pa.int64()}
        return {
            field.name: pa.repeat(
                pa.scalar(getattr(self, field.name), types.get(field.name, pa.string())), n_rows
            )
            for field in dataclasses.fields(self)
        }
