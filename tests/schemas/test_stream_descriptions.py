from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import CellError
from schemas.stream_descriptions import StreamDescription

DESCRIPTION = StreamDescription(
    signal="eeg",
    rate_num=257,
    rate_den=2,
    channels=("Fp1", "Cz µ"),
    start_ns=-5,
    line_hz=None,
    unit="uV",
    adc_range=((-3276.8, 3276.7), None),
    pairs=(("Fp1", "Cz µ"),),
    windows_per_bucket=1200,
    feature_names=("rms",),
    pair_feature_names=("plv",),
    parameter_version="eeg-1",
    code_version="0.1.0",
)


def test_a_description_comes_back():
    assert StreamDescription.from_bytes(DESCRIPTION.to_bytes()) == DESCRIPTION


@pytest.mark.parametrize(
    "changed", [{"version": 2}, {"more": 1}, {"start_ns": ...}], ids=["later", "more", "less"]
)
def test_another_description_is_refused(changed):
    found = {**json.loads(DESCRIPTION.to_bytes()), **changed}
    content = json.dumps({key: value for key, value in found.items() if value is not ...})
    with pytest.raises(CellError):
        StreamDescription.from_bytes(content.encode())


@given(st.binary(max_size=60) | st.just(b"[" * 100_000) | st.just(b"[]"))
def test_any_bytes_are_refused(content):
    with pytest.raises(CellError):
        StreamDescription.from_bytes(content)
