"""The RICE codec: what a channel's neighbour and its own past predict, and the rest in Rice codes.

docs/packet.md gives the layout bit by bit; devices/c/ holds the same in C, byte for byte. All
sums are modulo 2**32, so every int32 comes back, whatever was predicted.

Loading numba takes half a second: whoever needs the codec imports this module, no other.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from schemas.codec_rice_decoder import decode
from schemas.codec_rice_encoder import encode
from schemas.codec_rice_layout import ESCAPE, PARTITION
from schemas.errors import PacketError

_WORST_BITS = ESCAPE + 1 + 32
_HEADER_BYTES = 16

Int32 = npt.NDArray[np.int32]


def encode_rice(numbers: Int32) -> bytes:
    """The payload of (n_samples, n_channels) integers, one row or more."""
    planar = np.ascontiguousarray(numbers.T)
    n_channels, n_samples = planar.shape
    partitions = -(-n_samples // PARTITION)
    worst = n_channels * (_HEADER_BYTES + partitions + (n_samples * _WORST_BITS + 7) // 8)
    payload = np.empty(worst, np.uint8)
    return payload[: encode(planar, payload)].tobytes()


def decode_rice(payload: bytes, n_samples: int, n_channels: int) -> Int32:
    """The integers of a payload, (n_samples, n_channels).

    Raises:
      PacketError: it is no payload of that many; found out in time and memory of that many.
    """
    planar = np.empty((n_channels, n_samples), np.int32)
    if not decode(np.frombuffer(payload, np.uint8), planar):
        expected = f"RICE of {n_samples} x {n_channels} numbers"
        raise PacketError("payload", f"{len(payload)} bytes", expected)
    return np.ascontiguousarray(planar.T)
