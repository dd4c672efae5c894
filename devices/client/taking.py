"""From packets to the disk: what is taken, and what there was no room for."""

from __future__ import annotations

import collections
import importlib.util
import logging
from collections.abc import Sequence

import numpy as np

from devices.client.accounts import Account
from devices.client.errors import StoreFullError
from devices.client.places import Outcome, PacketPlace
from devices.client.store import PacketStore
from schemas.codec import Codec, Numbers
from schemas.packet import Packet
from schemas.packet_wire import AnyPacket, encode_packet

_LOG = logging.getLogger(__name__)

_HAS_NUMBA = importlib.util.find_spec("numba") is not None
_INT16, _INT24 = 2**15, 2**23


def codec_for(numbers: Numbers, *, has_rice: bool = _HAS_NUMBA) -> Codec | None:
    """The smallest codec that this machine can write; None: what the packet's own rule says."""
    if has_rice or numbers.dtype != np.int32:
        return None
    low, high = int(numbers.min()), int(numbers.max())
    if low >= -_INT16 and high < _INT16:
        return Codec.INT16
    return Codec.INT24 if low >= -_INT24 and high < _INT24 else Codec.INT32


class PacketTaker:
    """Encodes packets and stores them; counts each, and remembers what was dropped."""

    def __init__(self, store: PacketStore, account: Account, codec: Codec | None):
        self._store, self._account, self._codec = store, account, codec
        self.losses: collections.Counter[str] = collections.Counter()
        """Samples of each stream that were dropped and of which no event has told."""

    def take(self, packets: Sequence[AnyPacket], *, reserved: bool = False) -> int:
        """Stores packets: together if there is room for all, else as many as there is room for.

        Args:
          reserved: may use the room that is kept for events.

        Returns:
          How many were stored.
        """
        if not packets:
            return 0
        wires = [(self._encode(packet), _samples_of(packet)) for packet in packets]
        try:
            self._store.append(wires, reserved=reserved)
        except StoreFullError as error:
            if len(packets) > 1:
                return sum(self.take([packet], reserved=reserved) for packet in packets)
            self._drop(packets[0], error)
            return 0
        for packet in packets:
            self._account.tell(_place(packet), Outcome.TAKEN)
        return len(packets)

    def _encode(self, packet: AnyPacket) -> bytes:
        if not isinstance(packet, Packet):
            return encode_packet(packet)
        return encode_packet(packet, self._codec or codec_for(packet.samples))

    def _drop(self, packet: AnyPacket, error: StoreFullError) -> None:
        if not self.losses:
            _LOG.error("there is no room for packets, they are dropped: %s", error)
        place = _place(packet)
        self.losses[place.stream] += place.n_samples
        self._account.tell(place, Outcome.DROPPED, error.field + "_full")


def _samples_of(packet: AnyPacket) -> int:
    return packet.n_samples if isinstance(packet, Packet) else 0


def _place(packet: AnyPacket) -> PacketPlace:
    return PacketPlace(
        session=packet.session,
        stream=packet.stream,
        epoch=packet.epoch,
        sequence=packet.sequence,
        first_sample=packet.first_sample if isinstance(packet, Packet) else 0,
        n_samples=_samples_of(packet),
    )
