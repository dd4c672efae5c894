"""Sealing and opening: a subject's bytes, bound to their place, under the subject's keyset.

Sealed bytes are `FORMAT`, then a Tink ciphertext: 1, the key's id, a random nonce of 12 bytes,
AES-256-GCM, a tag of 16. In all 35 bytes more than what was sealed.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

import tink

from schemas.keyset_rows import KeysetId, subject_keyset
from security.context import Context
from security.errors import OpenRefusedError
from security.keysets import Keysets
from security.message_counts import MessageCounts
from security.tink_keysets import PREFIX_BYTES, OpenedKeyset

FORMAT = b"N\x01"  # a mark, and the version of the format; bound into every ciphertext
OVERHEAD_BYTES = len(FORMAT) + PREFIX_BYTES + 12 + 16

_checked_keyset = functools.lru_cache(maxsize=4096)(subject_keyset)


class Sealer:
    """Seals; makes a subject's keyset when it seals for them first. Safe between threads."""

    def __init__(self, keysets: Keysets, counts: MessageCounts):
        self._keysets, self._counts = keysets, counts

    def seal(self, plaintext: bytes, context: Context) -> bytes:
        """Ciphertext that opens only under the same context.

        Args:
          context: names the subject too: an argument of its own could disagree with it.

        Raises:
          SealError: nothing is sealed; see its classes for who can mend it.
        """
        keyset_id = _checked_keyset(context.tenant, context.subject)
        keyset = self._keysets.get_or_create(keyset_id)
        self._counts.take(keyset_id, keyset.primary_key_id)
        return _seal(keyset, plaintext, context)

    def seal_all(self, messages: Sequence[tuple[bytes, Context]]) -> list[bytes]:
        """As `seal` for each, in order: all of them or none. Keysets are looked up once."""
        counts: dict[KeysetId, int] = {}
        for _, context in messages:
            keyset_id = _checked_keyset(context.tenant, context.subject)
            counts[keyset_id] = counts.get(keyset_id, 0) + 1
        keysets = {keyset_id: self._keysets.get_or_create(keyset_id) for keyset_id in counts}
        for keyset_id, count in counts.items():
            self._counts.take(keyset_id, keysets[keyset_id].primary_key_id, count)
        return [
            _seal(keysets[_checked_keyset(context.tenant, context.subject)], plaintext, context)
            for plaintext, context in messages
        ]

    def seal_at_hand(self, messages: Sequence[tuple[bytes, Context]]) -> list[bytes] | None:
        """As `seal_all` if nobody need be asked for keys or counts; else None. Never waits.

        For an event loop, which would stop for everybody; on None call `seal_all` in a thread.
        """
        sealed = []
        for plaintext, context in messages:
            keyset_id = _checked_keyset(context.tenant, context.subject)
            keyset = self._keysets.at_hand(keyset_id)
            if keyset is None or not self._counts.take_at_hand(keyset_id, keyset.primary_key_id):
                return None
            sealed.append(_seal(keyset, plaintext, context))
        return sealed


class Opener:
    """Opens; never makes a keyset. Safe between threads."""

    def __init__(self, keysets: Keysets):
        self._keysets = keysets

    def open(self, sealed: bytes, context: Context) -> bytes:
        """What was sealed under this context.

        Raises:
          OpenRefusedError: it was not, or not a bit of it may be trusted.
          SealError: there is no keyset, or it cannot be read now; see its classes.
        """
        if not sealed.startswith(FORMAT):
            raise OpenRefusedError
        keyset_id = _checked_keyset(context.tenant, context.subject)
        keyset = self._keysets.get(keyset_id)
        ciphertext = sealed[len(FORMAT) :]
        if ciphertext[:PREFIX_BYTES] not in keyset.prefixes:
            keyset = self._keysets.refresh(keyset_id)  # perhaps it was rotated elsewhere
        try:
            opened: bytes = keyset.primitive.decrypt(ciphertext, FORMAT + context.associated_data())
        except tink.TinkError:
            raise OpenRefusedError from None
        return opened

    def open_all(self, messages: Iterable[tuple[bytes, Context]]) -> list[bytes]:
        """As `open` for each, in order: all of them or none."""
        return [self.open(sealed, context) for sealed, context in messages]


def _seal(keyset: OpenedKeyset, plaintext: bytes, context: Context) -> bytes:
    sealed: bytes = FORMAT + keyset.primitive.encrypt(plaintext, FORMAT + context.associated_data())
    return sealed
