"""A server of the device's contract on 127.0.0.1 that does, besides, what a test's script says.

It checks signatures and tokens by the code that the functions use; what is scripted is what
networks and servers do wrong.
"""

from __future__ import annotations

import dataclasses
import email.utils
import gzip
import http.server
import json
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any

from schemas.capabilities import Capabilities
from schemas.errors import PacketError
from schemas.packet import Packet
from schemas.packet_wire import AnyPacket, decode_packet
from schemas.posts import decode_post
from schemas.registration_proof import registration_bytes, rotation_bytes
from schemas.registrations import Device, DeviceKey
from security.device_tokens import TokenError, verify_device_token
from security.possession import PossessionError, PublicKey

AUDIENCE = "neural-engine-test"
DEVICE = "device0000000001"
CLAIM = "C" * 22
Script = list["Fault | None"]


@dataclasses.dataclass(frozen=True)
class Fault:
    """What happens to one call instead of, or after, its being served.

    Attributes:
      status: answered without serving; 0: the connection is closed instead of an answer.
      serves: the call is served first: only its answer is lost.
    """

    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    serves: bool = False
    body: dict[str, Any] = dataclasses.field(default_factory=dict)


LOST_BEFORE, LOST_AFTER = Fault(), Fault(serves=True)


class ContractServer(http.server.ThreadingHTTPServer):
    """Remembers what it was sent.

    Attributes:
      packets: accepted, in the order of arrival, repeated ones as often as they came.
      posts: packets of each post that was served.
      script: path's last part -> what happens to its next calls.
      refuse: reason for a packet, or an empty text.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.lock = threading.Lock()
        self.device: Device | None = None
        self.packets: list[AnyPacket] = []
        self.posts: list[int] = []
        self.bodies: list[tuple[str, int]] = []  # content-encoding, bytes
        self.calls: list[str] = []
        self.script: dict[str, Script] = {}
        self.refuse: Callable[[AnyPacket], str] = lambda packet: ""
        self.post_interval_ms = 1000
        self.lease_seconds = 60.0
        self.sessions: dict[str, dict[str, Any]] = {}
        self.ended: dict[str, str] = {}
        self.lost_sessions: set[str] = set()
        self.ahead_s = 0.0
        self._nonces: set[str] = set()
        self._claimed: dict[str, str] = {}
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()

    def now_s(self) -> float:
        return time.time() + self.ahead_s

    def next_fault(self, name: str) -> Fault | None:
        with self.lock:
            self.calls.append(name)
            script = self.script.get(name, [])
            return script.pop(0) if script else None

    def sample_packets(self) -> dict[tuple[str, str, int, int], Packet]:
        """Each place once, however often it came."""
        found: dict[tuple[str, str, int, int], Packet] = {}
        with self.lock:
            for one in self.packets:
                if isinstance(one, Packet):
                    found[one.session, one.stream, one.epoch, one.first_sample] = one
        return found

    def serve(self, path: str, body: bytes, headers: Any) -> tuple[int, dict[str, Any]]:
        if path == "/v1/nonces":
            nonce = secrets.token_urlsafe(16)
            self._nonces.add(nonce)
            return 201, {"nonce": nonce, "expires_at": ""}
        if path == "/v1/devices":
            return self._register(json.loads(body))
        try:
            token = headers["Authorization"].removeprefix("Bearer ")
            verify_device_token(token, self._device_of, AUDIENCE, self.now_s())
        except TokenError as error:
            return problem(401, "token-refused", str(error))
        if path.endswith("/keys"):
            return self._add_key(json.loads(body))
        if path == "/v1/telemetry":
            return self._post(body, headers.get("Content-Encoding", ""))
        return self._session(path, json.loads(body), headers)

    def _device_of(self, device: str) -> Device:
        if self.device is None or self.device.device != device:
            raise LookupError
        return self.device

    def _register(self, fields: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        key = PublicKey(fields["public_key"])
        signed = registration_bytes(fields["claim"], fields["nonce"], key.thumbprint)
        refused = self._refused_proof(key, fields, signed)
        if refused is not None:
            return refused
        if self._claimed.setdefault(fields["claim"], key.thumbprint) != key.thumbprint:
            return problem(403, "claim-refused", "used by another key")
        Capabilities.from_json(fields["capabilities"])
        self.device = Device(
            device=DEVICE,
            tenant="clinic01",
            model=fields["model"],
            serial=fields["serial"],
            firmware=fields["firmware"],
            hardware=fields["hardware"],
            capabilities=Capabilities.from_json(fields["capabilities"]),
            schema_version=fields["schema_version"],
            keys=(DeviceKey(key.thumbprint, key.pem, 2**62),),
        )
        return 201, {"device": DEVICE, "tenant": "clinic01", "audience": AUDIENCE}

    def _refused_proof(
        self, key: PublicKey, fields: dict[str, Any], signed: bytes
    ) -> tuple[int, dict[str, Any]] | None:
        if fields["nonce"] not in self._nonces:
            return problem(403, "nonce-refused", "ask for a new one")
        self._nonces.remove(fields["nonce"])
        try:
            key.check(fields["signature"], signed)
        except PossessionError as error:
            return problem(403, "proof-refused", str(error))
        return None

    def _add_key(self, fields: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        assert self.device is not None
        key = PublicKey(fields["public_key"])
        signed = rotation_bytes(self.device.device, fields["nonce"], key.thumbprint)
        refused = self._refused_proof(key, fields, signed)
        if refused is not None:
            return refused
        keys = {one.thumbprint: one for one in self.device.keys}
        keys[key.thumbprint] = DeviceKey(key.thumbprint, key.pem, 2**62)
        self.device = dataclasses.replace(self.device, keys=tuple(keys.values()))
        return 201, {"thumbprint": key.thumbprint}

    def _session(
        self, path: str, fields: dict[str, Any], headers: Any
    ) -> tuple[int, dict[str, Any]]:
        *_, session, verb = path.split("/")
        if verb == "bci-sessions":
            asked = self.sessions.setdefault(
                headers["Idempotency-Key"], {"session": secrets.token_hex(16), **fields}
            )
            token = list(self.sessions).index(headers["Idempotency-Key"]) + 1
            return 201, {
                "session": asked["session"],
                "fencing_token": token,
                "lease_expires_at": "",
                "lease_seconds": self.lease_seconds,
                "telemetry_url": self.url + "/v1/telemetry",
                "stream_url": None,
                "expected_latency_ms": 300,
                "supported_features": [],
            }
        if session in self.lost_sessions or session in self.ended:
            return problem(409, "session-ended", "open another")
        if verb == "end":
            self.ended[session] = fields["reason"]
        return 200, {"session": session}

    def _post(self, body: bytes, encoding: str) -> tuple[int, dict[str, Any]]:
        self.bodies.append((encoding, len(body)))
        raw = gzip.decompress(body) if encoding == "gzip" else body
        wires = decode_post(raw)
        verdicts: list[dict[str, Any]] = []
        with self.lock:
            self.posts.append(len(wires))
            for place, wire in enumerate(wires):
                verdicts.append({"packet": place, "accepted": True})
                try:
                    packet = decode_packet(wire)
                    reason = self.refuse(packet)
                except PacketError:
                    reason = "malformed"
                if reason:
                    verdicts[-1] |= {"accepted": False, "reason": reason, "detail": "as scripted"}
                else:
                    self.packets.append(packet)
        return 202, {"verdicts": verdicts, "post_interval_ms": self.post_interval_ms}


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ContractServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fault = self.server.next_fault(self.path.rsplit("/", 1)[-1])
        if fault is None or fault.serves:
            status, fields = self.server.serve(self.path, body, self.headers)
        else:
            status, fields = fault.status, fault.body
        if fault is not None and not fault.status:
            self.close_connection = True
            self.connection.close()
            return
        content = json.dumps(fields).encode()
        self.send_response_only(status)
        self.send_header("Date", email.utils.formatdate(self.server.now_s(), usegmt=True))
        for name, value in fault.headers if fault is not None else ():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def problem(status: int, code: str, detail: str) -> tuple[int, dict[str, Any]]:
    kind = f"urn:neural-engine:problem:{code}"
    return status, {"type": kind, "title": code, "status": status, "detail": detail}
