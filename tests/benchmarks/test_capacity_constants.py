from __future__ import annotations

import dataclasses
import json

from benchmarks.capacity_constants import constants
from benchmarks.results import load
from pipelines.capacity.tables import MEASURED_PATH, Measured


def test_the_plan_rests_on_the_newest_measurements():
    stored = json.loads(MEASURED_PATH.read_text())
    assert stored == constants(load()), "run `python -m benchmarks.capacity_constants`"


def test_every_constant_is_measured_and_above_zero():
    found = constants(load())
    assert set(found) == {field.name for field in dataclasses.fields(Measured)}
    assert all(value > 0 for value in found.values())
