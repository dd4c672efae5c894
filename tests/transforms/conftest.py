from __future__ import annotations

import pytest

from local.kms.server import LocalKms
from tests.sealed_stores import connected, new_store
from tests.security.vaults import make_tenant_keys


@pytest.fixture(scope="module")
def kms(bigtable, tmp_path_factory):
    with LocalKms(tmp_path_factory.mktemp("kms")) as running:
        make_tenant_keys(running)
        yield running


@pytest.fixture
def address(kms):
    return new_store(kms)


@pytest.fixture
def store(address):
    with connected(address) as store:
        yield store
