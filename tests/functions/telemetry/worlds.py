"""The door with all that is behind it: stores, keys, devices and sessions of a test's own."""

from __future__ import annotations

import dataclasses
import json
import time
import uuid
import warnings
from fractions import Fraction
from typing import Any

import jwt
import numpy as np
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from google.api_core.exceptions import DeadlineExceeded
from google.cloud import kms_v1, pubsub_v1
from jwt.algorithms import ECAlgorithm

from functions.registry.registry import connect
from functions.registry.rows import RegistryRows
from local.bigtable import create_table
from local.functions import FunctionSource
from local.kms.server import LocalKms
from local.pubsub import create_topics, subscription_path
from schemas.capabilities import Capabilities, StreamCapability
from schemas.envelope import Envelope
from schemas.keyset_rows import subject_keyset
from schemas.packet import Packet
from schemas.packet_format import SignalFormat
from schemas.pubsub_topics import TELEMETRY
from schemas.registration_proof import jwk_thumbprint
from schemas.registrations import Device, DeviceKey, Session, SessionStatus
from schemas.registry_rows import device_row, session_row
from schemas.stored_tables import BIGTABLE_TABLES
from security.context import PacketContext
from security.key_names import TenantKeyNames
from security.vault import Vault, VaultSettings
from tests.security.vaults import OTHER_TENANT, QUICK, QUICK_STORE, SUBJECT, TENANT

AUDIENCE = "telemetry.test"
DOOR = FunctionSource("functions/telemetry/main.py", "telemetry", asgi=True)
MS, S = 1_000_000, 1_000_000_000
N_CHANNELS, RATE_HZ, N_SAMPLES = 8, 250, 62
FORMAT = SignalFormat(
    "eeg", Fraction(RATE_HZ), tuple(f"E{i}" for i in range(N_CHANNELS)), scale=(0.5,), adc_bits=24
)


@dataclasses.dataclass(frozen=True)
class TestDevice:
    """A device with its private key, in a session."""

    __test__ = False

    device: str
    session: str
    private_key: ec.EllipticCurvePrivateKey
    thumbprint: str

    def token(self, **claims: Any) -> str:
        """Valid for ten minutes, unless the claims say otherwise."""
        now_s = int(time.time())
        found = {
            "iss": self.device,
            "sub": self.device,
            "aud": AUDIENCE,
            "iat": now_s,
            "exp": now_s + 600,
            "jti": uuid.uuid4().hex,
        } | claims
        headers = {"kid": self.thumbprint}
        return jwt.encode(found, self.private_key, algorithm="ES256", headers=headers)

    def packet(self, sequence: int = 0, **changes: Any) -> Packet:
        """250 ms of eight channels that ended just now."""
        now_ns = time.time_ns()
        samples = np.random.default_rng(sequence).integers(-30_000, 30_000, (N_SAMPLES, N_CHANNELS))
        fields: dict[str, Any] = {
            "device": self.device,
            "session": self.session,
            "stream": "eeg0",
            "format": FORMAT,
            "first_sample": sequence * N_SAMPLES,
            "start_ns": now_ns - (sequence + 1) * N_SAMPLES * S // RATE_HZ,
            "samples": samples,
            "sequence": sequence,
            "device_time_ns": now_ns,
        }
        return Packet(**{**fields, **changes})


def new_device() -> tuple[TestDevice, Device]:
    """A device, and what the registry holds of it."""
    private_key = ec.generate_private_key(ec.SECP256R1())
    jwk = json.loads(ECAlgorithm.to_jwk(private_key.public_key()))
    thumbprint = jwk_thumbprint({name: jwk[name] for name in ("kty", "crv", "x", "y")})
    made = TestDevice(uuid.uuid4().hex[:16], uuid.uuid4().hex, private_key, thumbprint)
    pem = private_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    device = Device(
        device=made.device,
        tenant=TENANT,
        model="m",
        serial="s",
        firmware="1",
        hardware="1",
        capabilities=Capabilities((StreamCapability("eeg", 8, 250),)),
        schema_version=1,
        keys=(DeviceKey(thumbprint, pem.decode(), time.time_ns() + 3600 * S),),
    )
    return made, device


