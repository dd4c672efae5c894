"""The devices of a run: enrolled by an operator, then posting over a bad network."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

from devices.client.enrolment import Servers, enrol
from devices.fleet import DEVICE, FleetSettings
from devices.fleet_network import NetworkFaults
from local.live.account import Places, StreamKey, places_of
from local.live.served import Served
from local.live.settings import TENANT, LiveSettings

FAULTS = NetworkFaults(loss=0.06, duplicates=0.04, reorder=0.04)
"""Of a hundred posts six are lost, or their answers; four come twice, four after the next one."""
_CLAIM_S = 30


class EnrolmentError(RuntimeError):
    """An operator was refused a claim: what the function said."""


def enrol_devices(served: Served, operator_token: str, folder: Path, n_devices: int) -> list[Path]:
    """Enrols new devices through the API; returns their folders.

    Raises:
      EnrolmentError, RequestRefusedError, UnreachableError: the API does not want them.
    """
    servers = Servers(served.enrolment_url, served.sessions_url)
    folders = []
    for number in range(1, n_devices + 1):
        claim = _claim(served.enrolment_url, operator_token)
        path = folder / f"device-{number:02d}"
        enrol(path, servers, claim, dataclasses.replace(DEVICE, serial=f"{number}"))
        folders.append(path)
    return folders


def fleet_settings(settings: LiveSettings) -> FleetSettings:
    """What the devices do."""
    return FleetSettings(
        seconds=settings.seconds,
        recording=str(settings.recording) if settings.recording else None,
        seed=settings.seed,
        faults=FAULTS,
    )


def told_places(accounts: Sequence[Mapping[str, Any]]) -> dict[StreamKey, Places]:
    """Of each epoch, what its device was told is accepted."""
    packets: dict[StreamKey, list[tuple[int, int, int]]] = {}
    for account in accounts:
        for place in account["accepted"]:
            key = StreamKey(place["session"], place["stream"], place["epoch"])
            packet = place["sequence"], place["first_sample"], place["n_samples"]
            packets.setdefault(key, []).append(packet)
    return {key: places_of(found) for key, found in packets.items()}


def post_counts(accounts: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """What became of the posts of all devices, in words."""
    words = {
        "sent": "posts",
        "lost_before": "lost on the way",
        "lost_after": "whose answer was lost",
        "repeated": "sent twice by the network",
        "late": "that came after the next one",
    }
    counts = {
        said: sum(account["posts"].get(name, 0) for account in accounts)
        for name, said in words.items()
    }
    return {**counts, "packets accepted": sum(len(account["accepted"]) for account in accounts)}


def _claim(enrolment_url: str, operator_token: str) -> str:
    answer = requests.post(
        f"{enrolment_url}/v1/claims",
        json={"tenant": TENANT},
        headers={"Authorization": f"Bearer {operator_token}"},
        timeout=_CLAIM_S,
    )
    if answer.status_code != 201:
        raise EnrolmentError(answer.text)
    return str(answer.json()["claim"])
