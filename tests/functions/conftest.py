from __future__ import annotations

import pytest

from local.oidc import LocalOidc
from tests.functions.offices import Office


@pytest.fixture(scope="session")
def oidc():
    with LocalOidc() as provider:
        yield provider


@pytest.fixture(scope="session")
def shared_office(oidc, bigtable, pubsub):
    made = Office(oidc)
    yield made
    made.close()


@pytest.fixture
def office(shared_office):
    """Its clock is right."""
    shared_office.clock.ahead_s = 0.0
    return shared_office


@pytest.fixture
def device(office):
    """Enrolled, known to no other test."""
    return office.enrol()
