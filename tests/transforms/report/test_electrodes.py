from __future__ import annotations

import mne
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.report.electrodes import directions, from_paper, on_paper

RIGHT, FRONT, UP = np.eye(3)


def test_electrodes_are_found_by_their_names_however_they_are_written():
    found = directions(["Cz", "EEG T8-REF", "Fpz.", "O1", "t3", "EXG1"])
    assert found[0] @ UP > 0.95
    assert found[1] @ RIGHT > 0.95
    assert found[2] @ FRONT > 0.95
    assert found[3] @ FRONT < -0.8
    assert found[3] @ RIGHT < -0.1
    assert found[4] @ RIGHT < -0.95
    assert np.isnan(found[5]).all()
    np.testing.assert_allclose(np.linalg.norm(found[:5], axis=1), 1, atol=1e-6)


def test_places_of_the_file_are_believed_more_than_names():
    positions = [(0.1, 0.0, 0.04), None, (0.0, -0.1, 0.04)]
    found = directions(["Cz", "T8", "x"], positions)
    np.testing.assert_allclose(found[0], RIGHT, atol=1e-6)
    assert np.isnan(found[1]).all()
    np.testing.assert_allclose(found[2], -FRONT, atol=1e-6)
    by_name = directions(["Cz"], [None])
    assert by_name[0] @ UP > 0.95


def test_the_middle_of_the_head_is_found_from_many_places():
    rng = np.random.default_rng(1)
    expected = rng.normal(size=(30, 3))
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    placed = expected * 0.09 + (0.002, -0.01, 0.05)
    found = directions([f"x{k}" for k in range(30)], [tuple(p) for p in placed.tolist()])
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_measured_head_and_its_names_agree():
    montage = mne.channels.make_standard_montage("biosemi32")
    places = montage.get_positions()["ch_pos"]
    found = directions(list(places), [tuple(p) for p in np.array(list(places.values())).tolist()])
    named = directions(list(places))
    assert np.sum(found * named, axis=1).min() > np.cos(np.radians(20))


@given(st.floats(-0.8, 0.8), st.floats(-0.8, 0.8))
def test_paper_and_head_are_one_to_one(x, y):
    there = from_paper(np.array([[x, y]]))
    np.testing.assert_allclose(on_paper(there.astype(np.float32)), [[x, y]], atol=1e-3)


def test_the_top_of_the_head_is_in_the_middle_and_the_forehead_above():
    at = on_paper(directions(["Cz", "Fpz", "T8", "Oz"]))
    assert np.hypot(*at[0]) < 0.1
    assert at[1, 1] > 0.8 > abs(at[1, 0])
    assert at[2, 0] > 0.8 > abs(at[2, 1])
    assert at[3, 1] == pytest.approx(-0.8, abs=0.1)
    assert (np.hypot(*at.T) < 1).all()
