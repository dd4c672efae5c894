"""Settings say which of them cannot be."""

from __future__ import annotations

import pytest

from functions.settings import SettingsError
from functions.telemetry.settings import DoorSettings


def test_the_environment_changes_what_it_names():
    found = DoorSettings.from_environment(
        {"NEURAL_ENGINE_DOOR_MAX_PACKETS": "8", "NEURAL_ENGINE_DOOR_CLOCK_AHEAD_S": "1.5"}
    )
    assert found == DoorSettings(max_packets=8, clock_ahead_s=1.5)
    assert isinstance(found.max_packets, int)


@pytest.mark.parametrize(
    ("name", "value"), [("MAX_PACKETS", "x"), ("MAX_PACKETS", "0"), ("WAIT_S", "-1")]
)
def test_a_setting_that_cannot_be_is_named(name, value):
    with pytest.raises(SettingsError, match=f"NEURAL_ENGINE_DOOR_{name}"):
        DoorSettings.from_environment({f"NEURAL_ENGINE_DOOR_{name}": value})


def test_the_largest_post_in_json_fits_what_all_bodies_may_take():
    with pytest.raises(SettingsError, match=r"BODIES_BYTES.*expected at least 163577856"):
        DoorSettings(bodies_bytes=64 << 20)


def test_a_whole_post_fits_the_bucket():
    with pytest.raises(SettingsError, match="BURST_PACKETS"):
        DoorSettings(burst_packets=10)
