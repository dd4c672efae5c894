from __future__ import annotations

import pytest

from local.kms.server import LocalKms
from tests.local.kms.key_calls import Clock, make_keys


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def kms(tmp_path, clock):
    with LocalKms(tmp_path / "keys", clock=clock) as running:
        make_keys(running.client())
        yield running


@pytest.fixture
def client(kms):
    return kms.client()
