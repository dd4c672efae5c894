"""Packets as JSON, for people and for devices that know nothing else.

It is protobuf's own JSON mapping, with the names of telemetry.proto, but for one thing: the numbers
may stand as `rows`, one a sample, null where absent, in place of `payload` and `absent`. With rows,
`n_samples`, `codec` and `checksum` may be left out.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt
from google.protobuf import json_format

from schemas.codec import Codec, Numbers, best_codec
from schemas.errors import PacketError
from schemas.packet import Packet
from schemas.packet_wire import (
    LIMITS,
    AnyPacket,
    PacketLimits,
    check_checksum,
    check_size,
    codec_of,
    packet_message,
    packet_of_message,
    packet_of_samples,
)
from schemas.telemetry_pb2 import Packet as PacketMessage

_DTYPES = {Codec.FLOAT32: np.float32, Codec.FLOAT64: np.float64}
_NOT_FINITE = {"Infinity": np.inf, "-Infinity": -np.inf}  # NaN is null


def packet_to_json(packet: AnyPacket, *, rows: bool = True) -> str:
    """The canonical JSON of a packet: fields in the order of their numbers, defaults left out.

    Args:
      rows: the numbers as they are; else as the base64 of the payload.
    """
    codec = best_codec(packet.samples) if rows and isinstance(packet, Packet) else None
    fields = json_format.MessageToDict(
        packet_message(packet, codec), preserving_proto_field_name=True
    )
    if rows and isinstance(packet, Packet):
        for field in ("payload", "absent"):
            fields["samples"].pop(field, None)
        fields["samples"]["rows"] = _rows(packet)
    return json.dumps(fields, ensure_ascii=False, allow_nan=False)


def packet_from_json(text: str | bytes, limits: PacketLimits = LIMITS) -> AnyPacket:
    """The packet of its JSON.

    Raises:
      PacketError: it is none, or one beyond the limits; nothing else is ever raised.
    """
    if len(text) > limits.max_bytes:
        raise PacketError("packet", f"{len(text)} characters", f"at most {limits.max_bytes}")
    try:
        fields = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise PacketError("packet", str(error)[:100], "JSON") from None
    return packet_from_fields(fields, limits)


def packet_from_fields(fields: Any, limits: PacketLimits = LIMITS) -> AnyPacket:
    """The packet of its JSON, once read: of a dict, which loses its rows thereby.

    Raises:
      PacketError: it is none, or one beyond the limits; nothing else is ever raised.
    """
    rows = None
    if isinstance(fields, dict) and isinstance(samples := fields.get("samples"), dict):
        rows = samples.pop("rows", None)
    message = _message(fields)
    if rows is None:
        return packet_of_message(message, limits)
    return _packet_of_rows(message, rows, limits)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _message(fields: Any) -> PacketMessage:
    if not isinstance(fields, dict):
        raise PacketError("packet", type(fields).__name__, "a JSON object")
    try:
        return json_format.ParseDict(fields, PacketMessage())
    # protobuf raises the last three for values of the wrong type.
    except (json_format.ParseError, AttributeError, TypeError, ValueError) as error:
        raise PacketError("packet", str(error)[:200], "fields of telemetry.proto") from None


def _rows(packet: Packet) -> list[list[Any]]:
    rows: list[list[Any]] = packet.samples.tolist()
    if packet.is_integer:
        absent = packet.absent
        if absent is not None:
            for row, column in np.argwhere(absent).tolist():
                rows[row][column] = None
        return rows
    for row, column in np.argwhere(~np.isfinite(packet.samples)).tolist():
        value = rows[row][column]
        rows[row][column] = None if value != value else ("-" * (value < 0)) + "Infinity"
    return rows


def _packet_of_rows(message: PacketMessage, rows: Any, limits: PacketLimits) -> Packet:
    samples, n_channels = message.samples, len(message.samples.format.channels)
    if samples.payload or samples.absent:
        raise PacketError("rows", "given", "none beside `payload` or `absent`")
    if not isinstance(rows, list) or not all(
        isinstance(row, list) and len(row) == n_channels for row in rows
    ):
        raise PacketError("rows", "other lengths", f"an array of arrays of {n_channels} numbers")
    if samples.n_samples not in (0, len(rows)):
        raise PacketError("n_samples", samples.n_samples, f"{len(rows)}, or left out")
    check_size(len(rows), n_channels, limits)
    codec = codec_of(samples) if samples.codec else Codec.RICE
    numbers, absent = _floats(rows, codec) if codec in _DTYPES else _integers(rows)
    packet = packet_of_samples(message, numbers, absent)
    if samples.checksum:
        check_checksum(samples, packet.samples)
    return packet


def _floats(rows: list[list[Any]], codec: Codec) -> tuple[Numbers, None]:
    flat = [_NOT_FINITE.get(n, n) if isinstance(n, str) else n for row in rows for n in row]
    _check_types(flat, int, float, type(None))
    try:
        numbers = np.array(flat, np.float64)  # None becomes NaN
    except OverflowError:
        raise PacketError("rows", "a larger number", "numbers that fit 64 bits") from None
    with np.errstate(over="ignore"):
        return numbers.astype(_DTYPES[codec]).reshape(len(rows), -1), None


def _integers(rows: list[list[Any]]) -> tuple[Numbers, npt.NDArray[np.bool_]]:
    flat = [number for row in rows for number in row]
    _check_types(flat, int, type(None))
    absent = np.array([number is None for number in flat]).reshape(len(rows), -1)
    limits = np.iinfo(np.int32)
    present = [0 if number is None else number for number in flat]
    if min(present) < limits.min or max(present) > limits.max:
        expected = f"integers from {limits.min} to {limits.max}"
        raise PacketError("rows", "a larger number", expected)
    return np.array(present, np.int32).reshape(len(rows), -1), absent


def _check_types(found: list[Any], *allowed: type) -> None:
    wrong = {type(number) for number in found} - set(allowed)
    if wrong:
        names = sorted(type_.__name__ for type_ in wrong)
        raise PacketError("rows", ", ".join(names), "numbers and null; integers but for FLOAT")
