"""Lossless codecs for a packet's numbers: plain little-endian, or predicted and Rice-coded."""

from __future__ import annotations

import enum
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.errors import PacketError

Numbers = npt.NDArray[Any]
"""int32, float32 or float64."""


class Codec(enum.IntEnum):
    """How the numbers of a payload are stored; the values are those of telemetry.proto."""

    INT16 = 1
    INT24 = 2
    INT32 = 3
    FLOAT32 = 4
    FLOAT64 = 5
    RICE = 6


_PLAIN: dict[Codec, np.dtype[Any]] = {
    Codec.INT16: np.dtype("<i2"),
    Codec.INT32: np.dtype("<i4"),
    Codec.FLOAT32: np.dtype("<f4"),
    Codec.FLOAT64: np.dtype("<f8"),
}
_OF_FLOATS = {np.dtype(np.float32): Codec.FLOAT32, np.dtype(np.float64): Codec.FLOAT64}
_INT24_LOW, _INT24_HIGH = -(2**23), 2**23 - 1


def best_codec(numbers: Numbers) -> Codec:
    """The smallest: RICE for integers, plain for floating point."""
    return _OF_FLOATS.get(numbers.dtype, Codec.RICE)


def checksum(numbers: Numbers) -> int:
    """CRC-32 (as in zlib, PNG and Ethernet) of the numbers, little-endian, row by row."""
    little_endian = numbers.dtype.newbyteorder("<")
    return zlib.crc32(np.ascontiguousarray(numbers, little_endian).data)


def encode_numbers(numbers: Numbers, codec: Codec) -> bytes:
    """A payload.

    Args:
      numbers: (n_samples, n_channels) int32, float32 or float64.

    Raises:
      PacketError: the codec cannot hold such numbers.
    """
    if codec is not _OF_FLOATS.get(numbers.dtype, codec) or (
        numbers.dtype == np.int32 and codec in _OF_FLOATS.values()
    ):
        raise PacketError("codec", codec.name, f"one that holds {numbers.dtype}")
    if codec is Codec.RICE:
        from schemas.codec_rice import encode_rice  # numba is loaded by who needs it

        return encode_rice(numbers)
    if codec is Codec.INT24:
        _check_range(numbers, _INT24_LOW, _INT24_HIGH, codec)
        wide = np.ascontiguousarray(numbers, "<i4").view(np.uint8)
        return wide.reshape(-1, 4)[:, :3].tobytes()
    if codec is Codec.INT16:
        limits = np.iinfo(np.int16)
        _check_range(numbers, limits.min, limits.max, codec)
    return numbers.astype(_PLAIN[codec]).tobytes()


def decode_numbers(payload: bytes, codec: Codec, n_samples: int, n_channels: int) -> Numbers:
    """The numbers of a payload, (n_samples, n_channels).

    The caller has bounded `n_samples * n_channels`: that many are allocated whatever the payload.

    Raises:
      PacketError: the payload does not hold exactly that many.
    """
    if codec is Codec.RICE:
        from schemas.codec_rice import decode_rice

        return decode_rice(payload, n_samples, n_channels)
    width = 3 if codec is Codec.INT24 else _PLAIN[codec].itemsize
    expected = width * n_samples * n_channels
    if len(payload) != expected:
        raise PacketError("payload", f"{len(payload)} bytes", f"{expected} of {codec.name}")
    if codec is Codec.INT24:
        wide = np.zeros((n_samples * n_channels, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(payload, np.uint8).reshape(-1, 3)
        return (wide.view("<i4") >> 8).astype(np.int32).reshape(n_samples, n_channels)
    stored = np.frombuffer(payload, _PLAIN[codec]).reshape(n_samples, n_channels)
    return stored.astype(np.int32 if codec is Codec.INT16 else stored.dtype.newbyteorder("="))


def _check_range(numbers: Numbers, low: int, high: int, codec: Codec) -> None:
    if numbers.size and (numbers.min() < low or numbers.max() > high):
        found = f"{numbers.min()} to {numbers.max()}"
        raise PacketError("samples", found, f"{low} to {high} for {codec.name}")
