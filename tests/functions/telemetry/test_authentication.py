"""Whose post it is, where the registry is slow to say."""

from __future__ import annotations

import asyncio
import concurrent.futures
import time

from functions.telemetry.authentication import Authentication
from functions.telemetry.lookups import Lookups
from schemas.registrations import Device
from tests.functions.telemetry.worlds import AUDIENCE, new_device
from tests.security.vaults import Timer


def test_an_answer_that_is_too_old_to_keep_still_answers_who_waited_for_it():
    """As when the registry comes back after an outage: not an error of ours."""
    (made, device), timer = new_device(), Timer()

    def slow(name: str) -> Device:
        timer.now += 5.0
        assert name == made.device
        return device

    async def asked() -> list[Device]:
        with concurrent.futures.ThreadPoolExecutor(1) as threads:
            lookups = Lookups(slow, threads, life_s=1.0, timer=timer)
            authentication = Authentication(lookups, AUDIENCE, time.time)
            header = f"Bearer {made.token()}"
            return [await authentication.device_of(header) for _ in range(2)]

    assert asyncio.run(asked()) == [device, device]
