from __future__ import annotations

import itertools

import numpy as np
import pytest

from transforms.engine import Flag
from transforms.report.kinds import EVENTS, KINDS, N_ACUTE

# Machado, Oliveira and Fernandes 2009, severity 1: linear RGB as these eyes see it.
EYES = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}


def lab(colour: str, eye: np.ndarray) -> np.ndarray:
    srgb = np.array(list(bytes.fromhex(colour[1:]))) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ (eye @ linear).clip(0, 1) / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("eye", EYES)
def test_colours_of_any_two_kinds_differ_for_every_eye(eye):
    for one, other in itertools.combinations(KINDS, 2):
        difference = np.linalg.norm(lab(one.colour, EYES[eye]) - lab(other.colour, EYES[eye]))
        assert difference > 7, (one.label, other.label)  # 2.3 is just noticeable


def test_every_flag_has_its_kind_and_words():
    assert sorted(kind.flag for kind in KINDS) == sorted(Flag)
    assert len({kind.label for kind in KINDS}) == len(KINDS)
    assert all(len(kind.meaning) > 10 for kind in KINDS)


def test_what_comes_and_goes_is_coloured_before_what_lasts():
    acute = {kind.flag for kind in KINDS[:N_ACUTE]}
    assert acute >= set(EVENTS) - {Flag.DRIFT}
    assert not acute & {Flag.LINE_NOISE, Flag.DRIFT, Flag.SETTLING, Flag.GAP}
