from __future__ import annotations

import pytest

from devices.simulator import SettingsError
from devices.simulator.faults import NO_FAULTS, Faults


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("loss", 1.0),
        ("loss", -0.1),
        ("loss_burst_packets", 0.5),
        ("duplicate", 1.5),
        ("reorder_ms", float("nan")),
        ("jitter_ms", -1.0),
        ("drift_ppm", 2000.0),
        ("counter_bits", 12),
        ("restart_gap_s", 61.0),
        ("restart_at_s", (0.0,)),
        ("restart_at_s", (30.0, 10.0)),
        ("restart_at_s", (30.0, 30.0)),
    ],
)
def test_a_fault_that_cannot_be_is_named(field, value):
    with pytest.raises(SettingsError, match=f"^{field} is .*; expected "):
        Faults(**{field: value})


def test_faults_are_values():
    assert Faults() == NO_FAULTS
    assert Faults(restart_at_s=[3.0, 4.0]) == Faults(restart_at_s=(3.0, 4.0))  # type: ignore[arg-type]
