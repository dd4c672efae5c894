from __future__ import annotations

import base64
import io

import matplotlib.image
import numpy as np
import pytest

from transforms.report.png import CHANGE, POWER, QUALITY, Palette, picture


def pixels_of(values: np.ndarray, palette: Palette = QUALITY) -> np.ndarray:
    kind, _, body = picture(values, palette).partition(",")
    assert kind == "data:image/png;base64"
    return matplotlib.image.imread(io.BytesIO(base64.b64decode(body)), format="png")


def luminance(pixels: np.ndarray) -> np.ndarray:
    """What is left of colours for eyes that see none, and on grey paper."""
    return pixels[..., :3] @ np.array([0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("palette", [QUALITY, POWER])
def test_a_picture_has_a_pixel_for_each_value_and_grows_lighter(palette):
    values = np.linspace(0, 1, 60).reshape(3, 20)
    pixels = pixels_of(values, palette)
    assert pixels.shape == (3, 20, 4)
    assert (pixels[..., 3] == 1).all()
    assert (np.diff(luminance(pixels).ravel()) > 0).all()


def test_a_change_is_darker_the_larger_it_is_blue_below_and_orange_above():
    pixels = pixels_of(np.linspace(0, 1, 33)[None], CHANGE)[0]
    light = luminance(pixels)
    assert (np.diff(light[:17]) > 0).all()
    assert (np.diff(light[16:]) < 0).all()
    assert (pixels[:12, 2] > pixels[:12, 0]).all()
    assert (pixels[-12:, 2] < pixels[-12:, 0]).all()


def test_what_is_absent_is_transparent_and_what_exceeds_is_the_end():
    pixels = pixels_of(np.array([[np.nan, -1.0, 0.0, 1.0, 7.0]]))[0]
    assert pixels[0, 3] == 0
    np.testing.assert_array_equal(pixels[1], pixels[2])
    np.testing.assert_array_equal(pixels[3], pixels[4])


def test_a_colour_is_that_of_the_picture_and_the_scale_begins_and_ends_with_it():
    pixel = (pixels_of(np.array([[0.5]]), POWER)[0, 0, :3] * 255).round().astype(int)
    assert POWER.colour(0.5) == "#" + bytes(pixel.tolist()).hex()
    assert f"({'90deg'}, {POWER.colour(0)}, " in POWER.gradient()
    assert POWER.gradient().endswith(f", {POWER.colour(1)})")
