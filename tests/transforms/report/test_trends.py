from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.transforms.report.windows_by_hand import at_rate, gap_free, windows_of
from transforms.engine import BY_NAME, Flag, StreamSpec, profile_for
from transforms.engine.spec import SIGNALS
from transforms.report.trends import (
    PREFERRED,
    is_logarithmic,
    spoiling,
    trend_names,
    trend_values,
)


@pytest.mark.parametrize("signal", SIGNALS)
def test_every_kind_of_signal_has_something_to_follow(signal):
    names = trend_names(profile_for(signal))
    assert names
    assert set(names) <= set(profile_for(signal).features)
    assert set(PREFERRED.get(signal, ())) <= set(profile_for(signal).features)


def test_logarithms_are_averaged_of_strengths_alone():
    assert is_logarithmic("alpha_power")
    assert is_logarithmic("rms")
    assert not any(is_logarithmic(name) for name in ("heart_rate_bpm", "spike_rate_hz", "tilt_deg"))
    for name in BY_NAME:
        assert not is_logarithmic(name) or BY_NAME[name].unit.startswith("uV")


def test_a_spoilt_window_has_no_value_and_a_power_of_ten_is_one():
    spec = at_rate(100)
    batch = windows_of(spec, gap_free(spec, 500))
    features = np.full_like(batch.features, 10.0)
    features[5, 1] = 0.0
    features[6, 1] = np.nan
    flags = np.zeros_like(batch.flags)
    flags[7, 1], flags[8, 1] = Flag.BLINK, Flag.LINE_NOISE
    batch = dataclasses.replace(batch, features=features, flags=flags)
    values = trend_values(batch, ("alpha_power", "beta_power"), spoiling("eeg"))
    assert values.shape == (len(batch), 3, 2)
    known = np.isfinite(values)
    assert not known[5:8, 1].any()
    assert known.sum() == known.size - 6
    assert (values[known] == 1).all()


def test_rates_are_averaged_as_they_are_and_what_could_overflow_is_left_out():
    spec = StreamSpec("ecg", 100, ["A"])
    batch = windows_of(spec, gap_free(spec, 500))
    names = trend_names(profile_for("ecg"))
    batch.features[:] = 60.0
    batch.features[3] = 1e12
    values = trend_values(batch, names, Flag(0))
    assert (values[:3] == 60).all()
    assert np.isnan(values[3]).all()


def test_movement_does_not_spoil_what_an_accelerometer_sees():
    assert not spoiling("acc") & (Flag.MOTION | Flag.AMPLITUDE)
    assert spoiling("acc") & Flag.SETTLING
    assert spoiling("eeg") & Flag.AMPLITUDE


def test_no_angle_is_averaged_over_the_axes_of_a_sensor():
    # Upright or on its side, the three tilts of a sensor have the same mean: 60 degrees.
    assert not any(
        BY_NAME[name].unit == "deg" for kind in SIGNALS for name in trend_names(profile_for(kind))
    )
