"""What each device of a fleet was told, to the sample: the stores are held against it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from devices.client.accounts import Account
from devices.client.places import Outcome, PacketPlace
from schemas.packet_format import SignalFormat


class PlaceBook:
    """Keeps the place of every packet that was accepted; an observer of a client."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accepted: list[PacketPlace] = []

    def __call__(self, place: PacketPlace, outcome: Outcome, reason: str) -> None:
        """Notes what became of a packet."""
        if outcome is Outcome.ACCEPTED:
            with self._lock:
                self._accepted.append(place)

    def accepted(self) -> list[PacketPlace]:
        """In the order of their places."""
        with self._lock:
            return sorted(
                self._accepted, key=lambda one: (one.session, one.stream, one.epoch, one.sequence)
            )


def stream_counts(
    made: Mapping[str, int], account: Account, formats: Mapping[str, SignalFormat]
) -> dict[str, Any]:
    """Of each stream: samples that the device made, and what became of them."""
    return {
        name: {
            "signal": formats[name].signal,
            "sampling_rate": str(formats[name].sampling_rate),
            "channels": list(formats[name].channels),
            "samples_made": made.get(name, 0),
            **{f"samples_{one}": account.samples(one, name) for one in Outcome},
            **{f"packets_{one}": account.packets(one, name) for one in Outcome},
        }
        for name in formats
    }


def place_fields(place: PacketPlace) -> dict[str, Any]:
    """A place as JSON."""
    return {
        "session": place.session,
        "stream": place.stream,
        "epoch": place.epoch,
        "sequence": place.sequence,
        "first_sample": place.first_sample,
        "n_samples": place.n_samples,
    }
