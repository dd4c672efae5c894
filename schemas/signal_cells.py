"""The content of a cell of samples, before it is sealed: every sample, bit for bit.

Counts of an amplifier are stored as integers (`schemas/float_grid.py`) by the RICE codec, what is
on no grid as byte planes. NaN means absent.
"""

from __future__ import annotations

import dataclasses
import struct

import numpy as np
import numpy.typing as npt

from schemas.codec import Codec, decode_numbers, encode_numbers
from schemas.errors import CellError, PacketError
from schemas.float_grid import APART, FloatGrid, from_counts
from schemas.planes import compress, decompress, for_kernel, numbers_of, planes_of

VERSION = 1
MAX_ROWS = 1 << 16
MAX_NUMBERS = 1 << 22

_HEADER = struct.Struct("<BHIqII")  # version, channels, rows, first, values apart, payload bytes

Float64 = npt.NDArray[np.float64]


@dataclasses.dataclass(frozen=True)
class SignalCell:
    """Consecutive samples of one epoch.

    Attributes:
      first_sample: place of the first row since the epoch began.
      samples: (n_samples, n_channels) float64, one row or more; NaN where absent.
    """

    first_sample: int
    samples: Float64


def encode_signal_cell(cell: SignalCell, grid: FloatGrid) -> bytes:
    """The cell's content.

    Args:
      grid: of the channels; any grid gives the samples back, a good one in few bytes.

    Raises:
      CellError: no cell can hold so many.
    """
    from schemas.cell_kernels import count_samples  # numba is loaded by who needs it

    n_rows, n_channels = cell.samples.shape
    _check(n_rows, n_channels)
    samples = for_kernel(cell.samples, np.float64)
    n_on = grid.n_on
    planar = np.empty((n_on, n_rows), np.int32)
    residues = np.empty((n_rows, n_on), np.int8)
    absent = np.zeros((n_rows * n_channels + 7) // 8, np.uint8)
    apart = np.empty(n_rows * n_on)
    plain = np.empty((n_channels - n_on, n_rows))
    n_apart = count_samples(
        samples, samples.view(np.int64), grid.step, grid.origin,
        planar, residues, absent, apart, plain,
    )  # fmt: skip
    payload = encode_numbers(planar.T, Codec.RICE) if n_on else b""
    sides = (
        absent.tobytes(),
        residues.tobytes(),
        planes_of(apart[:n_apart]) if n_apart else b"",
        planes_of(plain) if n_on < n_channels else b"",
    )
    header = _HEADER.pack(VERSION, n_channels, n_rows, cell.first_sample, n_apart, len(payload))
    return b"".join((header, grid.planes, payload, compress(b"".join(sides))))


def decode_signal_cell(content: bytes) -> SignalCell:
    """What `encode_signal_cell` was given.

    Raises:
      CellError: it is no such content.
    """
    if len(content) < _HEADER.size:
        raise CellError("cell", f"{len(content)} bytes", f"{_HEADER.size} or more")
    version, n_channels, n_rows, first_sample, n_apart, n_payload = _HEADER.unpack_from(content)
    if version != VERSION:
        raise CellError("version", version, f"{VERSION}")
    _check(n_rows, n_channels)
    body = content[_HEADER.size :]
    n_grid = 8 * n_channels
    if len(body) < 2 * n_grid + n_payload or n_apart > n_rows * n_channels:
        raise CellError("cell", f"{len(content)} bytes", "what its header says")
    grid = FloatGrid(
        numbers_of(body[:n_grid], np.float64), numbers_of(body[n_grid : 2 * n_grid], np.float64)
    )
    payload, packed = body[2 * n_grid : 2 * n_grid + n_payload], body[2 * n_grid + n_payload :]
    samples = _decode(payload, packed, grid, n_rows, n_apart)
    return SignalCell(first_sample, samples)


def _decode(payload: bytes, packed: bytes, grid: FloatGrid, n_rows: int, n_apart: int) -> Float64:
    on = grid.is_on
    n_channels, n_on = len(on), int(on.sum())
    sizes = (
        (n_rows * n_channels + 7) // 8,
        n_rows * n_on,
        8 * n_apart,
        8 * n_rows * (n_channels - n_on),
    )
    sides = decompress(packed, sum(sizes))
    ends = np.cumsum(sizes)
    absent_bits, residue_bytes, apart, plain = (
        sides[end - size : end] for end, size in zip(ends, sizes, strict=True)
    )
    absent = np.unpackbits(np.frombuffer(absent_bits, np.uint8), count=n_rows * n_channels)
    residues = np.frombuffer(residue_bytes, np.int8).reshape(n_rows, n_on)
    samples = np.empty((n_rows, n_channels))
    samples[:, on] = _counted(payload, residues, FloatGrid(grid.step[on], grid.origin[on]), apart)
    samples[:, ~on] = numbers_of(plain, np.float64).reshape(-1, n_rows).T
    samples[absent.reshape(n_rows, n_channels) == 1] = np.nan
    return samples


def _counted(
    payload: bytes, residues: npt.NDArray[np.int8], grid: FloatGrid, apart: bytes
) -> Float64:
    """Samples of the channels that have a grid."""
    if residues.shape[1] == 0:
        if payload:
            raise CellError("cell", f"{len(payload)} bytes of counts", "none")
        return np.empty(residues.shape)
    try:
        counts = decode_numbers(payload, Codec.RICE, *residues.shape)
    except PacketError as error:
        raise CellError("counts", error.found, error.expected) from None
    alone = residues == APART
    if 8 * int(alone.sum()) != len(apart):
        raise CellError("cell", f"{len(apart) // 8} values apart", f"{int(alone.sum())}")
    with np.errstate(all="ignore"):  # a grid that nobody wrote may overflow
        values = from_counts(counts, grid)
    near = (values.view(np.int64) + np.where(alone, 0, residues)).view(np.float64)
    near[alone] = numbers_of(apart, np.float64)
    return near


def _check(n_rows: int, n_channels: int) -> None:
    if not 1 <= n_rows <= MAX_ROWS or n_channels < 1 or n_rows * n_channels > MAX_NUMBERS:
        expected = f"1 to {MAX_ROWS} rows, up to {MAX_NUMBERS} numbers"
        raise CellError("samples", f"{n_rows} x {n_channels}", expected)