class World:
    """Tables, topics and keys; devices and sessions as a test wants them."""

    def __init__(self, kms: LocalKms):
        self.kms = kms
        self.project = self.instance = f"w-{uuid.uuid4().hex[:8]}"
        self.key_names = TenantKeyNames(project=self.project, location="europe-west3")
        self._make_keys()
        create_topics(self.project)
        with warnings.catch_warnings():  # Google's client warns of every emulator
            warnings.simplefilter("ignore")
            for table in BIGTABLE_TABLES:
                create_table(table, project=self.project, instance=self.instance)
            self._table = connect(self.project, self.instance)
            self.vault = Vault(self.vault_settings)
        self.rows = RegistryRows(self._table)
        self._subscriber = pubsub_v1.SubscriberClient()
        self._pulled: dict[str, list[Envelope]] = {}

    @property
    def vault_settings(self) -> VaultSettings:
        return VaultSettings(
            key_names=self.key_names,
            project=self.project,
            instance=self.instance,
            kms_loopback_address=self.kms.address,
            kms=QUICK,
            store=QUICK_STORE,
        )

    @property
    def environment(self) -> dict[str, str]:
        """Of the function."""
        found = {
            "project": self.project,
            "bigtable_instance": self.instance,
            "kms_location": self.key_names.location,
            "kms_key_ring": self.key_names.key_ring,
            "kms_loopback_address": self.kms.address,
            "telemetry_topic": TELEMETRY.name,
            "token_audience": AUDIENCE,
        }
        return {f"NEURAL_ENGINE_{name.upper()}": value for name, value in found.items()}

    def add_device(self, **changes: Any) -> TestDevice:
        """A device that is enrolled and in a session."""
        made, device = new_device()
        self.put_device(device)
        self.put_session(made, **changes)
        return made

    def put_device(self, device: Device) -> None:
        """Writes a device as it is to be, whatever was there."""
        self._put(device_row(device.device), device.to_json(), "")

    def device(self, device: str) -> Device:
        found = self.rows.read(device_row(device))
        assert found is not None
        return Device.from_json(found.content)

    def put_session(self, device: TestDevice, **changes: Any) -> Session:
        """Writes the device's session as it is to be, whatever was there."""
        fields: dict[str, Any] = {
            "session": device.session,
            "tenant": TENANT,
            "subject": SUBJECT,
            "device": device.device,
            "experiment": "e",
            "status": SessionStatus.OPEN,
            "fencing_token": 1,
            "started_ns": time.time_ns(),
            "lease_until_ns": time.time_ns() + 60 * S,
        }
        session = Session(**{**fields, **changes})
        row = session_row(session.session)
        self._put(row, session.to_json(), session.status)
        return session

    def noted_streams(self, session: str) -> list[bytes]:
        found = self.rows.read(session_row(session))
        assert found is not None
        return list(found.streams)

    def pull(self, device: TestDevice, count: int, timeout_s: float = 10.0) -> list[Envelope]:
        """Messages of a device's session, as many as are expected; fewer once the time is over."""
        until = time.monotonic() + timeout_s
        found = self._pulled.setdefault(device.session, [])
        while len(found) < count and (left_s := until - time.monotonic()) > 0:
            self._pull(left_s)
        self._pulled[device.session] = found[count:]
        return found[:count]

    def _pull(self, timeout_s: float) -> None:
        subscription = subscription_path(self.project, TELEMETRY.subscriptions[0].name)
        try:
            pulled = self._subscriber.pull(
                subscription=subscription, max_messages=1000, timeout=timeout_s, retry=None
            )
        except DeadlineExceeded:
            return
        for received in pulled.received_messages:
            message = received.message
            envelope = Envelope.from_attributes(dict(message.attributes), message.data)
            self._pulled.setdefault(envelope.session, []).append(envelope)
        ack_ids = [received.ack_id for received in pulled.received_messages]
        if ack_ids:
            self._subscriber.acknowledge(subscription=subscription, ack_ids=ack_ids)

    def erase(self, subject: str) -> None:
        """As an operator does who erases a person."""
        self.vault.store.erase(subject_keyset(TENANT, subject), time.time_ns() // MS)

    def open(self, envelope: Envelope) -> bytes:
        """What was sealed."""
        context = PacketContext(
            envelope.tenant,
            envelope.subject,
            envelope.session,
            envelope.stream,
            envelope.epoch,
            envelope.sequence,
        )
        return self.vault.opener.open(envelope.sealed, context)

    def _make_keys(self) -> None:
        client, names = self.kms.client(), self.key_names
        place = f"projects/{names.project}/locations/{names.location}"
        ring = client.create_key_ring(
            parent=place, key_ring_id=names.key_ring, key_ring=kms_v1.KeyRing()
        )
        for tenant in (TENANT, OTHER_TENANT):
            client.create_crypto_key(
                parent=ring.name,
                crypto_key_id=names.subjects(tenant).rpartition("/")[2],
                crypto_key=kms_v1.CryptoKey(purpose="ENCRYPT_DECRYPT"),
            )

    def close(self) -> None:
        self.vault.close()
        self._subscriber.close()
        self._table.client.close()

    def _put(self, row: bytes, content: dict[str, Any], status: str) -> None:
        found = self.rows.read(row)
        if found is None:
            self.rows.create(row, content, status=status)
        else:
            assert self.rows.replace(row, found, content, status=status)
