"""A post's body, and what the door's answer means for each packet in it."""

from __future__ import annotations

import dataclasses
import gzip
from collections.abc import Sequence

from devices.client.calls import Answer
from devices.client.segments import StoredPacket
from schemas.errors import SchemaError
from schemas.posts import BINARY_TYPE, encode_post
from schemas.verdicts import PostAnswer, Reason

_WORTH_TRYING_BYTES = 1024
_WORTH_SENDING = 0.9
"""Of the size: less is not worth the door's time to inflate it."""


@dataclasses.dataclass(frozen=True)
class Refused:
    """A packet that will never be taken."""

    packet: StoredPacket
    reason: str
    detail: str


@dataclasses.dataclass(frozen=True)
class Sorted:
    """A post's packets by what is to be done with them; in neither: to be sent again."""

    accepted: list[StoredPacket]
    refused: list[Refused]

    @property
    def n_settled(self) -> int:
        """How many need not be sent again."""
        return len(self.accepted) + len(self.refused)


def body_of(packets: Sequence[StoredPacket]) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a post; compressed where that makes it smaller.

    Samples are compressed already. Headers of many packets, plain codecs and events are not.
    """
    body = encode_post(packet.wire for packet in packets)
    headers = {"Content-Type": BINARY_TYPE}
    if len(body) >= _WORTH_TRYING_BYTES:
        smaller = gzip.compress(body, compresslevel=1, mtime=0)
        if len(smaller) < _WORTH_SENDING * len(body):
            return smaller, headers | {"Content-Encoding": "gzip"}
    return body, headers


def answer_of(answer: Answer) -> PostAnswer | None:
    """The verdicts that came with an answer, whatever its status; None where there are none."""
    try:
        return PostAnswer.from_json(answer.content)
    except SchemaError:
        return None


def sort_packets(packets: Sequence[StoredPacket], found: PostAnswer) -> Sorted:
    """Packets by their verdicts. One without a verdict, or with two, is sent again."""
    verdicts = {verdict.packet: verdict for verdict in found.verdicts}
    accepted, refused = [], []
    if len(verdicts) == len(found.verdicts):
        for place, packet in enumerate(packets):
            verdict = verdicts.get(place)
            if verdict is None:
                continue
            if verdict.accepted:
                accepted.append(packet)
            elif verdict.reason != Reason.UNAVAILABLE:
                refused.append(Refused(packet, verdict.reason or "unknown", verdict.detail))
    return Sorted(accepted, refused)
