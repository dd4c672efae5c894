"""The device of the tests, and a client that does not keep them waiting."""

from __future__ import annotations

from fractions import Fraction

from devices.client.backoff import BackOff
from devices.client.enrolment import Hardware
from devices.client.settings import ClientSettings
from schemas.capabilities import Capabilities, StreamCapability
from schemas.packet_format import SignalFormat

HARDWARE = Hardware(
    "cyton", "s-1", "3.1.2", "rev-b", Capabilities((StreamCapability("eeg", 8, 1000),))
)
FORMAT = SignalFormat("eeg", Fraction(250), ("C3", "C4"), scale=(0.5,), adc_bits=24)
QUICK = ClientSettings(
    post_interval_s=0.01,
    health_interval_s=0,
    back_off=BackOff(base_s=0.01, max_s=0.02, open_s=0.05),
)
