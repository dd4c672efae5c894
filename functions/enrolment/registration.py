"""A claim becomes a device: in steps that may stop anywhere and be taken again."""

from __future__ import annotations

from typing import Any

from functions.device_events import Announcer, device_event
from functions.enrolment.claims import spend_nonce, use_claim
from functions.registry.errors import KeyRefusedError
from functions.registry.registry import Registry
from functions.times import SECOND_NS
from schemas.capabilities import Capabilities
from schemas.registration_proof import registration_bytes
from schemas.registrations import Device, DeviceKey
from schemas.registry_events import RegistryEventKind
from schemas.registry_rows import device_row
from security.possession import PublicKey

KEY_LIFE_S = 2 * 365 * 24 * 3600
_TOLD = ("model", "serial", "firmware", "hardware", "schema_version")


def register(registry: Registry, announcer: Announcer, body: dict[str, Any]) -> Device:
    """The device that the claim and the key stand for, new or as it is.

    Args:
      body: of the schema `Registration`.

    Raises:
      SchemaError, PossessionError: the key is none, or did not sign this.
      UnknownNonceError, UnknownClaimError: see there; a used nonce refuses a replay.
      KeyRefusedError: the device was enrolled before, and the key counts no more.
      UnannouncedError: the device is enrolled and nobody was told; to be repeated.
    """
    capabilities = Capabilities.from_json(body["capabilities"])
    key = PublicKey(body["public_key"])
    claim, nonce = body["claim"], body["nonce"]
    key.check(body["signature"], registration_bytes(claim, nonce, key.thumbprint))
    spend_nonce(registry, nonce)
    used = use_claim(registry, claim, key.thumbprint)
    made = Device(
        device=used.device,
        tenant=used.tenant,
        capabilities=capabilities,
        keys=(
            DeviceKey(
                thumbprint=key.thumbprint,
                public_key=key.pem,
                expires_ns=used.used_ns + KEY_LIFE_S * SECOND_NS,
                added_ns=used.used_ns,
            ),
        ),
        enrolled_ns=used.used_ns,
        enrolled_by=used.issued_by,
        last_seen_ns=used.used_ns,
        **{name: body[name] for name in _TOLD},
    )
    found = registry.rows.create(device_row(made.device), made.to_json())
    device = Device.from_json(found.content)
    if device.live_key(key.thumbprint, registry.now_ns()) is None:
        raise KeyRefusedError("the device was enrolled before, and this key counts no more")
    kind = RegistryEventKind.DEVICE_ENROLLED
    announcer.announce(device_event(kind, device, device.enrolled_ns))
    return device
