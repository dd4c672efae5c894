from __future__ import annotations

import dataclasses
import pickle
from fractions import Fraction
from typing import Any

import pytest

from devices.simulator import (
    P300,
    AccSettings,
    EcgSettings,
    EmgSettings,
    Grip,
    IntracranialSettings,
    SettingsError,
    SimulatorSettings,
    SpikeSettings,
)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seed", -1),
        ("seed", 1.5),
        ("seed", True),
        ("duration_s", 0),
        ("duration_s", float("nan")),
        ("duration_s", 1e6),
        ("sampling_rate_hz", 99),
        ("sampling_rate_hz", 30_001),
        ("sampling_rate_hz", float("nan")),
        ("sampling_rate_hz", "fast"),
        ("channels", ()),
        ("channels", ("C3", "C3")),
        ("channels", ("C3", " ")),
        ("channels", tuple(f"E{i}" for i in range(1025))),
        ("line_hz", 55),
        ("adc_bits", 32),
        ("adc_full_scale_uv", 10.0),
        ("electrode_offset_uv", 100_000.0),
        ("blinks_per_minute", -1),
        ("pops_per_minute", 61),
        ("saccades_per_minute", float("nan")),
        ("heart_uv", -1.0),
        ("paradigm", Grip()),
        ("paradigm", "ssvep"),
    ],
)
def test_a_setting_that_makes_no_recording_is_named(field, value):
    with pytest.raises(SettingsError, match=f"^{field} is .*; expected ") as refused:
        SimulatorSettings(**{field: value})
    assert refused.value.field == field
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)


def test_settings_cannot_be_changed_and_can_be_keys():
    settings = SimulatorSettings()
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.seed = 2  # type: ignore[misc]
    assert {settings: 1}[SimulatorSettings()] == 1


@pytest.mark.parametrize(
    ("rate", "exact", "n_samples"),
    [(250, Fraction(250), 2500), (128.5, Fraction(257, 2), 1285), (Fraction(1000, 7), None, 1429)],
)
def test_samples_are_counted_exactly(rate, exact, n_samples):
    settings = SimulatorSettings(sampling_rate_hz=rate, duration_s=10)
    assert settings.sampling_rate == (exact or rate)
    assert settings.n_samples == n_samples


def test_one_name_is_one_channel():
    one_name: Any = "Cz"
    assert SimulatorSettings(channels=one_name).channels == ("Cz",)


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (IntracranialSettings, "signal_kind", "eeg"),
        (IntracranialSettings, "sampling_rate_hz", 100),
        (IntracranialSettings, "paradigm", P300()),
        (SpikeSettings, "sampling_rate_hz", 1000),
        (SpikeSettings, "units_per_channel", 7),
        (SpikeSettings, "noise_uv", 0.0),
        (EmgSettings, "contraction_uv", 1.0),
        (EmgSettings, "resting_uv", 100.0),
        (EcgSettings, "r_wave_uv", 0.0),
        (EcgSettings, "muscle_uv", -1.0),
        (AccSettings, "channels", ("X", "Y")),
        (AccSettings, "line_hz", 50),
        (AccSettings, "adc_full_scale_g", 3.0),
        (AccSettings, "movements_per_minute", 21),
    ],
)
def test_each_kind_names_what_it_refuses(kind, field, value):
    with pytest.raises(SettingsError, match=f"^{field} is .*; expected "):
        kind(**{field: value})
