"""A process that records one packet after the other and says which are taken; it is killed."""

from __future__ import annotations

import sys

import numpy as np

from devices.client.client import DeviceClient
from devices.client.places import Outcome
from devices.client.settings import ClientSettings
from tests.devices.client.settings import FORMAT

PACKET_SAMPLES = 62


def samples_of(number: int) -> np.ndarray:
    """Of the packet of a number; the first sample tells it."""
    made = np.random.default_rng(number).integers(-1000, 1000, (PACKET_SAMPLES, 2))
    made[0] = number
    return made.astype(np.int32)


def main() -> None:
    folder, subject, first = sys.argv[1], sys.argv[2], int(sys.argv[3])
    device = DeviceClient.open(
        folder,
        subject=subject,
        experiment="kill",
        streams={"eeg0": FORMAT},
        settings=ClientSettings(post_interval_s=0.02, health_interval_s=0),
    )
    for number in range(first, first + 100_000):
        device.push("eeg0", samples_of(number))
        assert device.account.packets(Outcome.TAKEN) == number - first + 1
        print(number, flush=True)


if __name__ == "__main__":
    main()
