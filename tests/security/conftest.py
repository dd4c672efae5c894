from __future__ import annotations

import pytest

from local.bigtable import BIGTABLE, bigtable_emulator
from local.kms.server import LocalKms
from tests.emulators import require_emulator
from tests.security.vaults import Deployment, make_tenant_keys


@pytest.fixture(scope="session")
def bigtable():
    require_emulator(BIGTABLE)
    with bigtable_emulator() as address:
        yield address


@pytest.fixture
def kms(tmp_path):
    with LocalKms(tmp_path / "kms") as running:
        make_tenant_keys(running)
        yield running


@pytest.fixture
def deployment(tmp_path, kms, bigtable):
    made = Deployment(tmp_path, kms)
    yield made
    made.close()


@pytest.fixture
def worker(deployment):
    return deployment.worker()
