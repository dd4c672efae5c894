from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import json

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from schemas.capabilities import Capabilities, StreamCapability
from schemas.registration_proof import jwk_thumbprint
from schemas.registrations import Device, DeviceKey, DeviceStatus
from security.device_tokens import (
    CLOCK_SKEW_S,
    MAX_LIFETIME_S,
    MAX_TOKEN_BYTES,
    TokenError,
    TokenTimeError,
    verify_device_token,
)

AUDIENCE, NOW_S, S = "telemetry.test", 1_800_000_000, 1_000_000_000
DEVICE, OTHER = "device0000000001", "device0000000002"
CAPABILITIES = Capabilities((StreamCapability("eeg", 8, 250),))


def base64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Key:
    def __init__(self):
        self.private = ec.generate_private_key(ec.SECP256R1())
        point = self.private.public_key().public_numbers()
        self.jwk = {"kty": "EC", "crv": "P-256"} | {
            name: base64url(value.to_bytes(32, "big"))
            for name, value in (("x", point.x), ("y", point.y))
        }
        self.thumbprint = jwk_thumbprint(self.jwk)
        public = self.private.public_key()
        self.pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


KEY, SECOND, REVOKED, EXPIRED, OTHERS, UNKNOWN = (Key() for _ in range(6))


def device_of_keys(name, *keys):
    return Device(
        device=name,
        tenant="clinic01",
        model="m",
        serial="s",
        firmware="f",
        hardware="h",
        capabilities=CAPABILITIES,
        schema_version=1,
        keys=keys,
    )


def kept(key, expires_s=NOW_S + 1000, **more):
    return DeviceKey(key.thumbprint, key.pem, expires_s * S, **more)


DEVICES = {
    DEVICE: device_of_keys(
        DEVICE,
        kept(KEY),
        kept(SECOND),
        kept(REVOKED, revoked=True),
        kept(EXPIRED, expires_s=NOW_S),
    ),
    OTHER: device_of_keys(OTHER, kept(OTHERS)),
}


def token_of(key=KEY, *, headers=None, device=DEVICE, without=(), **changes):
    claims = {
        "iss": device,
        "sub": device,
        "aud": AUDIENCE,
        "iat": NOW_S,
        "exp": NOW_S + 600,
        "jti": "0123456789",
    } | changes
    claims = {name: value for name, value in claims.items() if name not in without}
    found = {"kid": key.thumbprint} | (headers or {})
    return jwt.encode(claims, key.private, algorithm="ES256", headers=found)


def verify(token, now_s=NOW_S, devices=DEVICES):
    return verify_device_token(token, devices.__getitem__, AUDIENCE, now_s)


def test_a_devices_own_token_counts():
    found = verify(token_of(jti="jti-of-this-one"))
    assert (found.device, found.thumbprint) == (DEVICES[DEVICE], KEY.thumbprint)
    assert (found.expires_s, found.jti) == (NOW_S + 600, "jti-of-this-one")


def test_each_live_key_of_the_device_signs():
    assert verify(token_of(SECOND)).thumbprint == SECOND.thumbprint


def test_an_hour_and_ten_minutes_of_skew_are_allowed_and_not_a_second_more():
    token = token_of(exp=NOW_S + MAX_LIFETIME_S)
    last_s = NOW_S + MAX_LIFETIME_S + CLOCK_SKEW_S
    live = {DEVICE: device_of_keys(DEVICE, kept(KEY, expires_s=NOW_S + 10**6))}
    assert verify(token, last_s - 1, live)
    assert verify(token, NOW_S - CLOCK_SKEW_S, live)
    for now_s in (last_s, NOW_S - CLOCK_SKEW_S - 1):
        with pytest.raises(TokenTimeError):
            verify(token, now_s, live)
    with pytest.raises(TokenError):
        verify(token_of(exp=NOW_S + MAX_LIFETIME_S + 1))


