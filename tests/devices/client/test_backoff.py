from __future__ import annotations

import email.utils
import random

import pytest

from devices.client.backoff import MAX_RETRY_AFTER_S, BackOff, Patience, retry_after_s
from devices.client.errors import ClientError
from tests.devices.client.clocks import ManualClock

SETTINGS = BackOff(base_s=1, max_s=8, failures_to_open=5, open_s=60)


def waits_after(n_failures, asked_s=0.0):
    waits = []
    for seed in range(400):
        patience = Patience(SETTINGS, ManualClock(), random.Random(seed))
        for _ in range(n_failures):
            patience.failed(asked_s)
        waits.append(patience.wait_s())
    return waits


@pytest.mark.parametrize(("n_failures", "widest_s"), [(1, 1), (2, 2), (3, 4), (4, 8)])
def test_waits_are_spread_evenly_from_0_to_a_width_that_doubles(n_failures, widest_s):
    waits = waits_after(n_failures)
    assert max(waits) <= widest_s
    assert min(waits) < widest_s * 0.02  # full jitter
    assert sum(waits) / len(waits) == pytest.approx(widest_s / 2, rel=0.1)


def test_a_retry_after_is_never_undercut():
    assert min(waits_after(1, 7)) >= 7
    assert min(waits_after(9, 600)) >= 600


def test_after_five_failures_the_server_is_left_alone_for_a_minute_and_then_probed():
    clock = ManualClock()
    patience = Patience(SETTINGS, clock, random.Random(0))
    for _ in range(4):
        patience.failed()
    assert patience.wait_s() <= 8
    patience.failed()
    assert patience.is_probing
    assert 54 <= patience.wait_s() <= 66
    clock.pass_s(66)
    assert patience.wait_s() == 0
    patience.failed()  # the probe
    assert 54 <= patience.wait_s() <= 66
    patience.succeeded()
    assert patience.wait_s() == 0
    assert patience.failures == 0


def test_being_told_to_wait_is_no_failure():
    patience = Patience(SETTINGS, ManualClock(), random.Random(0))
    for _ in range(9):
        patience.told_to_wait(3)
    assert not patience.is_probing
    assert 3 <= patience.wait_s() <= 4


def test_a_retry_after_is_seconds_or_a_date_and_bounded():
    date = email.utils.formatdate(1_000_060, usegmt=True)
    assert retry_after_s(" 12 ", 0) == 12
    assert retry_after_s(date, 1_000_000) == 60
    assert retry_after_s(date, 2_000_000) == 0
    assert retry_after_s("9" * 40, 0) == MAX_RETRY_AFTER_S
    assert [retry_after_s(text, 0) for text in (None, "", "soon", "-3", "\u0663")] == [0] * 5


def test_no_wait_at_all_is_refused():
    with pytest.raises(ClientError, match="base_s is 0; expected a number above 0"):
        BackOff(base_s=0)
