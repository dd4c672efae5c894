from __future__ import annotations

from tests.security.conftest import bigtable as bigtable
