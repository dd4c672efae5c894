"""Archives of packets that were sealed as the door seals them."""

from __future__ import annotations

import dataclasses
import os

from schemas.archive import EpochPlace, record_of
from schemas.archive_writer import ArchiveWriter
from tests.pipelines.stream_runs import made_packets, sealed_envelope
from tests.transforms.recordings.made_archive import SESSION, SUBJECT, TENANT
from transforms.sealed_store import SealedStore

SECONDS = 4


def write_sealed(
    root: os.PathLike[str],
    store: SealedStore,
    *,
    tenant: str = TENANT,
    session: str = SESSION,
    moved: int = 0,
) -> str:
    """Noise, sealed and stored; returns the session's folder.

    Args:
      moved: so many places away from where it was sealed for.
    """
    place = EpochPlace(tenant, session, "eeg0", 0, SUBJECT)
    with ArchiveWriter(root) as writer:
        for packet in made_packets(SECONDS):
            own = dataclasses.replace(packet, session=session)
            sealed = sealed_envelope(store.vault, own, tenant=tenant).sealed
            record = record_of(own)
            writer.add(
                place,
                dataclasses.replace(
                    record, packet=sealed, is_sealed=True, sequence=record.sequence + moved
                ),
            )
    return f"{os.fspath(root)}/{tenant}/{session}"
