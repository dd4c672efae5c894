"""Enrolment: an operator's claim becomes a device with a key of its own; later, another key."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable
from typing import Any

import requests.adapters

from devices.client.calls import Answer, Caller, Timeouts
from devices.client.clocks import Clock, ServerTime, SystemClock
from devices.client.credentials import CREDENTIALS, KEY, NEXT_KEY, Credentials
from devices.client.durable_files import sync_folder
from devices.client.errors import RequestRefusedError, UnreachableError
from devices.client.keys import DeviceKey, load_or_make
from devices.client.tokens import TokenSource
from schemas.capabilities import Capabilities
from schemas.packet import SCHEMA_VERSION
from schemas.registration_proof import registration_bytes, rotation_bytes

_PROBLEM = "urn:neural-engine:problem:"
_ASKED_AGAIN = (_PROBLEM + "nonce-refused",)


@dataclasses.dataclass(frozen=True)
class Hardware:
    """What the device is."""

    model: str
    serial: str
    firmware: str
    hardware: str
    capabilities: Capabilities

    def to_json(self) -> dict[str, Any]:
        """As registration wants it."""
        return {
            "model": self.model,
            "serial": self.serial,
            "firmware": self.firmware,
            "hardware": self.hardware,
            "capabilities": self.capabilities.to_json(),
            "schema_version": SCHEMA_VERSION,
        }


@dataclasses.dataclass(frozen=True)
class Servers:
    """Where the API is: one address for all, or one each.

    Args:
      enrolment_url, sessions_url: without the paths of the API.
    """

    enrolment_url: str
    sessions_url: str = ""

    def __post_init__(self) -> None:
        for field in ("enrolment_url", "sessions_url"):
            url = getattr(self, field) or self.enrolment_url
            object.__setattr__(self, field, url.rstrip("/"))


def enrol(
    folder: pathlib.Path,
    servers: Servers,
    claim: str,
    hardware: Hardware,
    *,
    clock: Clock | None = None,
    timeouts: Timeouts | None = None,
    adapter: requests.adapters.BaseAdapter | None = None,
) -> Credentials:
    """Makes the device's key, registers it, and writes down what it is called.

    It may be called again after a crash or a lost answer: the key was written before it was shown,
    and the same claim with the same key gives the same device. An enrolled device is left as it is.

    Args:
      claim: of an operator; counts once.

    Raises:
      UnreachableError: the server did not answer, several times.
      RequestRefusedError: it says why.
      ClientError: the folder's key is none.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (folder / CREDENTIALS).exists():
        return Credentials.load(folder)
    key = load_or_make(folder / KEY)
    caller = Caller(ServerTime(clock or SystemClock()), None, timeouts, adapter)
    try:
        url = servers.enrolment_url
        answer = _with_nonce(
            caller,
            url,
            f"{url}/v1/devices",
            lambda nonce: {
                "claim": claim,
                **_proof(key, nonce, registration_bytes(claim, nonce, key.thumbprint)),
                **hardware.to_json(),
            },
        )
    finally:
        caller.close()
    members = answer.members
    credentials = Credentials(
        device=str(members["device"]),
        tenant=str(members["tenant"]),
        audience=str(members["audience"]),
        enrolment_url=servers.enrolment_url,
        sessions_url=servers.sessions_url,
    )
    credentials.save(folder)
    return credentials


def rotate_key(
    folder: pathlib.Path,
    *,
    clock: Clock | None = None,
    timeouts: Timeouts | None = None,
    adapter: requests.adapters.BaseAdapter | None = None,
) -> DeviceKey:
    """Registers a new key and uses it from then on; the old one lasts until its own end.

    It may be called again after a crash or a lost answer: it goes on with the key that it had made.

    Raises:
      UnreachableError, RequestRefusedError: as `enrol`; the old key is still in use.
    """
    credentials = Credentials.load(folder)
    old, new = DeviceKey.load(folder / KEY), load_or_make(folder / NEXT_KEY)
    time = ServerTime(clock or SystemClock())
    tokens = TokenSource(old, credentials.device, credentials.audience, time)
    caller = Caller(time, tokens, timeouts, adapter)
    url, device = credentials.enrolment_url, credentials.device
    try:
        _with_nonce(
            caller,
            url,
            f"{url}/v1/devices/{device}/keys",
            lambda nonce: _proof(new, nonce, rotation_bytes(device, nonce, new.thumbprint)),
        )
    finally:
        caller.close()
    (folder / NEXT_KEY).replace(folder / KEY)
    sync_folder(folder)
    return new


def _with_nonce(
    caller: Caller, server: str, url: str, body: Callable[[str], dict[str, Any]]
) -> Answer:
    """Posts something signed over a fresh nonce; once more with another if the answer was lost."""
    for is_last in (False, True):
        try:
            nonce = str(_checked(caller.call("POST", f"{server}/v1/nonces", {})).members["nonce"])
            return _checked(caller.call("POST", url, body(nonce)))
        except UnreachableError:
            if is_last:
                raise
        except RequestRefusedError as error:
            if is_last or error.kind not in _ASKED_AGAIN:
                raise
    raise AssertionError  # the last try returns or raises


def _proof(key: DeviceKey, nonce: str, signed: bytes) -> dict[str, Any]:
    return {"nonce": nonce, "public_key": key.jwk, "signature": key.sign(signed)}


def _checked(answer: Answer) -> Answer:
    if not answer.is_success:
        raise answer.refusal()
    return answer
