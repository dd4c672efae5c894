from __future__ import annotations

import email.utils

import jwt
import pytest

from devices.client.clocks import ServerTime
from devices.client.errors import ClientError
from devices.client.keys import DeviceKey
from devices.client.tokens import TokenSource
from schemas.capabilities import Capabilities, StreamCapability
from schemas.registrations import Device
from schemas.registrations import DeviceKey as RegisteredKey
from security.device_tokens import TokenTimeError, verify_device_token
from security.possession import PublicKey
from tests.devices.client.clocks import ManualClock

DEVICE = "device0000000001"
KEY = DeviceKey.make()


def made(clock, key=KEY, **more):
    return TokenSource(key, DEVICE, "audience", ServerTime(clock), **more)


def registered(key):
    public = PublicKey(key.jwk)
    return Device(
        device=DEVICE,
        tenant="clinic01",
        model="m",
        serial="s",
        firmware="f",
        hardware="h",
        capabilities=Capabilities((StreamCapability("eeg", 8, 250),)),
        schema_version=1,
        keys=(RegisteredKey(public.thumbprint, public.pem, 2**62),),
    )


def verified(token, now_s, key=KEY):
    return verify_device_token(token, lambda _: registered(key), "audience", now_s)


def test_the_functions_take_the_clients_tokens():
    clock = ManualClock()
    found = verified(made(clock).token(), clock.ns / 1e9)
    assert (found.thumbprint, found.device.device) == (KEY.thumbprint, DEVICE)
    assert found.expires_s - clock.ns / 1e9 <= 3600


def test_a_token_is_kept_for_four_fifths_of_its_life_and_then_renewed():
    clock = ManualClock()
    source = made(clock, lifetime_s=1000)
    first = source.token()
    clock.pass_s(799)
    assert source.token() == first
    clock.pass_s(2)
    second = source.token()
    claims = [jwt.decode(one, options={"verify_signature": False}) for one in (first, second)]
    assert claims[1]["iat"] == claims[0]["iat"] + 801
    assert claims[0]["jti"] != claims[1]["jti"]


@pytest.mark.parametrize("wrong_s", [-1.6e9, -1200, 1200])
def test_a_clock_that_is_wrong_is_set_right_by_the_date_of_a_refusal(wrong_s):
    clock = ManualClock()
    right_s = clock.ns / 1e9
    clock.ns += round(wrong_s * 1e9)
    time = ServerTime(clock)
    source = TokenSource(KEY, DEVICE, "audience", time)
    refused_at_s = right_s + (4000 if wrong_s < 0 else 0)  # where it is slow, by then it is over
    with pytest.raises(TokenTimeError):
        verified(source.token(), refused_at_s)
    time.learn(email.utils.formatdate(right_s, usegmt=True))
    source.renew()
    verified(source.token(), right_s)
    assert abs(time.now_ns() / 1e9 - right_s) <= 1


def test_a_good_clock_is_left_alone():
    clock = ManualClock()
    time = ServerTime(clock)
    for off_s in (-3, 0, 3):
        time.learn(email.utils.formatdate(clock.ns / 1e9 + off_s, usegmt=True))
        assert time.offset_s == 0
    time.learn(email.utils.formatdate(clock.ns / 1e9 + 60, usegmt=True))
    assert 59 < time.offset_s < 61
    clock.ns += 60_000_000_000  # somebody has set the clock meanwhile
    time.learn(email.utils.formatdate(clock.ns / 1e9, usegmt=True))
    assert time.offset_s == 0
    time.learn("tomorrow")
    time.learn(None)
    assert time.offset_s == 0


def test_a_clock_that_was_set_back_gets_a_new_token():
    clock = ManualClock()
    source = made(clock)
    source.token()
    clock.ns -= 7200 * 10**9
    verified(source.token(), clock.ns / 1e9)


def test_a_key_is_readable_by_its_owner_alone_and_never_shown(tmp_path):
    KEY.save(tmp_path / "key.pem")
    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600
    assert DeviceKey.load(tmp_path / "key.pem").thumbprint == KEY.thumbprint
    assert repr(KEY) == f"DeviceKey(thumbprint={KEY.thumbprint!r})"
    (tmp_path / "key.pem").chmod(0o644)
    with pytest.raises(ClientError, match="readable by others"):
        DeviceKey.load(tmp_path / "key.pem")


def test_a_token_may_live_an_hour_at_most():
    with pytest.raises(ClientError, match="lifetime_s is 3601; expected 60 to 3600"):
        made(ManualClock(), lifetime_s=3601)
