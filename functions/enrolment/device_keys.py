"""The keys of a device: added by it, revoked by it or by an operator; and its retirement."""

from __future__ import annotations

import dataclasses
from typing import Any

from functions.device_events import Announcer, device_event
from functions.enrolment.claims import spend_nonce
from functions.enrolment.registration import KEY_LIFE_S
from functions.registry.errors import KeyRefusedError, UnknownDeviceError, UnknownKeyError
from functions.registry.registry import Registry
from functions.times import SECOND_NS
from schemas.registration_proof import rotation_bytes
from schemas.registrations import MAX_KEYS, Device, DeviceKey, DeviceStatus
from schemas.registry_events import RegistryEventKind
from security.possession import PublicKey

MAX_KEPT_KEYS = 64
"""Live, expired and revoked together; the oldest that expired by itself is forgotten first."""


def add_key(
    registry: Registry, announcer: Announcer, device: str, asked_with: str, body: dict[str, Any]
) -> DeviceKey:
    """Adds a key; the same one again changes nothing.

    Args:
      asked_with: thumbprint of the live key that signed the request's token.
      body: of the schema `NewKey`.

    Raises:
      SchemaError, PossessionError, UnknownNonceError: as at a registration.
      KeyRefusedError: it was revoked, or there are too many.
    """
    key = PublicKey(body["public_key"])
    key.check(body["signature"], rotation_bytes(device, body["nonce"], key.thumbprint))
    spend_nonce(registry, body["nonce"])
    now_ns = registry.now_ns()
    added = DeviceKey(key.thumbprint, key.pem, now_ns + KEY_LIFE_S * SECOND_NS, added_ns=now_ns)

    def edit(found: Device) -> Device:
        if found.live_key(asked_with, now_ns) is None:  # the registry's memory was too old
            raise UnknownDeviceError
        known = found.key(key.thumbprint)
        if known is not None:
            if not known.is_live(now_ns):
                raise KeyRefusedError("this key counts no more for the device; make a new one")
            return found
        if sum(one.is_live(now_ns) for one in found.keys) >= MAX_KEYS:
            raise KeyRefusedError(f"the device has {MAX_KEYS} live keys; revoke one first")
        kept = _forget_oldest(found.keys, now_ns)
        return dataclasses.replace(found, keys=(*kept, added), last_seen_ns=now_ns)

    changed = registry.change_device(device, edit)
    present = changed.key(key.thumbprint) or added
    event = device_event(RegistryEventKind.KEY_ADDED, changed, present.added_ns, present.thumbprint)
    announcer.announce(event)
    return present


def revoke_key(
    registry: Registry, announcer: Announcer, device: str, thumbprint: str, *, by_device: bool
) -> None:
    """Makes a key count no more; may be repeated.

    Raises:
      UnknownKeyError: the device never had it.
      KeyRefusedError: the device would lock itself out.
    """
    now_ns = registry.now_ns()

    def edit(found: Device) -> Device:
        key = found.key(thumbprint)
        if key is None:
            raise UnknownKeyError
        if key.revoked:
            return found
        others = [one for one in found.keys if one is not key]
        if by_device and not any(one.is_live(now_ns) for one in others):
            raise KeyRefusedError("it is the device's last live key; add another first")
        revoked = dataclasses.replace(key, revoked=True, revoked_ns=now_ns)
        keys = tuple(revoked if one is key else one for one in found.keys)
        return dataclasses.replace(found, keys=keys)

    changed = registry.change_device(device, edit)
    key = changed.key(thumbprint)
    assert key is not None
    kind = RegistryEventKind.KEY_REVOKED
    announcer.announce(device_event(kind, changed, key.revoked_ns, thumbprint))


def retire(registry: Registry, announcer: Announcer, device: str) -> None:
    """Takes a device out of service; may be repeated."""
    now_ns = registry.now_ns()

    def edit(found: Device) -> Device:
        if found.status is DeviceStatus.RETIRED:
            return found
        return dataclasses.replace(found, status=DeviceStatus.RETIRED, retired_ns=now_ns)

    changed = registry.change_device(device, edit)
    kind = RegistryEventKind.DEVICE_RETIRED
    announcer.announce(device_event(kind, changed, changed.retired_ns))


def _forget_oldest(keys: tuple[DeviceKey, ...], now_ns: int) -> tuple[DeviceKey, ...]:
    """Room for one more: a revoked key must be remembered until it would have expired."""
    if len(keys) < MAX_KEPT_KEYS:
        return keys
    expired = [key for key in keys if key.expires_ns <= now_ns]
    if not expired:
        raise KeyRefusedError(f"the device had {MAX_KEPT_KEYS} keys; enrol it anew")
    oldest = min(expired, key=lambda key: key.expires_ns)
    return tuple(key for key in keys if key is not oldest)
