"""Who gets in: tokens of a device's own live keys, for this audience, in their time."""

from __future__ import annotations

import dataclasses
import time

import pytest

from schemas.registrations import DeviceStatus
from tests.functions.telemetry.worlds import S


def assert_unauthorized(answer):
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.fields["type"] == "urn:neural-engine:problem:unauthorized"


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer a.b.c", "Bearer " + "x" * 5000],
)
def test_without_a_token_nothing_is_read(poster, device, authorization):
    assert_unauthorized(poster.post(device, device.packet(), authorization=authorization))


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"iat": int(time.time()) - 8000, "exp": int(time.time()) - 4500},
        {"iat": int(time.time()) + 4500, "exp": int(time.time()) + 8000},
        {"exp": int(time.time()) + 86400},
        {"sub": "0" * 16},
        {"iss": "0" * 16, "sub": "0" * 16},
    ],
    ids=["audience", "expired", "not yet", "too long", "two names", "unknown device"],
)
def test_a_token_that_is_not_right_is_refused(poster, device, claims):
    token = device.token(**claims)
    assert_unauthorized(poster.post(device, device.packet(), authorization=f"Bearer {token}"))


def test_another_device_s_key_does_not_sign_for_it(world, poster, device):
    other = world.add_device()
    forged = dataclasses.replace(device, private_key=other.private_key)
    assert_unauthorized(poster.post(forged, device.packet()))
    named = dataclasses.replace(forged, thumbprint=other.thumbprint)
    assert_unauthorized(poster.post(named, device.packet()))


def test_a_verified_token_is_refused_once_it_has_expired(poster, device):
    # With the skew that is allowed, its time is over in a second and a half.
    now_s = int(time.time())
    token = device.token(iat=now_s - 1000, exp=now_s - 598)
    authorization = f"Bearer {token}"
    answer = poster.post(device, device.packet(), authorization=authorization)
    assert answer.status == 202
    while time.time() < now_s + 2.1:
        answer = poster.post(device, device.packet(), authorization=authorization)
    assert_unauthorized(poster.post(device, device.packet(), authorization=authorization))


@pytest.mark.parametrize("how", ["revoked", "expired", "retired"])
def test_a_key_that_is_no_longer_live_is_refused_within_the_cache_s_life(
    world, poster, device, how
):
    authorization = f"Bearer {device.token()}"
    assert poster.post(device, device.packet(), authorization=authorization).status == 202
    found = world.device(device.device)
    key = found.keys[0]
    if how == "retired":
        changed = dataclasses.replace(found, status=DeviceStatus.RETIRED)
    else:
        past = {"revoked": True} if how == "revoked" else {"expires_ns": time.time_ns() - S}
        changed = dataclasses.replace(found, keys=(dataclasses.replace(key, **past),))
    world.put_device(changed)
    until = time.monotonic() + 5  # the door of these tests remembers for half a second
    while True:
        answer = poster.post(device, device.packet(), authorization=authorization)
        if answer.status != 202:
            break
        assert time.monotonic() < until
    assert_unauthorized(answer)
    assert_unauthorized(poster.post(device, device.packet()))
