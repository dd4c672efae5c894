"""What docs/packet.md shows is what the code does."""

from __future__ import annotations

import dataclasses
import json
import re
from fractions import Fraction
from pathlib import Path

import numpy as np

from schemas.codec_rice import encode_rice
from schemas.packet_format import SignalFormat
from schemas.packet_json import packet_from_json, packet_to_json
from schemas.packet_wire import LIMITS
from tests.schemas.packets import assert_same, made_packet

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "packet.md").read_text()


def shown(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_json_on_the_page_is_canonical():
    format_ = SignalFormat("eeg", Fraction(250), ("C3", "C4"), scale=(0.5,), adc_bits=24)
    absent = np.array([[False, False], [True, False]])
    packet = made_packet([[1, 2], [3, 4]], format=format_, absent=absent, sequence=7)
    assert_same(packet_from_json(shown("json")), packet)
    assert json.loads(shown("json")) == json.loads(packet_to_json(packet))


def test_the_payload_on_the_page_is_what_the_codec_writes():
    numbers = np.array([[10, 12], [11, 13], [13, 15], [16, 18]], np.int32)
    assert encode_rice(numbers).hex(" ") == shown("hex").strip()


def test_the_limits_on_the_page_are_the_decoders():
    for limit in dataclasses.asdict(LIMITS).values():
        assert f"{limit:,}" in PAGE or f"{limit >> 20} MiB" in PAGE, limit
