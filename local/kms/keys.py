"""Rings, keys and versions with their states: what exists and what may be used."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable
from pathlib import Path

from local.kms.key_files import KeyFiles
from local.kms.records import Key, Purpose, State, Version
from local.kms.refusals import already_exists, invalid, not_found, not_ready
from local.kms.resource_names import check_key, check_ring, key_of, parent_of, split_version

Clock = Callable[[], datetime.datetime]


def utc_now() -> datetime.datetime:
    """The clock of a key service that no test has given one."""
    return datetime.datetime.now(datetime.UTC)


class Keys:
    """All rings and keys of a key service. Every change is on disk before it is answered.

    Args:
      clock: says when a scheduled destruction has run out.
    """

    def __init__(self, folder: Path, clock: Clock = utc_now):
        self._files = KeyFiles(folder)
        self._clock = clock
        self._lock = threading.RLock()
        self._rings = self._files.read_rings()
        self._keys = {key.name: key for key in self._files.read_keys()}

    def close(self) -> None:
        """Releases the folder."""
        self._files.close()

    def create_ring(self, name: str) -> str:
        """A new ring; its time of creation, ISO 8601."""
        with self._lock:
            if check_ring(name) in self._rings:
                raise already_exists(f"KeyRing {name}")
            self._rings[name] = self._clock().isoformat()
            self._files.write_ring(name, self._rings[name])
            return self._rings[name]

    def ring(self, name: str) -> str:
        """When the ring was made, ISO 8601, or NOT_FOUND."""
        with self._lock:
            if check_ring(name) not in self._rings:
                raise not_found(f"KeyRing {name}")
            return self._rings[name]

    def rings_of(self, location: str) -> list[str]:
        """Names of a location's rings, sorted."""
        with self._lock:
            return sorted(name for name in self._rings if parent_of(name) == location)

    def create_key(
        self, name: str, purpose: Purpose, destroy_after_s: int, labels: dict[str, str]
    ) -> Key:
        """A new key with its first version."""
        with self._lock:
            self.ring(parent_of(check_key(name)))
            if name in self._keys:
                raise already_exists(f"CryptoKey {name}")
            key = Key(name, purpose, self._clock(), destroy_after_s, labels)
            key.versions[1] = Version(1, key.created)
            key.primary = 1 if purpose is Purpose.ENCRYPT_DECRYPT else None
            self._keys[name] = key
            self._files.write_key(key)
            return key

    def key(self, name: str) -> Key:
        """The key as it is now, or NOT_FOUND."""
        with self._lock:
            if check_key(name) not in self._keys:
                raise not_found(f"CryptoKey {name}")
            key = self._keys[name]
            now = self._clock()
            destroyed = [version.settle(now) for version in key.versions.values()]
            if any(destroyed):
                self._files.write_key(key)
            return key

    def keys_of(self, ring: str) -> list[Key]:
        """A ring's keys by name."""
        with self._lock:
            self.ring(ring)
            names = sorted(name for name in self._keys if parent_of(name) == ring)
            return [self.key(name) for name in names]

    def version(self, name: str) -> tuple[Key, Version]:
        """A version and its key, or NOT_FOUND."""
        key_name, number = split_version(name)
        key = self.key(key_name)
        if number not in key.versions:
            raise not_found(f"CryptoKeyVersion {name}")
        return key, key.versions[number]

    def add_version(self, name: str) -> tuple[Key, Version]:
        """The next version of a key; the primary stays as it is."""
        with self._lock:
            key = self.key(name)
            version = Version(max(key.versions) + 1, self._clock())
            key.versions[version.number] = version
            self._files.write_key(key)
            return key, version

    def set_primary(self, name: str, number: str) -> Key:
        """Makes a version the one that encrypts."""
        with self._lock:
            key = self.key(name)
            if key.purpose is not Purpose.ENCRYPT_DECRYPT:
                raise invalid(f"{name} has purpose {key.purpose.value}: it has no primary.")
            _, version = self.version(f"{name}/cryptoKeyVersions/{number}")
            _require(version, f"{name}/cryptoKeyVersions/{number}", {State.ENABLED})
            key.primary = version.number
            self._files.write_key(key)
            return key

    def set_labels(self, name: str, labels: dict[str, str]) -> Key:
        """Replaces a key's labels."""
        with self._lock:
            key = self.key(name)
            key.labels = labels
            self._files.write_key(key)
            return key

    def switch(self, name: str, state: State) -> tuple[Key, Version]:
        """Enables or disables a version."""
        if state not in {State.ENABLED, State.DISABLED}:
            raise invalid(f"state may be set to ENABLED or DISABLED, not to {state.value}.")
        return self._move(name, {State.ENABLED, State.DISABLED}, state, None)

    def schedule_destruction(self, name: str) -> tuple[Key, Version]:
        """Starts the time after which a version's material is gone."""
        after = datetime.timedelta(seconds=self.key(key_of(name)).destroy_after_s)
        usable = {State.ENABLED, State.DISABLED}
        return self._move(name, usable, State.DESTROY_SCHEDULED, self._clock() + after)

    def restore(self, name: str) -> tuple[Key, Version]:
        """Takes a scheduled destruction back; the version comes back disabled."""
        return self._move(name, {State.DESTROY_SCHEDULED}, State.DISABLED, None)

    def material(self, name: str) -> bytes:
        """A version's bytes, or FAILED_PRECONDITION unless it is enabled."""
        with self._lock:
            _, version = self.version(name)
            _require(version, name, {State.ENABLED})
            assert version.material is not None
            return version.material

    def _move(
        self, name: str, allowed: set[State], state: State, destroy_at: datetime.datetime | None
    ) -> tuple[Key, Version]:
        with self._lock:
            key, version = self.version(name)
            _require(version, name, allowed)
            version.state, version.destroy_at = state, destroy_at
            self._files.write_key(key)
            return key, version


def _require(version: Version, name: str, allowed: set[State]) -> None:
    if version.state not in allowed:
        expected = " or ".join(sorted(state.value for state in allowed))
        raise not_ready(f"{name} is not {expected}, current state is: {version.state.value}.")
