"""Posting to a door as devices do, and what it says."""

from __future__ import annotations

import dataclasses
import http.client
import json
from collections.abc import Mapping
from typing import Any

from schemas.packet_wire import AnyPacket, encode_packet
from schemas.posts import BINARY_TYPE, encode_post
from tests.functions.telemetry.worlds import TestDevice


@dataclasses.dataclass(frozen=True)
class Answer:
    """What the door said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def fields(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    @property
    def reasons(self) -> list[str]:
        """One a packet; empty where it was accepted."""
        return [verdict.get("reason", "") for verdict in self.fields["verdicts"]]


class Poster:
    """Posts to a door over one connection.

    Args:
      url: of the door, `http://host:port`.
    """

    def __init__(self, url: str):
        self.address = url.removeprefix("http://")
        self._connection = http.client.HTTPConnection(self.address, timeout=60)

    def post(
        self,
        device: TestDevice,
        *packets: AnyPacket | bytes,
        body: bytes | None = None,
        **headers: str,
    ) -> Answer:
        """A binary post of packets, or any body.

        Args:
          headers: `content_type` for Content-Type and so on; an empty one is not sent.
        """
        if body is None:
            body = encode_post(
                packet if isinstance(packet, bytes) else encode_packet(packet) for packet in packets
            )
        found = {"authorization": f"Bearer {device.token()}", "content_type": BINARY_TYPE}
        return self.ask("POST", "/v1/telemetry", body, **{**found, **headers})

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Any request."""
        sent = {name.replace("_", "-"): value for name, value in headers.items() if value}
        try:
            self._connection.request(method, path, body, sent)
            answer = self._connection.getresponse()
            content = answer.read()
        except BaseException:
            self._connection.close()  # the next request connects anew
            raise
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, content)

    def close(self) -> None:
        self._connection.close()
