from __future__ import annotations

import pytest

from devices.simulator import (
    IntracranialSettings,
    SettingsError,
    SimulatorSettings,
    Ssvep,
    channel_names,
    simulate,
)
from devices.simulator.paradigms import PARADIGMS
from devices.simulator.presets import SIGNALS, names_of, preset


@pytest.mark.parametrize("signal", SIGNALS)
def test_every_kind_has_settings_that_make_that_kind(signal):
    asked = preset(signal, seed=3, duration_s=2.0)
    recording = simulate(asked)
    assert recording.signal == signal == asked.signal
    assert recording.samples.tobytes() == simulate(asked).samples.tobytes()
    assert simulate(preset(signal, seed=4, duration_s=2.0)).samples.tobytes() != (
        recording.samples.tobytes()
    )
    codes = recording.codes() * recording.adc_step
    assert (codes == recording.samples).all()


@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize("paradigm", sorted(PARADIGMS))
def test_every_pair_of_kind_and_task_works_or_is_refused_by_name(signal, paradigm):
    known = {"eeg": {"motor-imagery", "ssvep", "p300"}}
    known |= {kind: {"grip"} for kind in ("ecog", "lfp", "emg")}
    if paradigm in {"rest", *known.get(signal, ())}:
        assert preset(signal, paradigm).signal == signal
    else:
        with pytest.raises(SettingsError, match=r"^paradigm is .*; expected for "):
            preset(signal, paradigm)


def test_nobody_closes_the_eyes_during_a_task():
    asked = preset("eeg", "ssvep", duration_s=60)
    assert isinstance(asked, SimulatorSettings)
    assert asked.paradigm == Ssvep()
    assert simulate(asked).truth_of("eyes_closed") == ()
    assert simulate(preset("eeg", duration_s=60)).truth_of("eyes_closed") != ()


def test_artifacts_are_all_the_usual_or_none():
    kinds = {
        artifacts: {one.kind for one in simulate(preset("eeg", artifacts=artifacts)).truth}
        for artifacts in ("none", "usual", "all")
    }
    assert kinds["none"] == {"eyes_closed"}
    assert kinds["all"] - kinds["usual"] == {"movement", "saccade"}
    assert len(simulate(preset("eeg", artifacts="all")).beats_s) > 100


def test_what_is_asked_for_wins_over_what_is_usual():
    asked = preset("eeg", artifacts="none", blinks_per_minute=5.0, adc_bits=24, line_hz=None)
    assert isinstance(asked, SimulatorSettings)
    assert (asked.blinks_per_minute, asked.pops_per_minute) == (5.0, 0.0)
    assert (asked.adc_bits, asked.adc_full_scale_uv) == (24, 187_500.0)
    assert asked.line_hz == 50  # None is nothing asked
    assert isinstance(preset("lfp"), IntracranialSettings)


@pytest.mark.parametrize("words", [("meg",), ("eeg", "sleep"), ("eeg", "rest", "some")])
def test_unknown_words_are_named(words):
    with pytest.raises(SettingsError, match="; expected one of "):
        preset(*words)


def test_names_are_those_of_the_kind():
    assert names_of("eeg", 20) == channel_names(20)
    assert names_of("ecog", 2) == ("ECOG 1", "ECOG 2")
    assert names_of("acc", 3) == ("ACC X", "ACC Y", "ACC Z")
    for signal, count in (("acc", 2), ("eeg", 0), ("ecg", 2000)):
        with pytest.raises(SettingsError, match=r"^channels is "):
            names_of(signal, count)
