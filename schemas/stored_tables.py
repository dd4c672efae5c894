"""Every table that we keep in Bigtable: local set-up and Terraform make the same."""

from __future__ import annotations

from schemas.keyset_rows import KEYSETS
from schemas.window_rows import STREAMS, WINDOWS

BIGTABLE_TABLES = (KEYSETS, STREAMS, WINDOWS)