def test_only_the_keys_holder_is_told_that_the_time_is_wrong():
    late_s = NOW_S + 10**5
    live = {DEVICE: device_of_keys(DEVICE, kept(KEY, expires_s=NOW_S + 10**6))}
    forged = token_of(UNKNOWN, headers={"kid": KEY.thumbprint})
    with pytest.raises(TokenError) as refusal:
        verify(forged, late_s, live)
    assert type(refusal.value) is TokenError
    with pytest.raises(TokenTimeError):
        verify(token_of(), late_s, live)


def raw_token(header, claims, signature=b"\0" * 64):
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64url(part) for part in parts)


def claims_of():
    return jwt.decode(token_of(), options={"verify_signature": False})


def signed_by_public_key(secret):
    """HS256 with what everybody knows as its secret: taken by verifiers that let tokens choose."""
    header = {"alg": "HS256", "typ": "JWT", "kid": KEY.thumbprint}
    signed = raw_token(header, claims_of()).rpartition(".")[0]
    return f"{signed}.{base64url(hmac.digest(secret, signed.encode(), 'sha256'))}"


def without_signature(alg):
    return raw_token({"alg": alg, "typ": "JWT", "kid": KEY.thumbprint}, claims_of(), b"")


def other_curve():
    key = ec.generate_private_key(ec.SECP384R1())
    return jwt.encode(claims_of(), key, algorithm="ES384", headers={"kid": KEY.thumbprint})


def embedded_key():
    return token_of(UNKNOWN, headers={"kid": KEY.thumbprint, "jwk": UNKNOWN.jwk})


def with_flipped_bit():
    head, _, signature = token_of().rpartition(".")
    return f"{head}.{'B' if signature[0] != 'B' else 'C'}{signature[1:]}"


def with_others_claims():
    head, _, signature = token_of().split(".")
    claims = token_of(exp=NOW_S + 601).split(".")[1]
    return f"{head}.{claims}.{signature}"


def der_signature():
    signed = token_of().rpartition(".")[0]
    der = KEY.private.sign(signed.encode(), ec.ECDSA(hashes.SHA256()))
    return f"{signed}.{base64url(der)}"


