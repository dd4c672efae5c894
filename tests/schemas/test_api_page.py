"""What docs/api.md shows is what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from functions.enrolment.claims import CLAIM_LIFE_S, NONCE_LIFE_S
from functions.enrolment.desk import NONCE_BURST, NONCES_PER_S
from functions.refusals import _STATUS_AND_CODE
from functions.registry.registry import CacheSettings
from functions.routing import MAX_BODY_BYTES
from functions.telemetry.settings import DoorSettings
from schemas.http_shapes import SHAPES
from schemas.json_shapes import check_shape
from schemas.posts import MAX_POST_BYTES
from schemas.registration_proof import jwk_thumbprint, registration_bytes
from schemas.registrations import LEASE_SECONDS, MAX_KEYS
from schemas.registry_rows import ONCE_DAYS
from security.device_tokens import CLOCK_SKEW_S, MAX_LIFETIME_S, MAX_TOKEN_BYTES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()


def shown(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_registration_on_the_page_has_the_shape_and_is_signed_over_the_bytes_shown():
    registration = json.loads(shown("json"))
    check_shape(registration, SHAPES["Registration"], SHAPES)
    thumbprint = jwk_thumbprint(registration["public_key"])
    signed = registration_bytes(registration["claim"], registration["nonce"], thumbprint)
    assert signed.decode() == shown("text").rstrip("\n")
    assert f"these {len(signed)} bytes" in PAGE


def test_every_code_is_on_the_page():
    for _, code in _STATUS_AND_CODE.values():
        assert code in PAGE


def test_the_limits_on_the_page_are_those_of_the_code():
    door, cache = DoorSettings(), CacheSettings()
    for said in (
        f"at most {MAX_TOKEN_BYTES} characters",
        f"`exp` at most {MAX_LIFETIME_S} after",
        f"may be {CLOCK_SKEW_S // 60} minutes wrong",
        f"a lease of {LEASE_SECONDS} s",
        f"at most {MAX_KEYS} live keys",
        f"128 random bits, {CLAIM_LIFE_S // 3600} hours",
        f"A nonce lives {NONCE_LIFE_S // 60} minutes",
        f"for {ONCE_DAYS} days at least",
        f"{MAX_BODY_BYTES >> 10} KiB; telemetry {MAX_POST_BYTES >> 20} MiB",
        f"enrolment and sessions for {cache.life_s:g} s, telemetry a device for "
        f"{door.device_life_s:g} s and a session for {door.session_life_s:g} s",
        f"{NONCES_PER_S:g} a second and {NONCE_BURST:g} at once",
    ):
        assert said in PAGE, said
