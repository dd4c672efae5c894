"""What holds of every simulated recording, whatever is in it."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.simulator import ARTIFACT_KINDS, P300, SimulatorSettings, simulate
from devices.simulator.presets import preset
from devices.simulator.subject import draw_subject
from devices.simulator.timetable import timetable
from tests.devices.simulator.quiet import SETTING_OF, with_rate

USUAL_KINDS = tuple(
    kind for kind in ARTIFACT_KINDS if getattr(SimulatorSettings, SETTING_OF[kind]) > 0
)
RATES_HZ = (100, 125, 128, 128.5, 160, 250, 256, 500, 512, 1000, 1024, 2048, 30_000)
seeds = st.integers(0, 2**32)


def truth_of_settings(asked: SimulatorSettings) -> list[tuple[str, float, float]]:
    events = timetable(asked, draw_subject(asked))
    return [(one.kind, one.start_s, one.end_s) for one in events]


def test_the_same_settings_give_the_same_bytes():
    first, second = (simulate(SimulatorSettings(seed=5)) for _ in range(2))
    assert first.samples_uv.tobytes() == second.samples_uv.tobytes()
    assert first.truth == second.truth


def test_a_seed_means_what_it_always_meant():
    """Recordings are named by their seeds in papers: new components must not change old ones."""
    recording = simulate(preset("eeg", seed=4001, duration_s=20))
    digest = hashlib.sha256(recording.codes().astype("<i4").tobytes()).hexdigest()
    assert digest.startswith("badf20c572d8a15f")
    assert [(one.kind, one.start_s) for one in recording.truth[:2]] == [
        ("blink", 1.692),
        ("pop", 4.094),
    ]


def test_another_seed_gives_another_recording():
    first, second = (simulate(SimulatorSettings(seed=seed, duration_s=10)) for seed in (1, 2))
    assert not (first.samples_uv == second.samples_uv).all(axis=0).any()
    assert first.truth != second.truth


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_every_rate_gives_converted_samples_and_sorted_truth(rate_hz):
    recording = simulate(SimulatorSettings(duration_s=20, sampling_rate_hz=rate_hz, adc_bits=16))
    low_uv, high_uv = recording.adc_range_uv
    codes = recording.samples_uv / recording.adc_step_uv
    assert recording.samples_uv.shape == (int(20 * rate_hz), 8)
    assert recording.samples_uv.dtype == np.float64
    assert np.isfinite(recording.samples_uv).all()
    assert low_uv <= recording.samples_uv.min()
    assert recording.samples_uv.max() <= high_uv
    np.testing.assert_array_equal(codes, np.rint(codes))
    assert list(recording.truth) == sorted(recording.truth, key=lambda one: one.start_s)
    for one in recording.truth:
        assert 0 <= one.start_s < one.end_s <= recording.duration_s + 1e-3
        assert one.channels
        assert set(one.channels) <= set(recording.channels)


def test_what_happens_when_does_not_depend_on_the_rate():
    truths = {
        rate_hz: simulate(SimulatorSettings(seed=3, duration_s=30, sampling_rate_hz=rate_hz)).truth
        for rate_hz in (128.5, 250, 2048)
    }
    assert truths[128.5] == truths[250] == truths[2048]


def test_mains_above_half_the_rate_are_neither_in_the_samples_nor_in_the_truth():
    recording = simulate(SimulatorSettings(sampling_rate_hz=100, line_hz=50))
    assert recording.truth_of("line_noise") == ()
    assert recording.truth_of("muscle") != ()


def test_samples_cannot_be_changed():
    recording = simulate(SimulatorSettings(duration_s=1))
    with pytest.raises(ValueError, match="read-only"):
        recording.samples_uv[0, 0] = 0.0


@given(seed=seeds)
@settings(max_examples=50, deadline=None)
def test_two_minutes_hold_every_kind_several_times_and_apart(seed):
    events = truth_of_settings(SimulatorSettings(seed=seed))
    artifacts = [(start_s, end_s) for kind, start_s, end_s in events if kind in ARTIFACT_KINDS]
    kinds = [kind for kind, _, _ in events]
    assert min(kinds.count(kind) for kind in (*USUAL_KINDS, "eyes_closed")) >= 3
    for (_, end_s), (start_s, _) in itertools.pairwise(artifacts):
        assert start_s >= end_s


@given(seed=seeds)
@settings(max_examples=30, deadline=None)
def test_movements_and_saccades_touch_no_other_artifact(seed):
    asked = SimulatorSettings(seed=seed, movements_per_minute=6, saccades_per_minute=20)
    events = [one for one in truth_of_settings(asked) if one[0] in ARTIFACT_KINDS]
    for kind, start_s, end_s in events:
        if kind in ("movement", "saccade"):
            assert sum(a < end_s and start_s < b for _, a, b in events) == 1


def test_half_of_the_time_is_clean():
    """On average; the longest drifts and hums together leave 40 %."""
    clean = [
        1 - sum(b - a for kind, a, b in truth_of_settings(asked) if kind in ARTIFACT_KINDS) / 120
        for asked in (SimulatorSettings(seed=seed) for seed in range(100))
    ]
    assert np.mean(clean) >= 0.5
    assert min(clean) >= 0.4


@given(seed=seeds)
@settings(max_examples=50, deadline=None)
def test_nobody_blinks_or_looks_aside_with_closed_eyes(seed):
    events = truth_of_settings(SimulatorSettings(seed=seed, saccades_per_minute=6))
    closed = [(start_s, end_s) for kind, start_s, end_s in events if kind == "eyes_closed"]
    for kind, start_s, end_s in events:
        if kind in ("blink", "saccade"):
            assert all(end_s <= a or b <= start_s for a, b in closed)


@pytest.mark.parametrize("kind", ARTIFACT_KINDS)
def test_a_kind_switched_off_changes_nothing_else(kind):
    asked = SimulatorSettings(
        seed=11, duration_s=60, movements_per_minute=1.5, saccades_per_minute=6, heart_uv=10
    )
    without = with_rate(asked, kind, 0.0)
    both, rest = simulate(asked), simulate(without)
    assert rest.truth == tuple(one for one in both.truth if one.kind != kind)
    untouched = np.ones(len(both.samples_uv), dtype=np.bool_)
    for one in timetable(asked, draw_subject(asked)):
        if one.kind == kind:
            first = int(one.start_s * 250)
            untouched[first : first + int(one.event.lasts_s * 250) + 2] = False
    assert untouched.any()
    assert not untouched.all()
    np.testing.assert_array_equal(both.samples_uv[untouched], rest.samples_uv[untouched])


def test_what_came_later_leaves_all_others_where_they_were():
    asked = SimulatorSettings(seed=11, duration_s=60)
    more = dataclasses.replace(
        asked, movements_per_minute=3, saccades_per_minute=12, heart_uv=10, paradigm=P300()
    )
    before = simulate(asked).truth
    after = simulate(more).truth
    assert before == tuple(one for one in after if one.kind not in ("movement", "saccade"))
    assert len(after) > len(before) + 8


def test_eyes_switched_off_leave_every_artifact_in_its_place():
    asked = SimulatorSettings(seed=11, duration_s=60)
    without = simulate(dataclasses.replace(asked, eyes_closed_per_minute=0.0))
    assert without.truth == tuple(one for one in simulate(asked).truth if one.is_artifact)


@given(seed=seeds, duration_s=st.floats(0.1, 30), n_channels=st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_short_recordings_and_few_channels_work(seed, duration_s, n_channels):
    names = ("Oz", "sensor", "T8", "Fp1", "A7")[:n_channels]
    recording = simulate(
        SimulatorSettings(
            seed=seed, duration_s=duration_s, channels=names, muscle_bursts_per_minute=40
        )
    )
    assert recording.samples_uv.shape[1] == n_channels
    assert np.isfinite(recording.samples_uv).all()


def test_more_events_than_there_is_room_for_overlap_instead_of_failing():
    crowded = SimulatorSettings(duration_s=30, drifts_per_minute=60, saturations_per_minute=60)
    recording = simulate(crowded)
    assert len(recording.truth_of("drift")) == 30
    assert len(recording.truth_of("saturated")) == 30
