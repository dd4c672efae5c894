from __future__ import annotations

import numpy as np
import pytest

from tests.transforms.recordings.real_files import KALUNGA, S001R04, real_file
from transforms.engine import StreamSpec
from transforms.recordings import RecordingSettings, open_recording, read_blocks
from transforms.recordings.plausible import PlausibilityCheck

SPEC = StreamSpec("eeg", 100, ("A", "B", "C"))


def notices_of(*blocks, spec=SPEC):
    check = PlausibilityCheck(spec)
    for block in blocks:
        check.add(block)
    return [(n.kind, n.channel) for n in check.notices()]


def noise(scale, n=1000, seed=0):
    return np.random.default_rng(seed).normal(0, scale, (n, 3))


def test_an_eeg_of_20_microvolts_needs_no_word():
    assert notices_of(noise(20)) == []


@pytest.mark.parametrize("scale", [2e7, 2e4, 2e-2, 2e-5])
def test_an_eeg_a_thousand_times_off_is_told(scale):
    assert notices_of(noise(scale)) == [("implausible_unit", None)]


def test_the_advice_says_how_far_off_it_is():
    check = PlausibilityCheck(SPEC)
    check.add(noise(2e4))
    (notice,) = check.notices()
    assert "1,000 times too large" in notice.detail
    assert "--unit" in notice.detail


@pytest.mark.parametrize(
    ("scale", "unit", "advice"),
    [
        (2e7, "V", "--unit uV reads it right"),
        (2e7, "uV", "--unit pV reads it right"),
        (2e4, "mV", "--unit uV reads it right"),
        (2e-5, "uV", "--unit V reads it right"),
        (2e-5, "V", "--unit V, mV, uV, nV, pV says what"),  # none is that large
        (2e7, None, "--unit V, mV, uV, nV, pV says what"),
    ],
)
def test_the_advice_names_the_unit_where_the_label_is_known(scale, unit, advice):
    check = PlausibilityCheck(SPEC, unit)
    check.add(noise(scale))
    (notice,) = check.notices()
    assert advice in notice.detail


def test_an_offset_and_a_drift_are_plausible():
    drift = np.linspace(0, 50_000, 6000)[:, None]
    assert notices_of(180_000 + drift + noise(20, 6000)) == []


def test_one_loose_electrode_does_not_speak_for_the_others():
    samples = noise(20)
    samples[:, 1] *= 1e6
    assert notices_of(samples) == []


def test_constant_and_absent_channels_are_told_over_all_blocks():
    first, second = noise(20), noise(20)
    first[:, 0], second[:, 0] = 7, 7
    first[:, 1], second[:, 1] = 7, 8
    first[:, 2], second[:, 2] = np.nan, np.inf
    assert notices_of(first, second) == [("absent_channel", "C"), ("constant_channel", "A")]


def test_a_recording_without_a_whole_second_says_nothing_of_its_unit():
    assert notices_of(noise(2e6, n=50)) == []
    assert notices_of(noise(2e6, n=0)) == [("absent_channel", name) for name in "ABC"]


@pytest.mark.parametrize(
    ("name", "unit", "kinds"),
    [
        (S001R04, None, set()),
        (S001R04, "V", {"implausible_unit"}),
        (KALUNGA, None, {"implausible_unit"}),
        (KALUNGA, "mV", set()),
        (KALUNGA, "uV", {"implausible_unit"}),
    ],
)
def test_real_units_are_judged_right(name, unit, kinds):
    path = real_file(name)
    (plan,) = open_recording(path, RecordingSettings(unit=unit)).streams
    blocks = (block.samples for block in read_blocks(path, plan))
    assert {kind for kind, _ in notices_of(*blocks, spec=plan.spec)} == kinds
