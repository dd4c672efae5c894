from __future__ import annotations

import pytest

from local.functions import ServedFunction
from local.kms.server import LocalKms
from tests.functions.telemetry.posters import Poster
from tests.functions.telemetry.worlds import DOOR, World


@pytest.fixture(scope="session")
def door_kms(tmp_path_factory):
    with LocalKms(tmp_path_factory.mktemp("door-kms")) as kms:
        yield kms


@pytest.fixture(scope="session")
def world(door_kms, bigtable, pubsub):
    made = World(door_kms)
    yield made
    made.close()


@pytest.fixture(scope="session")
def door(world, tmp_path_factory):
    """A function that serves; its log is `door.log`."""
    log = tmp_path_factory.mktemp("door") / "log.txt"
    quick = {"NEURAL_ENGINE_DOOR_SESSION_LIFE_S": "0.5", "NEURAL_ENGINE_DOOR_DEVICE_LIFE_S": "0.5"}
    with ServedFunction(DOOR, {**world.environment, **quick}, log=log) as served:
        served.log = log  # type: ignore[attr-defined]
        yield served


@pytest.fixture
def poster(door):
    made = Poster(door.url)
    yield made
    made.close()


@pytest.fixture
def device(world):
    """Enrolled, in a session, known to no other test."""
    return world.add_device()
