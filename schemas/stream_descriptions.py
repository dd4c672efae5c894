"""What readers must know of a stored epoch, sealed like its windows: JSON, one a revision."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from schemas.errors import CellError

VERSION = 1


@dataclasses.dataclass(frozen=True)
class StreamDescription:
    """An epoch of a stream as one revision of it was computed.

    Attributes:
      start_ns: time of sample 0.
      adc_range: lowest and highest value of each channel, or None; None for all.
      windows_per_bucket: of its rows.
      feature_names, pair_feature_names: the last axes of the stored arrays.
    """

    signal: str
    rate_num: int
    rate_den: int
    channels: tuple[str, ...]
    start_ns: int
    line_hz: int | None
    unit: str
    adc_range: tuple[tuple[float, float] | None, ...] | None
    pairs: tuple[tuple[str, str], ...]
    windows_per_bucket: int
    feature_names: tuple[str, ...]
    pair_feature_names: tuple[str, ...]
    parameter_version: str
    code_version: str

    def to_bytes(self) -> bytes:
        """As JSON."""
        return json.dumps({"version": VERSION, **dataclasses.asdict(self)}).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> StreamDescription:
        """Undoes `to_bytes`.

        Raises:
          CellError: it is no description.
        """
        try:
            found = json.loads(content)
            if found.pop("version") != VERSION:
                raise CellError("version", "another one", f"{VERSION}")
            description = cls(**{key: _frozen(value) for key, value in found.items()})
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            if isinstance(error, CellError):
                raise
            raise CellError("description", f"{len(content)} bytes", "a description") from None
        return description


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
