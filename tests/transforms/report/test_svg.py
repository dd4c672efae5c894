from __future__ import annotations

import re

import numpy as np

from transforms.report import svg


def points(commands: str) -> list[tuple[int, int]]:
    """The corners of a line, followed as a browser would."""
    at, found = (0, 0), []
    for letter, numbers in re.findall(r"([MlhLVv])([-\d ]*)", commands):
        values = [int(value) for value in numbers.split()]
        if letter in "ML":
            at = (values[0], values[1])
        elif letter == "l":
            at = (at[0] + values[0], at[1] + values[1])
        elif letter == "h":
            at = (at[0] + values[0], at[1])
        elif letter == "V":
            at = (at[0], values[0])
        else:
            at = (at[0], at[1] + values[0])
        found.append(at)
    return found


def test_a_line_passes_through_every_value_and_breaks_where_one_is_absent():
    commands = svg.line(np.array([3.0, 5, 5, np.nan, 1, 2]))
    assert points(commands) == [(0, 3), (1, 5), (2, 5), (4, 1), (5, 2)]
    assert commands.count("M") == 2
    assert svg.line(np.full(3, np.nan)) == ""


def test_a_single_value_between_absent_ones_is_still_drawn():
    assert points(svg.line(np.array([np.nan, 4.0, np.nan]))) == [(1, 4), (2, 4)]


def test_an_envelope_spans_lowest_to_highest_in_every_bin():
    low, high = np.array([9.0, 8, np.nan, 7]), np.array([1.0, 2, np.nan, 3])
    commands = svg.envelope(low, high)
    corners = points(commands)
    assert {(0, 9), (0, 1), (1, 8), (1, 2), (3, 7), (3, 3)} == set(corners)
    assert commands.count("M") == 2


def test_values_are_scaled_from_the_top_and_cut_off_at_the_edges():
    scaled = svg.scaled(np.array([-10.0, 0, 10, 99, -99, np.nan]), -10, 10, 100)
    np.testing.assert_array_equal(scaled, [100, 50, 0, 0, 100, np.nan])
    assert np.isfinite(svg.scaled(np.array([5.0]), 5, 5, 100)).all()


def test_bars_stand_on_the_floor_and_the_smallest_is_seen():
    assert svg.bars(np.array([0.0, 1, 1, 0.0001]), 60) == "M0 60V60h1V0h2V59h1V60z"
    assert svg.bars(np.zeros(5), 60) == ""


def test_shades_are_stretches_of_equal_code():
    shades = svg.shades(np.array([0, 2, 2, 0, 1, 2]), 200)
    assert shades == {
        2: "M1 0h2v200h-2zM5 0h1v200h-1z",
        1: "M4 0h1v200h-1z",
    }
