"""Every table that we keep in Bigtable: local set-up and Terraform make the same."""

from __future__ import annotations

from schemas.erasure_rows import ERASURES
from schemas.keyset_rows import KEYSETS
from schemas.registry_rows import REGISTRY
from schemas.window_rows import STREAMS, WINDOWS

BIGTABLE_TABLES = (ERASURES, KEYSETS, REGISTRY, STREAMS, WINDOWS)