ATTACKS = {
    "alg none": lambda: without_signature("none"),
    "alg None": lambda: without_signature("None"),
    "no alg": lambda: raw_token({"kid": KEY.thumbprint}, claims_of()),
    "ES256 without a signature": lambda: without_signature("ES256"),
    "HS256 with the PEM": lambda: signed_by_public_key(KEY.pem.encode()),
    "HS256 with the thumbprint": lambda: signed_by_public_key(KEY.thumbprint.encode()),
    "ES384": other_curve,
    "zero signature": lambda: raw_token({"alg": "ES256", "kid": KEY.thumbprint}, claims_of()),
    "one bit": with_flipped_bit,
    "another token's claims": with_others_claims,
    "a DER signature": der_signature,
    "wrong audience": lambda: token_of(aud="telemetry.other"),
    "one audience of many": lambda: token_of(aud=[AUDIENCE, "telemetry.other"]),
    "audience as a list": lambda: token_of(aud=[AUDIENCE]),
    "no audience": lambda: token_of(without=["aud"]),
    "no subject": lambda: token_of(without=["sub"]),
    "another subject": lambda: token_of(sub=OTHER),
    "no issuer": lambda: token_of(without=["iss"]),
    "no jti": lambda: token_of(without=["jti"]),
    "an empty jti": lambda: token_of(jti=""),
    "a jti of lines": lambda: token_of(jti="12345678\n"),
    "no end": lambda: token_of(without=["exp"]),
    "no beginning": lambda: token_of(without=["iat"]),
    "ends before it begins": lambda: token_of(exp=NOW_S),
    "lives for ever": lambda: token_of(exp=10**12),
    "true as a time": lambda: token_of(iat=True, exp=True),
    "a text as a time": lambda: token_of(exp=str(NOW_S + 10)),
    "infinity as a time": lambda: token_of(exp=float("inf")),
    "not yet": lambda: token_of(nbf=NOW_S + CLOCK_SKEW_S + 1),
    "another device's key": lambda: token_of(OTHERS),
    "another device's key under ours": lambda: token_of(OTHERS, headers={"kid": KEY.thumbprint}),
    "our key for another device": lambda: token_of(device=OTHER),
    "an unknown key": lambda: token_of(UNKNOWN),
    "a revoked key": lambda: token_of(REVOKED),
    "an expired key": lambda: token_of(EXPIRED),
    "an unknown device": lambda: token_of(device="device0000000009"),
    "a device id that cannot be": lambda: token_of(device="Device-1"),
    "a path as a device": lambda: token_of(device="../../etc/passwd"),
    "its own key": embedded_key,
    "a critical extension": lambda: token_of(headers={"crit": ["exp"]}),
    "a key elsewhere": lambda: token_of(headers={"jku": "https://evil.test/keys"}),
    "unencoded claims": lambda: token_of(headers={"b64": False, "crit": ["b64"]}),
    "a number as a key": lambda: raw_token({"alg": "ES256", "kid": 7}, claims_of()),
    "no key": lambda: raw_token({"alg": "ES256"}, claims_of()),
    "another type": lambda: token_of(headers={"typ": "at+jwt"}),
    "claims that are a list": lambda: raw_token({"alg": "ES256", "kid": KEY.thumbprint}, []),
    "huge": lambda: token_of(more="x" * MAX_TOKEN_BYTES),
    "deep claims": lambda: deep("[", 700),
    "deep header": lambda: f"{base64url(b'[' * 1000)}.e30.AAAA",
    "huge number": lambda: deep("9", 1300),
    "empty": lambda: "",
    "two parts": lambda: "a.b",
    "four parts": lambda: token_of() + ".AAAA",
    "padding": lambda: token_of() + "=",
    "white space": lambda: token_of() + "\n",
    "not ASCII": lambda: token_of() + "é",
    "a number": lambda: 17,
}


def deep(character, n):
    head = base64url(json.dumps({"alg": "ES256", "kid": KEY.thumbprint}).encode())
    return f"{head}.{base64url(character.encode() * n)}.{base64url(bytes(64))}"


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_and_learns_nothing(attack):
    with pytest.raises(TokenError) as refusal:
        verify(ATTACKS[attack]())
    expected = TokenTimeError if attack == "not yet" else TokenError
    assert type(refusal.value) is expected
    if expected is TokenError:
        assert str(refusal.value) == "the token is not valid here"


def test_a_token_of_a_retired_device_is_refused():
    retired = dataclasses.replace(DEVICES[DEVICE], status=DeviceStatus.RETIRED)
    with pytest.raises(TokenError):
        verify(token_of(), devices={DEVICE: retired})


def test_a_huge_token_is_not_even_parsed(monkeypatch):
    monkeypatch.setattr(jwt, "decode_complete", None)  # whatever calls it raises TypeError
    with pytest.raises(TokenError):
        verify("a" * (MAX_TOKEN_BYTES + 1))


@given(
    st.one_of(st.text(max_size=300), st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")))
)
def test_no_text_makes_it_raise_anything_else(text):
    with pytest.raises(TokenError):
        verify(text)


@given(st.data())
def test_no_claims_of_any_kind_make_it_raise_anything_else(data):
    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=5,
    )
    names = ["iss", "sub", "aud", "iat", "exp", "nbf", "jti"]
    claims = data.draw(st.dictionaries(st.sampled_from(names), values))
    header = {"alg": "ES256"} | data.draw(
        st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64"]), values)
    )
    with pytest.raises(TokenError):
        verify(raw_token(header, claims))


def test_the_thumbprint_is_that_of_rfc_7638():
    canonical = json.dumps(KEY.jwk, sort_keys=True, separators=(",", ":")).encode()
    assert base64url(hashlib.sha256(canonical).digest()) == KEY.thumbprint
