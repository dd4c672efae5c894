"""A process that stores numbered packets and says of each, once it is stored, that it is."""

from __future__ import annotations

import itertools
import pathlib
import sys

from devices.client.store import PacketStore


def packet_bytes(number: int) -> bytes:
    return b"%08d" % number * (number % 40 + 1)


if __name__ == "__main__":
    store = PacketStore(pathlib.Path(sys.argv[1]), segment_bytes=2000)
    for n in itertools.count(store.last_number() + 1):
        (number,) = store.append([(packet_bytes(n), n)])
        print(number, flush=True)
