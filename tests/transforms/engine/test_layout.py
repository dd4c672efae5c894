"""What is worked out once for a stream."""

from __future__ import annotations

import pytest

from transforms.engine import StreamSpec
from transforms.engine.layout import lay_out


def blinks_looked_for(signal: str, *names: str) -> list[bool]:
    return list(map(bool, lay_out(StreamSpec(signal, 250, names)).parameters[3]))


@pytest.mark.parametrize(
    "name",
    [
        *("Fp1", "fpz", "EEG Fp2-Ref", "Fp1_M2", "Fp1-A2", "Fp1..", "AF7", "AF10", "AFF1h"),
        *("EEG AFz", "F7", "F10", "Nz", "EOG left", "HEOG", "LEOG"),
    ],
)
def test_blinks_are_looked_for_near_the_eyes(name: str):
    assert blinks_looked_for("eeg", name, "Oz") == [True, False]


@pytest.mark.parametrize("name", ["F3", "Fz", "FC5", "FT7", "C3", "Oz", "POO1", "F55", "Foo"])
def test_blinks_are_not_looked_for_elsewhere(name: str):
    assert blinks_looked_for("eeg", "Fp1", name) == [True, False]


def test_channels_that_name_no_position_are_all_looked_at_and_a_named_back_of_the_head_is_not():
    assert blinks_looked_for("eeg", "EXG Channel 0", "ch2") == [True, True]
    assert blinks_looked_for("eeg", "Oz", "O1", "PO8") == [False, False, False]
    assert blinks_looked_for("ecog", "ch1", "Fp1") == [False, False]
