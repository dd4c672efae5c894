from __future__ import annotations

import contextlib
import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.capabilities import (
    Capabilities,
    Requirements,
    StreamCapability,
    StreamRequirement,
)
from schemas.errors import SchemaError
from schemas.packet_format import SIGNALS

SIGNAL = st.sampled_from(SIGNALS[:2])
CHANNELS, RATES = st.integers(1, 5), st.integers(1, 5).map(float)
HAS = st.lists(st.builds(StreamCapability, SIGNAL, CHANNELS, RATES), min_size=1, max_size=4)
NEEDS = st.lists(st.builds(StreamRequirement, SIGNAL, CHANNELS, RATES), max_size=4)


def fits(has, need):
    return (
        has.signal == need.signal
        and has.max_channels >= need.min_channels
        and has.max_rate_hz >= need.min_rate_hz
    )


@given(HAS, NEEDS)
@example(  # taking what fits first leaves the second need without
    [StreamCapability("eeg", 2, 5.0), StreamCapability("eeg", 3, 1.0)],
    [StreamRequirement("eeg", 2, 1.0), StreamRequirement("eeg", 1, 5.0)],
)
def test_nothing_is_missing_exactly_if_each_need_can_have_a_stream_of_its_own(has, needs):
    possible = any(
        all(fits(one, need) for one, need in zip(some, needs, strict=True))
        for some in itertools.permutations(has, len(needs))
    )
    missing = Requirements(tuple(needs)).missing_in(Capabilities(tuple(has)))
    assert (missing == []) is possible


@given(HAS, NEEDS)
def test_both_go_through_json(has, needs):
    capabilities, requirements = (
        Capabilities(tuple(has), ("a",)),
        Requirements(tuple(needs), ("b",)),
    )
    assert Capabilities.from_json(capabilities.to_json()) == capabilities
    assert Requirements.from_json(requirements.to_json()) == requirements


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["streams", "features", "signal", "max_channels"]), inner)
    ),
    max_leaves=8,
)


@given(JUNK)
def test_anything_is_taken_or_refused_with_our_error(junk):
    for kind in (Capabilities, Requirements):
        with contextlib.suppress(SchemaError):
            kind.from_json(junk)


@pytest.mark.parametrize("channels", [0, 4097, True, 1.0, "8"])
def test_channels_are_a_whole_number_in_range(channels):
    with pytest.raises(SchemaError):
        StreamCapability("eeg", channels, 250)


@pytest.mark.parametrize("rate", [0, 50_001, float("nan"), float("inf"), True, "250"])
def test_a_rate_is_a_number_in_range(rate):
    with pytest.raises(SchemaError):
        StreamCapability("eeg", 8, rate)
