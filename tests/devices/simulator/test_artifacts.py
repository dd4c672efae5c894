"""Each kind of artifact is what its source says: size, duration, place and spectrum."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from devices.simulator import ARTIFACT_KINDS, Interval
from tests.devices.simulator.quiet import CHANNELS, RATE_HZ, columns_of, only, samples_of

SEEDS = (1, 2, 3)


def events_of(kind):
    """Each event of three recordings: its interval, and what it changed while it lasted."""
    for seed in SEEDS:
        recording, change_uv = only(kind, seed)
        assert recording.truth_of(kind) == recording.truth != ()
        for one in recording.truth:
            yield one, change_uv[samples_of(one.start_s, one.end_s)]


def lasts(one: Interval, least_s: float, most_s: float) -> bool:
    """Whether the duration is inside; the truth's is rounded up to the millisecond."""
    return least_s <= one.end_s - one.start_s + 1e-6 <= most_s + 0.002


@pytest.mark.parametrize("kind", ARTIFACT_KINDS)
def test_outside_the_truth_a_channel_is_as_if_nothing_had_been(kind):
    """Except below what the truth calls visible: 25 uV at most, 4 uV root mean square."""
    recording, change_uv = only(kind, 1)
    for one in recording.truth:
        change_uv[samples_of(one.start_s, one.end_s), columns_of(one.channels)] = 0.0
    limits_uv = {"blink": 28.0, "pop": 25.1, "muscle": 40.0, "drift": 31.0, "saccade": 15.1}
    assert np.abs(change_uv).max() <= limits_uv.get(kind, 0.1)


def test_blinks_are_positive_frontal_and_last_200_to_400_ms():
    for one, change_uv in events_of("blink"):
        peak_uv = dict(zip(CHANNELS, change_uv.max(axis=0), strict=True))
        assert 75 <= peak_uv["Fp1"] <= 345  # 80 to 300, and 5 % from electrode to electrode
        assert 0.15 * peak_uv["Fp1"] < peak_uv["Fz"] < 0.4 * peak_uv["Fp1"]
        assert peak_uv["Cz"] < 0.15 * peak_uv["Fp1"]
        assert peak_uv["O1"] < 0.05 * peak_uv["Fp1"]
        assert change_uv.min() > -0.1
        assert lasts(one, 0.2, 0.4)
        assert {"Fp1", "Fp2"} <= set(one.channels)
        assert not {"O1", "O2"} & set(one.channels)


def test_blinks_close_faster_than_they_open():
    for one, change_uv in events_of("blink"):
        share = change_uv[:, 0].argmax() / len(change_uv)
        assert 0.2 < share < 0.5, one


def test_muscle_bursts_are_20_to_200_hz_and_strong_somewhere():
    for one, change_uv in events_of("muscle"):
        rms_uv = np.sqrt((change_uv**2).mean(axis=0))
        assert lasts(one, 0.3, 2.0)
        # The ramps take part of a short burst away, and half a second of noise scatters.
        assert 5 <= rms_uv.max() <= 120
        hz, power = signal.periodogram(change_uv[:, rms_uv.argmax()], RATE_HZ, window="hann")
        inside = power[(hz >= 20) & (hz <= 200)].sum() / power.sum()
        below_13 = power[hz < 13].sum() / power.sum()
        assert inside > 0.6, one
        assert below_13 < 0.15, one


def test_a_pop_is_one_step_on_one_channel_that_decays():
    for one, change_uv in events_of("pop"):
        (column,) = columns_of(one.channels)
        size_uv = np.abs(change_uv[:, column])
        assert 100 * 0.8 <= size_uv[:4].max() <= 600  # a millisecond of contact, then the decay
        assert size_uv[:4].max() == size_uv.max()
        assert size_uv[-1] <= 30
        # Elsewhere at most what an earlier pop has left.
        assert (np.abs(np.delete(change_uv, column, axis=1)) <= 25.1).all()


