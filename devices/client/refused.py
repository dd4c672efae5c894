"""Packets that the door will never take, kept with the reason: a person decides about them."""

from __future__ import annotations

import base64
import json
import logging
import pathlib

from devices.client.durable_files import write_durably
from devices.client.places import PacketPlace

_LOG = logging.getLogger(__name__)


class RefusedPackets:
    """A folder with one JSON file a refused packet.

    Args:
      max_bytes: of all files; packets beyond it are not kept, only counted and logged: a device
        that is refused all day must not fill its disk with that.
    """

    def __init__(self, folder: pathlib.Path, max_bytes: int = 64 << 20):
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._max_bytes = folder, max_bytes
        self._n_bytes = sum(path.stat().st_size for path in folder.glob("*.json"))
        self.n_not_kept = 0

    def keep(self, place: PacketPlace, wire: bytes, reason: str, detail: str) -> bool:
        """Writes a packet down, once, however often it is refused.

        Returns:
          Whether it was kept.
        """
        content = json.dumps(
            {
                "reason": reason,
                "detail": detail,
                "session": place.session,
                "stream": place.stream,
                "epoch": place.epoch,
                "sequence": place.sequence,
                "first_sample": place.first_sample,
                "n_samples": place.n_samples,
                "packet": base64.b64encode(wire).decode(),
            },
            indent=1,
        ).encode()
        name = f"{place.session}-{place.stream}-{place.epoch:06d}-{place.sequence:012d}.json"
        path = self._folder / name
        if path.exists():
            return True
        if self._n_bytes + len(content) > self._max_bytes:
            return self._not_kept(reason, "the folder is full")
        try:
            write_durably(path, content)
        except OSError as error:
            return self._not_kept(reason, type(error).__name__)
        self._n_bytes += len(content)
        return True

    def _not_kept(self, reason: str, why: str) -> bool:
        self.n_not_kept += 1
        _LOG.warning("a packet was refused (%s) and could not be kept: %s", reason, why)
        return False
