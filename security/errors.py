"""What security refuses. The messages say less than they could: never which check failed.

The class says who can mend it: nobody (`OpenRefusedError`), time (`KeyServiceUnavailableError`,
`KeysetStoreUnavailableError`), or an administrator, who is told what to do.
"""

from __future__ import annotations


class SealError(Exception):
    """Something that was not sealed or not opened. Nothing was written in its place."""


class OpenRefusedError(SealError):
    """Sealed bytes that do not open under this context, or a keyset that is not what we wrote.

    Wrong tenant, subject, session, place or time, any changed bit and any other key look alike,
    for an attacker too.
    """

    def __str__(self) -> str:
        return "these bytes do not open here"


class KeysetMissingError(SealError):
    """The subject has no keyset, and opening never makes one."""

    def __str__(self) -> str:
        return "there is no keyset to open with; nothing was sealed here, or it was erased"


class KeysetErasedError(SealError):
    """The subject was erased: no keyset is made for them again."""

    def __str__(self) -> str:
        return "the keyset was erased for good; a returning person is registered as a new subject"


class MessageLimitError(SealError):
    """A key has sealed as many messages as random nonces allow; nothing more is sealed with it."""

    def __str__(self) -> str:
        return "the keyset's primary key is used up; rotate the keyset, old data stays readable"


class KeyServiceError(SealError):
    """Cloud KMS did not do what we asked.

    Args:
      key_name: the resource name of the KMS key, which names a tenant and no subject.
    """

    remedy = ""

    def __init__(self, key_name: str):
        super().__init__(key_name)
        self.key_name = key_name

    def __str__(self) -> str:
        return f"Cloud KMS: {self.remedy} ({self.key_name})"


class KeyServiceUnavailableError(KeyServiceError):
    """It gave no usable answer within the deadline; the same call may succeed later."""

    remedy = "no usable answer within the deadline; nothing was written, try again later"


class KeyAccessDeniedError(KeyServiceError):
    """It answered that we may not: no retry helps."""

    remedy = "access denied; grant roles/cloudkms.cryptoKeyEncrypterDecrypter on the key"


class KeyUnusableError(KeyServiceError):
    """The key or the version that is needed is disabled, destroyed, absent or of another kind."""

    remedy = (
        "the key is absent, disabled or destroyed; enable or restore the version, "
        "or accept that what it wrapped is gone"
    )


class KeyAdministrationDeniedError(KeyAccessDeniedError):
    """It answered that we may not change the key: another right than to encrypt with it."""

    remedy = "access denied; grant roles/cloudkms.admin on the key to whoever rotates it"


class KeyVersionLagsError(KeyServiceError):
    """It still encrypts with an older version: a new primary takes minutes, seldom hours."""

    remedy = "an older version still encrypts; nothing was written, run again in an hour"


class KeysetStoreUnavailableError(SealError):
    """The table of keysets could not be read or written; the same call may succeed later."""

    def __str__(self) -> str:
        return "the table of keysets gave no answer; nothing was written, try again later"


class KeysetStoreRefusedError(SealError):
    """It answered that there is no such table, or that we may not: no retry helps."""

    def __str__(self) -> str:
        return (
            "the table of keysets is absent or closed to this account; make it as terraform/ does, "
            "or grant roles/bigtable.user on it"
        )


class KeysetConflictError(SealError):
    """Others kept changing the keyset while we wanted to; it is as they left it."""

    def __str__(self) -> str:
        return "the keyset was changed by others meanwhile; look at it and try again"


class ErasureRecordError(SealError):
    """A record of an erasure that we did not write like this: nothing is claimed from it."""

    def __str__(self) -> str:
        return "a record of an erasure was changed by others; compare it with the audit trail"
