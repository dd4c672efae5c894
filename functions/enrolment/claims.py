"""Claims and nonces: random, good once, kept only as their SHA-256."""

from __future__ import annotations

import base64
import dataclasses
import secrets

from functions.registry.errors import UnknownClaimError, UnknownNonceError
from functions.registry.registry import Registry
from functions.registry.rows import StoredRow
from functions.times import SECOND_NS
from schemas.ids import ALPHABET, DEVICE_WIDTH
from schemas.registry_rows import claim_row, nonce_row

CLAIM_LIFE_S = 24 * 3600
NONCE_LIFE_S = 300
_SECRET_BYTES = 16


@dataclasses.dataclass(frozen=True)
class Issued:
    """A claim or a nonce, shown this once."""

    secret: str = dataclasses.field(repr=False)
    expires_ns: int


@dataclasses.dataclass(frozen=True)
class UsedClaim:
    """What a claim became.

    Args:
      used_ns: when it was first used.
    """

    tenant: str
    issued_by: str
    device: str
    used_ns: int


def issue_claim(registry: Registry, tenant: str, operator: str) -> Issued:
    """Lets one device enrol in the tenant."""
    issued = _issued(registry, CLAIM_LIFE_S)
    content = {"tenant": tenant, "issued_by": operator, "expires_ns": issued.expires_ns}
    registry.rows.create(claim_row(issued.secret), content)
    return issued


def issue_nonce(registry: Registry) -> Issued:
    """Something to sign."""
    issued = _issued(registry, NONCE_LIFE_S)
    registry.rows.create(nonce_row(issued.secret), {"expires_ns": issued.expires_ns})
    return issued


def spend_nonce(registry: Registry, nonce: str) -> None:
    """Uses a nonce up. Of two who use it at the same time one is refused.

    Raises:
      UnknownNonceError: it was never issued, was used, or is too old.
    """
    row, now_ns = nonce_row(nonce), registry.now_ns()
    found = registry.rows.read(row)
    if found is None or "used_ns" in found.content or found.content["expires_ns"] <= now_ns:
        raise UnknownNonceError
    if not registry.rows.replace(row, found, {**found.content, "used_ns": now_ns}):
        raise UnknownNonceError


def use_claim(registry: Registry, claim: str, thumbprint: str) -> UsedClaim:
    """Binds a claim to a key and a new device id; to the same ones again if it was before.

    Raises:
      UnknownClaimError: it was never issued, another key used it, or it is too old.
    """
    device = "".join(secrets.choice(ALPHABET) for _ in range(DEVICE_WIDTH))
    now_ns = registry.now_ns()
    use = {"device": device, "thumbprint": thumbprint, "used_ns": now_ns}

    def edit(found: StoredRow) -> dict[str, object] | None:
        if "thumbprint" in found.content:
            if found.content["thumbprint"] != thumbprint:
                raise UnknownClaimError
            return None
        if found.content["expires_ns"] <= now_ns:
            raise UnknownClaimError
        return {**found.content, **use}

    before = registry.rows.change(claim_row(claim), edit, missing=UnknownClaimError).content
    used = before if "thumbprint" in before else {**before, **use}
    return UsedClaim(used["tenant"], used["issued_by"], used["device"], used["used_ns"])


def _issued(registry: Registry, life_s: int) -> Issued:
    secret = base64.urlsafe_b64encode(secrets.token_bytes(_SECRET_BYTES)).decode().rstrip("=")
    return Issued(secret, registry.now_ns() + life_s * SECOND_NS)
