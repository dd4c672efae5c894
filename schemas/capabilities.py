"""What a device can send, and what an experiment asks for: as JSON, and compared."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from typing import Any

from schemas.errors import SchemaError
from schemas.packet_format import MAX_CHANNELS, MAX_RATE_HZ, MIN_RATE_HZ, SIGNALS

MAX_STREAMS = 32
MAX_FEATURES = 32
_FEATURE = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclasses.dataclass(frozen=True)
class StreamCapability:
    """One stream that a device can send: at most so many channels, at most so fast."""

    signal: str
    max_channels: int
    max_rate_hz: float

    def __post_init__(self) -> None:
        _check_stream(self.signal, "max_channels", self.max_channels)
        object.__setattr__(self, "max_rate_hz", _rate("max_rate_hz", self.max_rate_hz))


@dataclasses.dataclass(frozen=True)
class StreamRequirement:
    """One stream that an experiment needs: at least so many channels, at least so fast."""

    signal: str
    min_channels: int = 1
    min_rate_hz: float = MIN_RATE_HZ

    def __post_init__(self) -> None:
        _check_stream(self.signal, "min_channels", self.min_channels)
        object.__setattr__(self, "min_rate_hz", _rate("min_rate_hz", self.min_rate_hz))


@dataclasses.dataclass(frozen=True)
class Capabilities:
    """What a device said at its enrolment that it can do.

    Args:
      streams: at least one.
      features: names of what else it can do, such as `store_and_forward`.
    """

    streams: tuple[StreamCapability, ...]
    features: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.streams) <= MAX_STREAMS:
            expected = f"1 to {MAX_STREAMS} streams"
            raise SchemaError("capabilities.streams", len(self.streams), expected)
        _check_features("capabilities.features", self.features)

    def to_json(self) -> dict[str, Any]:
        """Of JSON's types."""
        streams = [dataclasses.asdict(stream) for stream in self.streams]
        return {"streams": streams, "features": list(self.features)}

    @classmethod
    def from_json(cls, found: object) -> Capabilities:
        """Undoes `to_json`; for what a stranger sent too.

        Raises:
          SchemaError: names the field.
        """
        fields = _object("capabilities", found, {"streams", "features"})
        items = _list("capabilities.streams", fields.get("streams"), MAX_STREAMS)
        names = {"signal", "max_channels", "max_rate_hz"}
        streams = []
        for item in items:
            stream = _object("capabilities.streams", item, names)
            if missing := sorted(names - set(stream)):
                raise SchemaError("capabilities.streams", f"without {missing[0]}", str(names))
            streams.append(StreamCapability(**stream))
        return cls(tuple(streams), _features("capabilities.features", fields))


@dataclasses.dataclass(frozen=True)
class Requirements:
    """What an experiment needs of a device; nothing by default."""

    streams: tuple[StreamRequirement, ...] = ()
    features: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.streams) > MAX_STREAMS:
            expected = f"at most {MAX_STREAMS} streams"
            raise SchemaError("requirements.streams", len(self.streams), expected)
        _check_features("requirements.features", self.features)

    def missing_in(self, capabilities: Capabilities) -> list[str]:
        """What the device lacks, each a phrase for a person; empty if it fits.

        Each required stream needs one of the device's own: two EEG streams are not met by one.

        >>> needed = Requirements((StreamRequirement("eeg", 16, 500),))
        >>> needed.missing_in(Capabilities((StreamCapability("eeg", 8, 1000),)))
        ['eeg with at least 16 channels at 500 Hz or more']
        """
        missing = [
            f"{need.signal} with at least {need.min_channels} channels"
            f" at {need.min_rate_hz:g} Hz or more"
            for need in _unmatched(self.streams, capabilities.streams)
        ]
        return missing + [name for name in self.features if name not in capabilities.features]

    def to_json(self) -> dict[str, Any]:
        """Of JSON's types."""
        streams = [dataclasses.asdict(stream) for stream in self.streams]
        return {"streams": streams, "features": list(self.features)}

    @classmethod
    def from_json(cls, found: object) -> Requirements:
        """Undoes `to_json`; for what a stranger sent too.

        Raises:
          SchemaError: names the field.
        """
        fields = _object("requirements", found, {"streams", "features"})
        items = _list("requirements.streams", fields.get("streams", []), MAX_STREAMS)
        streams = []
        for item in items:
            names = {"signal", "min_channels", "min_rate_hz"}
            stream = _object("requirements.streams", item, names)
            if "signal" not in stream:
                raise SchemaError("requirements.streams", "without signal", "a signal kind")
            streams.append(StreamRequirement(**stream))
        return cls(tuple(streams), _features("requirements.features", fields))


def _unmatched(
    needs: Sequence[StreamRequirement], streams: Sequence[StreamCapability]
) -> list[StreamRequirement]:
    """The needs that are left once as many as possible have a stream each (Kuhn's algorithm).

    Taking the first stream that fits is not enough: it may be the only one for a later need.
    """
    taken: dict[int, int] = {}  # number of the stream -> number of the need

    def place(need: int, tried: set[int]) -> bool:
        for number, has in enumerate(streams):
            if number in tried or not _fits(has, needs[need]):
                continue
            tried.add(number)
            if number not in taken or place(taken[number], tried):
                taken[number] = need
                return True
        return False

    return [need for number, need in enumerate(needs) if not place(number, set())]


def _fits(has: StreamCapability, need: StreamRequirement) -> bool:
    return (
        has.signal == need.signal
        and has.max_channels >= need.min_channels
        and has.max_rate_hz >= need.min_rate_hz
    )


def _check_stream(signal: object, field: str, channels: object) -> None:
    if signal not in SIGNALS:
        raise SchemaError("signal", signal, "one of " + ", ".join(SIGNALS))
    if type(channels) is not int or not 1 <= channels <= MAX_CHANNELS:
        raise SchemaError(field, channels, f"1 to {MAX_CHANNELS}")


def _rate(field: str, found: object) -> float:
    numeric = isinstance(found, int | float) and not isinstance(found, bool)
    if not numeric or not MIN_RATE_HZ <= found <= MAX_RATE_HZ:  # type: ignore[operator]
        raise SchemaError(field, found, f"{MIN_RATE_HZ} to {MAX_RATE_HZ} hertz")
    return float(found)  # type: ignore[arg-type]


def _check_features(field: str, found: Sequence[object]) -> None:
    if len(found) > MAX_FEATURES:
        raise SchemaError(field, len(found), f"at most {MAX_FEATURES} names")
    for name in found:
        if not isinstance(name, str) or not _FEATURE.fullmatch(name):
            raise SchemaError(field, name, "names of 1 to 40 characters out of a-z, 0-9 and _")


def _features(field: str, fields: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(_list(field, fields.get("features", []), MAX_FEATURES))


def _object(field: str, found: object, names: set[str]) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise SchemaError(field, found, f"an object of {', '.join(sorted(names))}")
    if unknown := sorted(set(found) - names):
        raise SchemaError(field, unknown[0][:40], f"nothing but {', '.join(sorted(names))}")
    return found


def _list(field: str, found: object, most: int) -> list[Any]:
    if not isinstance(found, list) or len(found) > most:
        raise SchemaError(field, type(found).__name__, f"a list of at most {most}")
    return found
