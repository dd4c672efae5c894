"""Sealed packets of an archive, opened with their subject's keyset."""

from __future__ import annotations

import functools

from schemas.archive import ArchiveRecord, EpochPlace
from security.context import PacketContext
from security.errors import KeysetErasedError, KeysetMissingError
from security.vault import Vault, VaultSettings
from transforms.patience import patiently
from transforms.recordings.errors import Reason, RecordingError

_NO_KEYS = (
    "its packets are sealed; expected --bigtable-project, --bigtable-instance and --kms-location,"
    " which say where their keys are"
)


@functools.lru_cache(maxsize=4)
def _vault(settings: VaultSettings) -> Vault:
    """One cache of keys a process, however many sessions and threads."""
    return Vault(settings)


def open_packet(place: EpochPlace, record: ArchiveRecord, settings: VaultSettings | None) -> bytes:
    """The bytes of a packet, sealed or not.

    Args:
      settings: None: what is sealed is refused.

    Raises:
      RecordingError: nothing of this subject can be opened, now or ever.
      OpenRefusedError: this packet does not open with the subject's keys.
      SealError: nobody but an administrator can mend it, or an outage took too long.
    """
    if not record.is_sealed:
        return record.packet
    if settings is None:
        raise RecordingError(Reason.SEALED, _NO_KEYS)
    context = PacketContext(
        *(place.tenant, place.subject, place.session, place.stream, place.epoch), record.sequence
    )
    opener = _vault(settings).opener
    try:
        return patiently(lambda: opener.open(record.packet, context))
    except KeysetErasedError as error:
        raise RecordingError(Reason.ERASED_SUBJECT, str(error)) from error
    except KeysetMissingError as error:
        raise RecordingError(Reason.NOT_OPENED, str(error)) from error
