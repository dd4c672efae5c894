"""Which epoch of a stream comes next: remembered before it is used, so that none is used twice."""

from __future__ import annotations

import pathlib

from devices.client.durable_files import read_json, write_json
from devices.client.errors import ClientError
from schemas.archive import MAX_PACKET_EPOCH


class Epochs:
    """Counts the restarts of a session's streams, across restarts of the process.

    Args:
      path: of the file that remembers.
    """

    def __init__(self, path: pathlib.Path, session: str):
        self._path, self._session = path, session
        found = read_json(path) or {}
        same = found.get("session") == session
        self._next: dict[str, int] = dict(found.get("next", {})) if same else {}

    def begin(self, stream: str) -> int:
        """A number that no packet of the stream has carried.

        Raises:
          ClientError: a stream that restarted 100,000 times.
        """
        epoch = self._next.get(stream, 0)
        if epoch > MAX_PACKET_EPOCH:
            raise ClientError("epoch", epoch, f"at most {MAX_PACKET_EPOCH}: open another session")
        self._next[stream] = epoch + 1
        write_json(self._path, {"session": self._session, "next": self._next})
        return epoch
