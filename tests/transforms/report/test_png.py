from __future__ import annotations

import base64
import io

import matplotlib.image
import numpy as np

from transforms.report.png import heat_map


def pixels_of(values: np.ndarray) -> np.ndarray:
    kind, _, body = heat_map(values).partition(",")
    assert kind == "data:image/png;base64"
    return matplotlib.image.imread(io.BytesIO(base64.b64decode(body)), format="png")


def test_a_picture_has_a_pixel_for_each_value_and_grows_lighter():
    values = np.linspace(0, 1, 60).reshape(3, 20)
    pixels = pixels_of(values)
    assert pixels.shape == (3, 20, 4)
    assert (pixels[..., 3] == 1).all()
    lightness = pixels[..., :3].sum(axis=2).ravel()
    assert (np.diff(lightness) > 0).all()


def test_what_is_absent_is_transparent_and_what_exceeds_is_the_end():
    pixels = pixels_of(np.array([[np.nan, -1.0, 0.0, 1.0, 7.0]]))[0]
    assert pixels[0, 3] == 0
    np.testing.assert_array_equal(pixels[1], pixels[2])
    np.testing.assert_array_equal(pixels[3], pixels[4])
