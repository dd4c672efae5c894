"""A packet: consecutive samples of one stream, as a device sends them.

>>> import fractions, numpy as np
>>> from schemas.packet_wire import decode_packet, encode_packet
>>> packet = Packet(
...     device="cyton00000000001",
...     session="0123456789abcdef0123456789abcdef",
...     stream="eeg0",
...     first_sample=500,
...     start_ns=1_700_000_000_000_000_000,
...     format=SignalFormat("eeg", fractions.Fraction(250), ("C3", "C4"), scale=(0.5,)),
...     samples=np.array([[1, 2], [3, 4]], np.int32),
... )
>>> decode_packet(encode_packet(packet)).samples_in_unit()
array([[0.5, 1. ],
       [1.5, 2. ]])
"""

from __future__ import annotations

import dataclasses
import functools
import re

import numpy as np
import numpy.typing as npt

from schemas.codec import Numbers
from schemas.errors import PacketError, SchemaError
from schemas.ids import check_device_id, check_session_id
from schemas.packet_format import SignalFormat

SCHEMA_VERSION = 1

MAX_SAMPLE = 2**53
"""Places are below it: 5,700 years at 50 kHz, exact in JSON, and 16 digits."""
MAX_NS = 2**62
"""Times lie within it of 1970, either way: the years 1823 to 2116."""
MAX_EPOCH = 999_999
MAX_SEQUENCE = 2**63 - 1

_STREAM = re.compile(r"[a-z0-9]{1,24}")
_DTYPES = (np.dtype(np.int32), np.dtype(np.float32), np.dtype(np.float64))


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class Packet:
    """Samples `first_sample`, `first_sample + 1`, ... of a stream's epoch.

    Attributes:
      device, session: ids; what the packet claims, until the registry confirms it.
      stream: its name within the session, for instance `eeg0`: 1 to 24 characters a-z0-9.
      epoch: restarts of the stream so far.
      sequence: packets of this epoch sent before this one.
      first_sample: place of the first row: samples since the epoch began, modulo
        `2**counter_bits`.
      counter_bits: width of the device's counter of samples, 1 to 62; 0: it never wraps.
      start_ns: time of sample 0 of the epoch, nanoseconds since 1970.
      format: kind, rate, channels, unit and scale.
      samples: (n_samples, n_channels), read-only: int32 as the converter returned them (other
        integers are converted where they fit), or float32 or float64 where the device has no
        integers, NaN for absent.
      absent: (n_samples, n_channels) bool, read-only, or None: where there is no number. Integers
        there are set to the channel's last number present, or to 0.
      device_time_ns: the device's clock when it closed the packet.
    """

    device: str
    session: str
    stream: str
    format: SignalFormat
    first_sample: int
    start_ns: int
    samples: Numbers
    absent: npt.NDArray[np.bool_] | None = None
    epoch: int = 0
    sequence: int = 0
    counter_bits: int = 0
    device_time_ns: int = 0

    def __post_init__(self) -> None:
        check_sender(self.device, self.session, self.stream)
        check_count("epoch", self.epoch, MAX_EPOCH)
        check_count("sequence", self.sequence, MAX_SEQUENCE)
        check_count("counter_bits", self.counter_bits, 62)
        wraps_at = 2**self.counter_bits if self.counter_bits else MAX_SAMPLE
        check_count("first_sample", self.first_sample, min(wraps_at, MAX_SAMPLE) - 1)
        check_time("start_ns", self.start_ns)
        check_time("device_time_ns", self.device_time_ns)
        samples = _samples(self.samples, self.format.n_channels)
        absent = None if self.absent is None else _absent(self.absent, samples)
        if absent is not None and not absent.any():
            absent = None
        if absent is not None:
            samples = _held(samples, absent)
        object.__setattr__(self, "samples", _read_only(samples))
        object.__setattr__(self, "absent", None if absent is None else _read_only(absent))

    @property
    def n_samples(self) -> int:
        """Rows."""
        return len(self.samples)

    @property
    def is_integer(self) -> bool:
        """Whether the numbers are the converter's."""
        return self.samples.dtype == np.int32

    def samples_in_unit(self) -> npt.NDArray[np.float64]:
        """Values in `format.unit`, (n_samples, n_channels); NaN where absent."""
        values = self.format.values(self.samples)
        if self.absent is not None:
            values[self.absent] = np.nan
        return values


@functools.lru_cache(maxsize=4096)
def check_sender(device: str, session: str, stream: str) -> None:
    """Refuses ids that are none, as PacketError."""
    try:
        check_device_id(device)
        check_session_id(session)
    except SchemaError as error:
        raise PacketError(error.field, error.found, error.expected) from None
    check_stream(stream)


def check_stream(stream: str) -> None:
    """Refuses what is no name of a stream."""
    if not _STREAM.fullmatch(stream):
        raise PacketError("stream", stream, "1 to 24 characters out of a-z and 0-9")


def check_count(field: str, found: int, highest: int) -> None:
    """Refuses what is no integer from 0 to `highest`."""
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= highest:
        raise PacketError(field, found, f"an integer from 0 to {highest}")


def check_time(field: str, found_ns: int) -> None:
    """Refuses what is no time."""
    if not isinstance(found_ns, int) or abs(found_ns) > MAX_NS:
        raise PacketError(field, found_ns, "nanoseconds since 1970, at most 2**62 either way")


def _samples(found: Numbers, n_channels: int) -> Numbers:
    samples = np.asarray(found)
    if samples.ndim != 2 or samples.shape[1] != n_channels or len(samples) == 0:
        raise PacketError("samples", samples.shape, f"1 or more rows of {n_channels} numbers")
    if samples.dtype in _DTYPES:
        return samples
    if samples.dtype.kind not in "iu":
        raise PacketError("samples", str(samples.dtype), "int32, float32 or float64")
    limits = np.iinfo(np.int32)
    if samples.min() < limits.min or samples.max() > limits.max:
        expected = f"integers from {limits.min} to {limits.max}"
        raise PacketError("samples", f"{samples.min()} to {samples.max()}", expected)
    return samples.astype(np.int32)


def _absent(found: npt.NDArray[np.bool_], samples: Numbers) -> npt.NDArray[np.bool_]:
    absent = np.asarray(found)
    if absent.dtype != np.bool_ or absent.shape != samples.shape:
        raise PacketError("absent", (str(absent.dtype), absent.shape), f"bool {samples.shape}")
    if samples.dtype != np.int32:
        raise PacketError("absent", "given", "None for floating point, where NaN means absent")
    return absent


def _held(samples: Numbers, absent: npt.NDArray[np.bool_]) -> Numbers:
    """Each absent number replaced by the last one present: the same packet has the same bytes."""
    rows = np.where(absent, -1, np.arange(len(samples))[:, None])
    last = np.maximum.accumulate(rows, axis=0)
    held = np.take_along_axis(samples, np.maximum(last, 0), axis=0)
    return np.where(last < 0, np.int32(0), held).astype(np.int32)


def _read_only(array: Numbers) -> Numbers:
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
