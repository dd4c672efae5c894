"""Whose post it is, where the registry is slow to say."""

from __future__ import annotations

import asyncio
import concurrent.futures
import time
import uuid

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from functions.telemetry.authentication import Authentication
from functions.telemetry.lookups import Lookups
from schemas.capabilities import Capabilities, StreamCapability
from schemas.registrations import Device, DeviceKey
from tests.functions.telemetry.worlds import AUDIENCE, TestDevice
from tests.security.vaults import TENANT, Timer


def made_device() -> tuple[TestDevice, Device]:
    private_key = ec.generate_private_key(ec.SECP256R1())
    made = TestDevice(uuid.uuid4().hex[:16], uuid.uuid4().hex, private_key, "A" * 43)
    pem = private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    device = Device(
        device=made.device,
        tenant=TENANT,
        model="m",
        serial="s",
        firmware="1",
        hardware="1",
        capabilities=Capabilities((StreamCapability("eeg", 8, 250),)),
        schema_version=1,
        keys=(DeviceKey(made.thumbprint, pem.decode(), time.time_ns() + 3600 * 10**9),),
    )
    return made, device


def test_an_answer_that_is_too_old_to_keep_still_answers_who_waited_for_it():
    """As when the registry comes back after an outage: not an error of ours."""
    (made, device), timer = made_device(), Timer()

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
