"""A post: packets side by side, as telemetry.proto's `Post` or as JSON.

A post is taken apart without reading what is in it, so that a wrong packet costs only itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from google.protobuf.message import DecodeError

from schemas.errors import PacketError
from schemas.packet_json import packet_to_json
from schemas.packet_wire import AnyPacket
from schemas.telemetry_pb2 import Post as PostMessage

BINARY_TYPE = "application/x-protobuf"
JSON_TYPE = "application/json"

MAX_POST_BYTES = 4 << 20
"""Of a body, as sent and inflated."""
MAX_POST_PACKETS = 256


def encode_post(packets: Iterable[bytes]) -> bytes:
    """The body of a binary post.

    Args:
      packets: each as `encode_packet` gives it.
    """
    return PostMessage(packets=packets).SerializeToString(deterministic=True)


def decode_post(wire: bytes, max_packets: int = MAX_POST_PACKETS) -> list[bytes]:
    """The packets of a binary post, none of them looked into.

    Raises:
      PacketError: the bytes are no post, or one of no packets or too many.
    """
    try:
        message = PostMessage.FromString(wire)
    except DecodeError:
        raise PacketError("post", f"{len(wire)} bytes", "a protobuf Post") from None
    _check_count(len(message.packets), max_packets)
    return list(message.packets)


def post_to_json(packets: Sequence[AnyPacket], *, rows: bool = True) -> str:
    """The body of a JSON post."""
    return f'{{"packets": [{", ".join(packet_to_json(packet, rows=rows) for packet in packets)}]}}'


def post_from_json(text: str | bytes, max_packets: int = MAX_POST_PACKETS) -> list[Any]:
    """The packets of a JSON post, each for `packet_from_fields` to read.

    Raises:
      PacketError: the text is no post, or one of no packets or too many.
    """
    try:
        fields = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise PacketError("post", str(error)[:100], "JSON") from None
    if not isinstance(fields, dict) or list(fields) != ["packets"]:
        raise PacketError("post", "another value", 'a JSON object {"packets": [...]}')
    packets = fields["packets"]
    if not isinstance(packets, list):
        raise PacketError("packets", type(packets).__name__, "an array of packets")
    _check_count(len(packets), max_packets)
    return packets


def _check_count(found: int, most: int) -> None:
    if not 1 <= found <= most:
        raise PacketError("packets", found, f"1 to {most} a post")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
