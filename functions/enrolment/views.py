"""What the enrolment API shows of a device: no fencing token, no public key, no operator."""

from __future__ import annotations

from typing import Any

from functions.times import rfc3339
from schemas.registrations import Device, DeviceKey


def key_view(key: DeviceKey) -> dict[str, Any]:
    """Of the schema `Key`."""
    return {
        "thumbprint": key.thumbprint,
        "expires_at": rfc3339(key.expires_ns),
        "revoked": key.revoked,
    }


def device_view(device: Device) -> dict[str, Any]:
    """Of the schema `Device`."""
    return {
        "device": device.device,
        "tenant": device.tenant,
        "model": device.model,
        "serial": device.serial,
        "firmware": device.firmware,
        "hardware": device.hardware,
        "capabilities": device.capabilities.to_json(),
        "schema_version": device.schema_version,
        "status": device.status.value,
        "keys": [key_view(key) for key in device.keys],
        "enrolled_at": rfc3339(device.enrolled_ns),
        "last_seen_at": rfc3339(device.last_seen_ns),
    }


def registered_view(device: Device, thumbprint: str, audience: str) -> dict[str, Any]:
    """Of the schema `Registered`."""
    key = device.key(thumbprint)
    assert key is not None  # it has just been registered with it
    return {
        "device": device.device,
        "tenant": device.tenant,
        "audience": audience,
        "thumbprint": thumbprint,
        "key_expires_at": rfc3339(key.expires_ns),
    }
