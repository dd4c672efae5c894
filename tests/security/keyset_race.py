"""One of two processes that make the same keyset: `python -m tests.security.keyset_race ...`.

Reads a line to start, prints the sealed bytes as hexadecimal.
"""

from __future__ import annotations

import sys

from google.cloud.bigtable.data import BigtableDataClient

from security.keyset_store import KeysetStore
from security.keysets import Keysets, KeysetUse
from security.kms import KeyService, connect
from security.message_counts import MessageCounts
from security.sealing import Sealer
from security.tink_keysets import KeyKind
from tests.security.vaults import CELL, INSTANCE, NAMES, PROJECT


def main(kms_address: str, table_id: str) -> None:
    """Seals one message as a worker of its own."""
    with BigtableDataClient(project=PROJECT) as client:
        store = KeysetStore(client.get_table(INSTANCE, table_id))
        use = KeysetUse(KeyKind.AEAD, NAMES.subjects)
        keysets = Keysets(use, store, KeyService(connect(kms_address)))
        sealer = Sealer(keysets, MessageCounts(store))
        print("ready", flush=True)
        sys.stdin.readline()
        print(sealer.seal(b"from a process", CELL).hex(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
