"""An OpenID provider on this machine, so that operators exist here: it signs what it is asked to.

Its key is made when it starts and never leaves the process.
"""

from __future__ import annotations

import base64
import http.server
import json
import threading
import time
from types import TracebackType
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

AUDIENCE = "neural-engine-operators"
_KEY_BITS, _LIFETIME_S = 2048, 3600
_DISCOVERY, _KEYS = "/.well-known/openid-configuration", "/keys"


class LocalOidc:
    """A provider on 127.0.0.1; a context manager that starts and stops it.

    Attributes:
      issuer: its address, which is the `iss` of what it signs, once started.
      audience: the `aud`.
      jwks_url: where its public key is, once started.
    """

    def __init__(self, audience: str = AUDIENCE):
        self.issuer = self.jwks_url = ""
        self.audience = audience
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
        digest = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )[-16:]
        self._key_id = digest.hex()
        self._server: http.server.ThreadingHTTPServer | None = None

    def __enter__(self) -> LocalOidc:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Serves its public key from now on."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.issuer = f"http://127.0.0.1:{server.server_address[1]}"
        self.jwks_url = self.issuer + _KEYS
        self._server = server
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Answers no more."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def issue(self, subject: str, email: str, *, lifetime_s: int = _LIFETIME_S) -> str:
        """An ID token of an operator, as Google's provider would sign it.

        Args:
          subject: the provider's name for a person; never given to another.
          lifetime_s: below 0, it has run out already.
        """
        now_s = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject,
            "email": email,
            "email_verified": True,
            "iat": now_s,
            "exp": now_s + lifetime_s,
        }
        private = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return jwt.encode(
            claims, private.decode(), algorithm="RS256", headers={"kid": self._key_id}
        )

    def documents(self) -> dict[str, dict[str, Any]]:
        """What it serves, by path."""
        numbers = self._key.public_key().public_numbers()
        key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self._key_id}
        key |= {"n": _base64url(numbers.n), "e": _base64url(numbers.e)}
        discovery = {
            "issuer": self.issuer,
            "jwks_uri": self.jwks_url,
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        return {_DISCOVERY: discovery, _KEYS: {"keys": [key]}}


def _handler_of(provider: LocalOidc) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            document = provider.documents().get(self.path)
            body = b"" if document is None else json.dumps(document).encode()
            self.send_response(404 if document is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing of what it served."""

    return Handler


def _base64url(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
