from __future__ import annotations

import collections
import itertools
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.simulator import P300, Grip, MotorImagery, Rest, SettingsError, Ssvep
from devices.simulator.paradigms import AFTER_S, BEFORE_S, PARADIGMS

seeds = st.integers(0, 2**32)


@given(seed=seeds, duration_s=st.floats(0.1, 300), name=st.sampled_from(sorted(PARADIGMS)))
def test_trials_follow_each_other_inside_the_recording(seed, duration_s, name):
    trials = PARADIGMS[name].trials(seed, duration_s)
    assert trials == PARADIGMS[name].trials(seed, duration_s)
    for trial in trials:
        assert BEFORE_S <= trial.onset_s < trial.end_s <= duration_s - AFTER_S + 1e-3
    for before, after in itertools.pairwise(trials):
        assert before.end_s < after.onset_s


@given(seed=seeds)
def test_a_longer_recording_begins_as_the_shorter_one(seed):
    """Grips are drawn at the end of the plan, so their lengths may differ; their onsets do not."""
    for name, paradigm in PARADIGMS.items():
        short, long = (paradigm.trials(seed, duration_s) for duration_s in (60, 120))
        assert [one.onset_s for one in long[: len(short)]] == [one.onset_s for one in short]
        assert name != "rest" or long == ()


@given(seed=seeds)
def test_hands_and_flickers_are_balanced(seed):
    for paradigm, labels in (
        (MotorImagery(), {"left", "right"}),
        (Ssvep(stimulus_hz=(12, 15.5)), {"12 Hz", "15.5 Hz"}),
    ):
        counts = collections.Counter(trial.label for trial in paradigm.trials(seed, 300))
        assert set(counts) == labels
        assert max(counts.values()) - min(counts.values()) <= 1


@given(seed=seeds, share=st.sampled_from([0.1, 0.2, 0.4]))
def test_targets_are_rare_and_never_follow_each_other(seed, share):
    labels = [trial.label for trial in P300(target_share=share).trials(seed, 1200)]
    assert len(labels) > 1400
    assert abs(labels.count("target") / len(labels) - share) < 0.06
    assert ("target", "target") not in set(itertools.pairwise(labels))


def test_grips_leave_time_to_rest():
    for before, after in itertools.pairwise(Grip().trials(1, 300)):
        assert 1.5 <= before.duration_s <= 3
        assert after.onset_s - before.end_s >= 4


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Ssvep(stimulus_hz=()), "stimulus_hz"),
        (lambda: Ssvep(stimulus_hz=(13.0, 13.0)), "stimulus_hz"),
        (lambda: Ssvep(stimulus_hz=(100.0,)), "stimulus_hz"),
        (lambda: Ssvep(trial_s=0.1), "trial_s"),
        (lambda: MotorImagery(trial_s=100.0), "trial_s"),
        (lambda: P300(target_share=0.5), "target_share"),
        (lambda: P300(every_s=0.1), "every_s"),
    ],
)
def test_a_task_that_cannot_be_is_named(make, field):
    with pytest.raises(SettingsError, match=f"^{field} is .*; expected "):
        make()


def test_tasks_are_values():
    assert Rest() == Rest()
    assert pickle.loads(pickle.dumps(Ssvep())) == Ssvep()
    assert len({Ssvep(), Ssvep(), P300(), Grip()}) == 3
