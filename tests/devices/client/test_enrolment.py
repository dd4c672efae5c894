from __future__ import annotations

import pytest

from devices.client.credentials import Credentials
from devices.client.enrolment import Servers, enrol, rotate_key
from devices.client.errors import ClientError, RequestRefusedError, UnreachableError
from devices.client.keys import DeviceKey
from tests.devices.client.contract_server import AUDIENCE, CLAIM, DEVICE, LOST_AFTER, LOST_BEFORE
from tests.devices.client.settings import HARDWARE


def test_a_claim_becomes_a_device_with_a_key_of_its_own(server, tmp_path):
    found = enrol(tmp_path / "new", Servers(server.url), CLAIM, HARDWARE)
    assert (found.device, found.tenant, found.audience) == (DEVICE, "clinic01", AUDIENCE)
    assert Credentials.load(tmp_path / "new") == found
    assert server.device is not None
    key = DeviceKey.load(tmp_path / "new" / "key.pem")
    assert [one.thumbprint for one in server.device.keys] == [key.thumbprint]
    assert server.device.serial == HARDWARE.serial
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "new").iterdir()}
    assert modes == {0o600}


@pytest.mark.parametrize("fault", [LOST_BEFORE, LOST_AFTER])
def test_a_lost_answer_is_asked_for_again_with_the_same_key(server, tmp_path, fault):
    server.script["devices"] = [fault]
    enrol(tmp_path, Servers(server.url), CLAIM, HARDWARE)
    assert server.calls.count("devices") == 2


def test_enrolment_that_failed_goes_on_later_with_the_same_key(server, tmp_path):
    server.script["devices"] = [LOST_AFTER, LOST_AFTER]
    with pytest.raises(UnreachableError):
        enrol(tmp_path, Servers(server.url), CLAIM, HARDWARE)
    key = DeviceKey.load(tmp_path / "key.pem")
    enrol(tmp_path, Servers(server.url), CLAIM, HARDWARE)
    assert server.device is not None
    assert [one.thumbprint for one in server.device.keys] == [key.thumbprint]


def test_an_enrolled_device_is_left_as_it_is(server, folder):
    n_calls = len(server.calls)
    enrol(folder, Servers(server.url), "another claim", HARDWARE)
    assert len(server.calls) == n_calls


def test_a_claim_used_by_another_key_is_refused_as_the_server_says(server, folder, tmp_path):
    with pytest.raises(RequestRefusedError, match="403 urn:neural-engine:problem:claim-refused"):
        enrol(tmp_path / "thief", Servers(server.url), CLAIM, HARDWARE)
    with pytest.raises(ClientError, match="the folder of an enrolled device"):
        Credentials.load(tmp_path / "thief")


def test_samples_and_claims_do_not_travel_in_the_open(tmp_path):
    with pytest.raises(ClientError, match="expected an https address"):
        enrol(tmp_path, Servers("http://clinic.example"), CLAIM, HARDWARE)


def test_a_new_key_is_used_once_the_registry_has_it(server, folder):
    old = DeviceKey.load(folder / "key.pem")
    new = rotate_key(folder)
    assert DeviceKey.load(folder / "key.pem").thumbprint == new.thumbprint != old.thumbprint
    assert server.device is not None
    assert [one.thumbprint for one in server.device.keys] == [old.thumbprint, new.thumbprint]


def test_rotation_that_failed_goes_on_with_the_key_that_it_had_made(server, folder):
    old = DeviceKey.load(folder / "key.pem")
    server.script["keys"] = [LOST_AFTER, LOST_AFTER]
    with pytest.raises(UnreachableError):
        rotate_key(folder)
    assert DeviceKey.load(folder / "key.pem").thumbprint == old.thumbprint
    rotate_key(folder)
    assert server.device is not None
    assert len(server.device.keys) == 2
