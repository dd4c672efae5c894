"""Buckets let through what their rate allows and nothing more."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.telemetry.rates import Rates
from tests.security.vaults import Timer

STEPS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 60)), max_size=40)


@settings(deadline=None)
@given(STEPS)
def test_no_more_than_burst_and_rate_gets_through_and_waiting_helps(steps):
    timer = Timer()
    rates = Rates(10, 50, timer=timer)
    taken = 0
    for seconds, count in steps:
        timer.now += seconds
        wait_s = rates.take("a", count)
        if wait_s == 0:
            taken += count
        elif count <= 50:
            timer.now += wait_s + 1e-9
            assert rates.take("a", count) == 0
            taken += count
        assert taken <= 50 + 10 * timer.now + 1e-6


def test_one_device_does_not_use_up_another_s():
    rates = Rates(1, 5, timer=Timer())
    assert rates.take("a", 5) == 0
    assert rates.take("a", 1) == 1
    assert rates.take("b", 5) == 0


def test_memory_is_bounded():
    rates = Rates(1, 5, entries=10, timer=Timer())
    for device in range(100):
        rates.take(str(device), 5)
    assert len(rates._buckets) == 10