def test_drifts_are_slow_large_and_come_back():
    for one, change_uv in events_of("drift"):
        column = np.abs(change_uv).max(axis=0).argmax()
        excursion_uv = change_uv[:, column]
        _, power = signal.periodogram(excursion_uv, RATE_HZ, detrend=False, scaling="spectrum")
        hz = np.arange(len(power)) * RATE_HZ / len(excursion_uv)
        assert lasts(one, 4, 10)
        assert 150 <= np.abs(excursion_uv).max() <= 501
        assert np.abs(excursion_uv[[0, -1]]).max() < 1
        assert power[hz < 1].sum() > 0.99 * power.sum()
        assert CHANNELS[column] in one.channels


def test_saccades_are_boxes_of_opposite_sign_on_both_sides():
    sides = set()
    for one, change_uv in events_of("saccade"):
        rest_uv = change_uv[len(change_uv) // 2]
        left_uv, middle_uv = (rest_uv[CHANNELS.index(name)] for name in ("F7", "Fz"))
        assert 14 <= abs(left_uv) <= 151  # 5 to 25 degrees at 3 to 6 uV each
        assert abs(middle_uv) < 0.1
        pair = [rest_uv[CHANNELS.index(name)] for name in ("Fp1", "Fp2")]
        assert pair[0] == pytest.approx(-pair[1], abs=0.1)
        assert np.sign(pair[0]) == np.sign(left_uv)
        occiput = [CHANNELS.index(name) for name in ("O1", "O2")]
        assert np.abs(change_uv[:, occiput]).max() < 0.2 * abs(left_uv)
        assert np.abs(change_uv[[0, -1]]).max() < 0.2 * abs(left_uv)
        assert lasts(one, 0.36, 1.36)
        sides.add(bool(left_uv > 0))
    assert sides == {False, True}


def test_movements_are_slow_large_and_everywhere():
    for one, change_uv in events_of("movement"):
        rms_uv = np.sqrt((change_uv**2).mean(axis=0))
        hz, power = signal.periodogram(change_uv, RATE_HZ, window="hann", axis=0, detrend=False)
        inside = power[(hz >= 0.3) & (hz <= 3.3)].sum(axis=0) / power.sum(axis=0)
        assert lasts(one, 2, 6)
        assert 50 <= rms_uv.max() <= 310
        assert (inside > 0.9).all(), one
        assert one.channels == CHANNELS
        assert np.ptp(rms_uv) > 1  # no two cables hang alike


def test_line_noise_dominates_its_channels_and_only_those():
    for one, change_uv in events_of("line_noise"):
        concerned = columns_of(one.channels)
        rms_uv = np.sqrt((change_uv**2).mean(axis=0))
        hz, power = signal.periodogram(change_uv[:, concerned], RATE_HZ, window="hann", axis=0)
        at_50 = power[(hz > 48) & (hz < 52)].sum(axis=0) / power.sum(axis=0)
        assert lasts(one, 2, 6)
        assert (rms_uv[concerned] > 25).all()
        assert (rms_uv[concerned] < 210).all()
        assert (np.delete(rms_uv, concerned) == 0).all()
        assert (at_50 > 0.85).all()


def test_flat_channels_do_not_move_at_all():
    values = []
    for seed in SEEDS:
        recording, _ = only("flat", seed)
        for one in recording.truth:
            flat_uv = recording.samples_uv[samples_of(one.start_s, one.end_s)]
            values += [flat_uv[0, column] for column in columns_of(one.channels)]
            assert (np.ptp(flat_uv[:, columns_of(one.channels)], axis=0) == 0).all()
            assert lasts(one, 1, 3)
            rest = np.delete(flat_uv, columns_of(one.channels), axis=1)
            assert (np.ptp(rest, axis=0) > 5).all()
    assert any(value == 0 for value in values)  # cut off
    assert any(value != 0 for value in values)  # holding the last value


def test_saturated_channels_rest_at_an_end_of_the_range_and_nothing_else_does():
    rails = set()
    for seed in SEEDS:
        recording, _ = only("saturated", seed)
        at_rail = np.isin(recording.samples_uv, recording.adc_range_uv)
        rails |= set(np.unique(recording.samples_uv[at_rail]))
        for one in recording.truth:
            (column,) = columns_of(one.channels)
            part = samples_of(one.start_s, one.end_s)
            assert at_rail[part, column].mean() > 0.75
            assert np.diff(np.flatnonzero(at_rail[part, column])).max() == 1  # one rest
            at_rail[part, column] = False
        assert not at_rail.any()
    assert rails == set(recording.adc_range_uv)
