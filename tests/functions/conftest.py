from __future__ import annotations

import pytest

from local.emulators import environment
from local.oidc import LocalOidc
from tests.functions.offices import Office
from tests.servers import bigtable as bigtable
from tests.servers import pubsub as pubsub


@pytest.fixture(scope="session")
def oidc():
    with LocalOidc() as provider:
        yield provider


@pytest.fixture(scope="session")
def emulated(bigtable, pubsub):
    """Where these tests' emulators are, whatever other tests of this process started since."""
    return {"BIGTABLE_EMULATOR_HOST": bigtable, "PUBSUB_EMULATOR_HOST": pubsub}


@pytest.fixture(scope="session")
def shared_office(oidc, emulated):
    with environment(**emulated):
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
