from __future__ import annotations

import base64
import hmac
import http.server
import json
import threading
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from local.emulators import free_port
from security.operators import (
    MAX_TOKEN_BYTES,
    OperatorSettings,
    OperatorTokenError,
    OperatorVerifier,
    ProviderUnavailableError,
)

ISSUER, AUDIENCE = "https://id.example.org", "operators.test"


class Provider:
    """Serves keys on 127.0.0.1 and counts how often it was asked."""

    def __init__(self):
        self.rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.ec = ec.generate_private_key(ec.SECP256R1())
        self.asked = 0
        self.document = {"keys": [jwk_of(self.rsa, "rsa-1"), jwk_of(self.ec, "ec-1")]}
        self.delay_s = 0.0
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                provider.asked += 1
                time.sleep(provider.delay_s)
                body = json.dumps(provider.document).encode()
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/keys"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def jwk_of(private, name):
    algorithm = "RS256" if isinstance(private, rsa.RSAPrivateKey) else "ES256"
    made = jwt.get_algorithm_by_name(algorithm).to_jwk(private.public_key(), as_dict=True)
    made = {name: value for name, value in made.items() if name != "key_ops"}
    return made | {"kid": name, "alg": algorithm, "use": "sig"}


@pytest.fixture(scope="module")
def shared_provider():
    made = Provider()
    yield made
    made.stop()


@pytest.fixture
def provider(shared_provider):
    shared_provider.asked = 0
    return shared_provider


@pytest.fixture
def verifier(provider):
    return OperatorVerifier(OperatorSettings(ISSUER, AUDIENCE, provider.url))


def token_of(
    provider, *, key=None, algorithm="RS256", kid="rsa-1", headers=None, without=(), **changes
):
    now_s = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "person-1", "iat": now_s, "exp": now_s + 600}
    claims = {name: value for name, value in (claims | changes).items() if name not in without}
    found = {"kid": kid} | (headers or {})
    return jwt.encode(claims, key or provider.rsa, algorithm=algorithm, headers=found)


def test_a_token_of_the_provider_names_an_operator(provider, verifier):
    for token in (
        token_of(provider),
        token_of(provider, key=provider.ec, algorithm="ES256", kid="ec-1"),
    ):
        operator = verifier.verify(token)
        assert (operator.issuer, operator.subject) == (ISSUER, "person-1")
    assert provider.asked == 1  # the keys are remembered


def test_what_is_shown_of_an_operator_does_not_name_them(provider, verifier):
    assert "person-1" not in repr(verifier.verify(token_of(provider)))


def hs256_with_the_public_key(provider):
    pem = provider.rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    real = token_of(provider).split(".")
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "rsa-1"}).encode())
    signed = f"{head.rstrip(b'=').decode()}.{real[1]}"
    mac = hmac.digest(pem, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def unsigned(token):
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "rsa-1"}).encode())
    return f"{header.rstrip(b'=').decode()}.{token.split('.')[1]}."


STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NOW_S = int(time.time())
ATTACKS = {
    "a stranger's key": lambda p: token_of(p, key=STRANGER),
    "an unknown key": lambda p: token_of(p, key=STRANGER, kid="rsa-9"),
    "no key": lambda p: token_of(p, headers={"kid": ""}),
    "another issuer": lambda p: token_of(p, iss="https://id.example.com"),
    "another audience": lambda p: token_of(p, aud="other.test"),
    "one audience of many": lambda p: token_of(p, aud=[AUDIENCE, "other.test"]),
    "run out": lambda p: token_of(p, exp=NOW_S - 100, iat=NOW_S - 600),
    "of the future": lambda p: token_of(p, iat=NOW_S + 1000, exp=NOW_S + 2000),
    "no end": lambda p: token_of(p, without=["exp"]),
    "no beginning": lambda p: token_of(p, without=["iat"]),
    "nobody": lambda p: token_of(p, without=["sub"]),
    "an empty name": lambda p: token_of(p, sub=""),
    "a name too long": lambda p: token_of(p, sub="x" * 256),
    "no issuer": lambda p: token_of(p, without=["iss"]),
    "alg none": lambda p: unsigned(token_of(p)),
    "HS256 with the public key": hs256_with_the_public_key,
    "RS512": lambda p: token_of(p, algorithm="RS512"),
    "PS256": lambda p: token_of(p, algorithm="PS256"),
    "ES256 by an RSA key's name": lambda p: token_of(p, key=p.ec, algorithm="ES256"),
    "huge": lambda p: token_of(p, more="x" * MAX_TOKEN_BYTES),
    "a critical extension": lambda p: token_of(p, headers={"crit": ["exp"]}),
    "deep": lambda p: base64.urlsafe_b64encode(b"[" * 3000).rstrip(b"=").decode() + ".e30.AAAA",
    "nonsense": lambda p: "a.b.c",
    "a number": lambda p: 7,
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_and_learns_nothing(provider, verifier, attack):
    with pytest.raises(OperatorTokenError) as refusal:
        verifier.verify(ATTACKS[attack](provider))
    assert str(refusal.value) == "the token is not valid here"


def test_unknown_keys_do_not_make_us_ask_the_provider_each_time(provider, verifier):
    verifier.verify(token_of(provider))
    for number in range(20):
        with pytest.raises(OperatorTokenError):
            verifier.verify(token_of(provider, key=STRANGER, kid=f"made-up-{number}"))
    assert provider.asked == 1


def test_a_provider_that_is_away_is_said_to_be_and_left_alone_for_a_while():
    clock = [0.0]
    settings = OperatorSettings(
        ISSUER, AUDIENCE, f"http://127.0.0.1:{free_port()}/keys", timeout_s=1, pause_s=10
    )
    verifier = OperatorVerifier(settings, timer=lambda: clock[0])
    token = jwt.encode({"sub": "x"}, STRANGER, algorithm="RS256", headers={"kid": "rsa-1"})
    asked = []
    fetch = verifier._keys.fetch_data

    def counted():
        asked.append(1)
        return fetch()

    verifier._keys.fetch_data = counted  # type: ignore[method-assign]
    for _ in range(5):
        with pytest.raises(ProviderUnavailableError):
            verifier.verify(token)
    assert len(asked) == 1
    clock[0] = 10.0
    with pytest.raises(ProviderUnavailableError):
        verifier.verify(token)
    assert len(asked) == 2


def test_a_provider_that_dawdles_does_not_hold_us_for_long(provider):
    slow = OperatorVerifier(OperatorSettings(ISSUER, AUDIENCE, provider.url, timeout_s=0.2))
    provider.delay_s = 2.0
    try:
        with pytest.raises(ProviderUnavailableError):
            slow.verify(token_of(provider))
    finally:
        provider.delay_s = 0.0
