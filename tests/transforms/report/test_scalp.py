from __future__ import annotations

import base64
import io
import re

import matplotlib.image
import mne
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from mne.channels.interpolation import _make_interpolation_matrix

from tests.transforms.report.pages import Page
from transforms.report.electrodes import directions, from_paper
from transforms.report.png import POWER
from transforms.report.scalp import (
    PIXELS,
    can_be_mapped,
    field_on_paper,
    scalp_map,
    spline,
)

FRONT = ("Fp1", "Fp2", "F7", "F3", "Fz", "F4", "F8", "T7", "C3", "Cz")
NAMES = (*FRONT, "C4", "T8", "P7", "P3", "Pz", "P4", "P8", "O1", "O2")


def field_of(values: np.ndarray) -> np.ndarray:
    drawing = scalp_map(NAMES, directions(NAMES), values, POWER, named=False)
    found = re.search('href="data:image/png;base64,([^"]+)"', drawing)
    assert found is not None
    return matplotlib.image.imread(io.BytesIO(base64.b64decode(found[1])), format="png")


def test_what_is_strong_in_front_is_light_above_and_dark_below():
    front = directions(NAMES)[:, 1]
    pixels = field_of((front - front.min()) / np.ptp(front))
    light = pixels[..., :3].sum(axis=2)
    assert light[8:20, 40:56].mean() > light[40:56, 40:56].mean() > light[-20:-8, 40:56].mean()


def test_a_map_has_no_grain():
    names = mne.channels.make_standard_montage("biosemi64").ch_names
    where = directions(names)
    values = np.random.default_rng(5).uniform(0, 1, 64)
    field = field_on_paper(where, values)
    inside = np.isfinite(field)
    middles = (np.arange(PIXELS) + 0.5) / PIXELS * 2 - 1
    x, y = np.meshgrid(middles, -middles)
    points = from_paper(np.stack((x[inside], y[inside]), axis=1))
    expected = spline(where.astype(np.float64), values, points).clip(values.min(), values.max())
    np.testing.assert_allclose(field[inside], expected, atol=1e-9)
    assert np.nanmax(np.abs(np.diff(field, axis=1))) < 0.15


def test_nothing_is_made_up_far_from_all_electrodes():
    occiput = ("Oz", "O1", "O2", "POz", "PO3", "PO4", "PO7", "PO8")
    field = field_on_paper(directions(occiput), np.linspace(0, 1, 8))
    assert np.isfinite(field[-12:-4, 44:52]).all()
    assert np.isnan(field[: PIXELS // 2]).all()
    assert np.isfinite(field_on_paper(directions(NAMES), np.linspace(0, 1, 19))[48, 2:-2]).all()


def test_nothing_is_drawn_outside_of_the_head():
    pixels = field_of(np.linspace(0, 1, 19))
    assert pixels[0, 0, 3] == 0
    assert pixels[48, 48, 3] == 1
    assert abs(pixels[..., 3].mean() - np.pi / 4) < 0.02


@given(st.tuples(*[st.floats(-5, 5)] * 3), st.floats(-5, 5))
def test_the_spline_follows_what_changes_slowly_over_the_head(slope, constant):
    sites = directions(NAMES).astype(np.float64)
    values = sites @ slope + constant
    reach = np.ptp(values) + 1e-6
    np.testing.assert_allclose(spline(sites, values, sites), values, atol=0.02 * reach)
    between = sites[:-1] + sites[1:]
    between /= np.linalg.norm(between, axis=1, keepdims=True)
    expected = between @ slope + constant
    np.testing.assert_allclose(spline(sites, values, between), expected, atol=0.05 * reach)


def test_the_spline_is_that_of_mne():
    sites = directions(NAMES).astype(np.float64)
    away = np.random.default_rng(2).normal(size=(40, 3))
    away[:, 2] = np.abs(away[:, 2])
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    values = np.random.default_rng(3).normal(size=19)
    theirs = _make_interpolation_matrix(sites, away, 1e-5)
    np.testing.assert_allclose(spline(sites, values, away), theirs @ values, atol=1e-3)


def test_a_map_needs_three_electrodes_of_known_place_and_value():
    where = directions(["C3", "Cz", "C4", "EXG1"])
    assert can_be_mapped(where, np.ones(4))
    assert not can_be_mapped(where, np.array([1.0, 1.0, np.nan, 1.0]))
    assert not can_be_mapped(None, np.ones(4))


def test_few_electrodes_are_dots_without_a_field_between_them():
    names = ("TP9", "AF7", "AF8", "TP10")
    drawing = scalp_map(names, directions(names), np.linspace(0, 1, 4), POWER, named=True)
    assert "<image" not in drawing
    assert drawing.count('class="site"') == 4
    assert f"fill:{POWER.colour(1)}" in drawing


def test_names_from_a_file_stay_text():
    names = ("<b>&", *NAMES[1:])
    where = directions(NAMES)
    page = Page(f"<p>{scalp_map(names, where, np.linspace(0, 1, 19), POWER, named=True)}</p>")
    assert "<b>&" in page.text
    assert not page.all("b")
