"""The door with its connections, from the environment: what an instance does once."""

from __future__ import annotations

import asyncio
import fractions
import os

import numpy as np

from functions.loop_publishing import LoopPublisher
from functions.publishing import PublishSettings
from functions.registry.registry import Registry, connect
from functions.registry.rows import Patience
from functions.settings import FunctionSettings
from functions.telemetry.door import Door
from functions.telemetry.settings import DoorSettings
from schemas.packet import Packet
from schemas.packet_format import SignalFormat
from schemas.packet_wire import decode_packet, encode_packet
from schemas.traces import NOWHERE, collect_spans
from security.key_names import TenantKeyNames
from security.keyset_store import StoreSettings
from security.kms import KmsSettings
from security.vault import Vault, VaultSettings

_ATTEMPT_S = 2.0
TRACES_VARIABLE = "NEURAL_ENGINE_TRACES"
"""Where spans of posts go whose `traceparent` is sampled; see `schemas.traces`."""


async def open_door() -> Door:
    """The door of this event loop.

    Raises:
      SettingsError: the environment lacks something, or has what cannot be.
    """
    settings = FunctionSettings.from_environment(
        "kms_location", "telemetry_topic", "token_audience"
    )
    door = DoorSettings.from_environment()
    collect_spans(os.environ.get(TRACES_VARIABLE, NOWHERE), "telemetry")
    vault, registry = await asyncio.to_thread(_connect, settings, door)
    patience = PublishSettings(attempt_s=door.publish_s / 2, deadline_s=door.publish_s)
    publisher = LoopPublisher(settings.topic_path(settings.telemetry_topic), patience)
    return Door(door, registry, vault.sealer, publisher, settings.token_audience)


def _connect(settings: FunctionSettings, door: DoorSettings) -> tuple[Vault, Registry]:
    """Blocks for as long as connections and kernels take."""
    _load_kernels()
    vault = Vault(_vault_settings(settings, door))
    registry = Registry(
        connect(
            settings.project, settings.bigtable_instance, settings.bigtable_app_profile or None
        ),
        patience=Patience(_ATTEMPT_S, door.wait_s),
    )
    return vault, registry


def _vault_settings(settings: FunctionSettings, door: DoorSettings) -> VaultSettings:
    patience = {
        "attempt_s": _ATTEMPT_S,
        "deadline_s": door.wait_s,
        "first_delay_s": 0.1,
        "longest_delay_s": 1.0,
    }
    names = {"project": settings.project, "location": settings.kms_location}
    if settings.kms_key_ring:
        names["key_ring"] = settings.kms_key_ring
    return VaultSettings(
        key_names=TenantKeyNames(**names),
        project=settings.project,
        instance=settings.bigtable_instance,
        app_profile=settings.bigtable_app_profile or None,
        kms_loopback_address=settings.kms_loopback_address,
        kms=KmsSettings(**patience),
        store=StoreSettings(**patience),
    )


def _load_kernels() -> None:
    """The decoder's, compiled or from the cache: the first device would wait for them."""
    packet = Packet(
        device="0" * 16,
        session="0" * 32,
        stream="eeg0",
        format=SignalFormat("eeg", fractions.Fraction(250), ("C3", "C4")),
        first_sample=0,
        start_ns=0,
        samples=np.arange(400, dtype=np.int32).reshape(200, 2),
    )
    decode_packet(encode_packet(packet))
