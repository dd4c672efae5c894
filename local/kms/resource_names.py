"""Names of locations, key rings, keys and versions, taken apart and refused where malformed."""

from __future__ import annotations

import re

from local.kms.refusals import invalid

_LOCATION = r"projects/[a-z0-9][a-z0-9.:-]*/locations/[a-z0-9-]+"
_RING = _LOCATION + r"/keyRings/[a-zA-Z0-9_-]{1,63}"
_KEY = _RING + r"/cryptoKeys/[a-zA-Z0-9_-]{1,63}"
_VERSION = rf"({_KEY})/cryptoKeyVersions/([1-9][0-9]{{0,8}})"


def check_location(name: str) -> str:
    """The name unchanged, or INVALID_ARGUMENT."""
    return _check(_LOCATION, name, "projects/*/locations/*")


def check_ring(name: str) -> str:
    """The name unchanged, or INVALID_ARGUMENT."""
    return _check(_RING, name, "projects/*/locations/*/keyRings/*")


def check_key(name: str) -> str:
    """The name unchanged, or INVALID_ARGUMENT."""
    return _check(_KEY, name, "projects/*/locations/*/keyRings/*/cryptoKeys/*")


def split_version(name: str) -> tuple[str, int]:
    """A version's name to its key's name and its number, or INVALID_ARGUMENT."""
    if found := re.fullmatch(_VERSION, name):
        return found[1], int(found[2])
    raise invalid(f"{name!r} is not the name of a CryptoKeyVersion.")


def names_version(name: str) -> bool:
    """Whether this is a version's name rather than a key's."""
    return re.fullmatch(_VERSION, name) is not None


def key_of(name: str) -> str:
    """The key that a key's or a version's name speaks of; other names are returned unchanged."""
    return name.partition("/cryptoKeyVersions/")[0]


def parent_of(name: str) -> str:
    """The ring of a key, the location of a ring."""
    return name.rsplit("/", 2)[0]


def _check(pattern: str, name: str, shape: str) -> str:
    if re.fullmatch(pattern, name):
        return name
    raise invalid(f"{name!r} is not a resource name of the form {shape}.")
