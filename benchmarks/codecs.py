"""Lossless codecs on real recordings: size and time of packets of 250 samples, one thread.

    python -m benchmarks.codecs

Contenders that are not installed are named and left out. To have them all, without touching the
project's own environment, install them into another one with the same numpy, and show it:

    python -m venv elsewhere
    elsewhere/bin/pip install numpy==2.4.6 pcodec==1.1.0 blosc2 soundfile==0.14.0 zstandard==0.25.0
    PYTHONPATH=elsewhere/lib/python3.11/site-packages python -m benchmarks.codecs
"""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import io
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.codec import Codec, decode_numbers, encode_numbers
from tests.schemas import real_counts

Int32 = npt.NDArray[np.int32]
PACKET_SAMPLES = 250
MAX_PACKETS = 60
TIMED_NUMBERS = 8 * 250


@dataclasses.dataclass(frozen=True)
class Recording:
    """A real recording, and the bits that a number takes where it is stored plainly."""

    name: str
    read: Callable[[], Int32]
    stored_bits: int


RECORDINGS = (
    Recording("scalp EEG, 64 ch, 16 bit", lambda: real_counts.physionet_counts("S001R04"), 16),
    Recording("iEEG + scalp, 83 ch, 16 bit", real_counts.persyst, 16),
    Recording("depth, 2 ch, 2 kHz, 16 bit", real_counts.neuralynx, 16),
    Recording("ECoG + LFP, 9 ch, 0.1 uV steps", real_counts.pynm, 16),
    Recording("Cyton, 8 ch, 24 bit", real_counts.cyton, 24),
)


@dataclasses.dataclass(frozen=True)
class CodecContender:
    """A codec.

    Args:
      encode: numbers (n_samples, n_channels) and the bits they are stored with, to bytes.
      decode: bytes, shape and bits, back.
      module: that it needs, None for ours.
    """

    name: str
    encode: Callable[[Int32, int], Any]
    decode: Callable[[Any, tuple[int, ...], int], Int32]
    module: str | None = None

    def is_installed(self) -> bool:
        """Whether it can run here."""
        return self.module is None or importlib.util.find_spec(self.module) is not None


def _module(name: str) -> Any:
    return importlib.import_module(name)


def _plain(numbers: Int32, bits: int) -> bytes:
    return encode_numbers(numbers, Codec.INT16 if bits == 16 else Codec.INT24)


def _unplain(payload: bytes, shape: tuple[int, ...], bits: int) -> Int32:
    return decode_numbers(payload, Codec.INT16 if bits == 16 else Codec.INT24, *shape)


def _zstd(numbers: Int32, bits: int) -> Any:
    return _module("zstandard").ZstdCompressor(level=3).compress(_plain(numbers, bits))


def _unzstd(payload: bytes, shape: tuple[int, ...], bits: int) -> Int32:
    return _unplain(_module("zstandard").ZstdDecompressor().decompress(payload), shape, bits)


def _steps(numbers: Int32) -> Int32:
    return np.diff(numbers.T, axis=1, prepend=np.int32(0)).astype(np.int32)


def _blosc(numbers: Int32, bits: int) -> Any:
    blosc2 = _module("blosc2")
    steps = _steps(numbers)
    typesize = 2 if np.abs(steps).max() < 2**15 else 4
    stored = steps.astype(f"<i{typesize}").tobytes()
    options = {"clevel": 5, "filter": blosc2.Filter.BITSHUFFLE, "codec": blosc2.Codec.ZSTD}
    return typesize, blosc2.compress(stored, typesize=typesize, **options)


def _unblosc(payload: Any, shape: tuple[int, ...], bits: int) -> Int32:
    typesize, stored = payload
    steps = np.frombuffer(_module("blosc2").decompress(stored), f"<i{typesize}")
    return np.cumsum(steps.reshape(shape[::-1]), axis=1, dtype=np.int32).T


def _flac(numbers: Int32, bits: int) -> Any:
    """At most eight channels a file: the format has no more."""
    files = []
    for first in range(0, numbers.shape[1], 8):
        file = io.BytesIO()
        samples = numbers[:, first : first + 8] << (32 - bits)
        subtype = f"PCM_{bits}"
        _module("soundfile").write(file, samples, 8000, format="FLAC", subtype=subtype)
        files.append(file.getvalue())
    return files


def _unflac(files: list[bytes], shape: tuple[int, ...], bits: int) -> Int32:
    read = _module("soundfile").read
    parts = [read(io.BytesIO(file), dtype="int32", always_2d=True)[0] for file in files]
    return np.concatenate(parts, axis=1) >> (32 - bits)


def _pcodec(numbers: Int32, bits: int) -> Any:
    from_pcodec = _module("pcodec")
    planar = np.ascontiguousarray(numbers.T).ravel()
    return from_pcodec.standalone.simple_compress(planar, from_pcodec.ChunkConfig())


def _unpcodec(payload: bytes, shape: tuple[int, ...], bits: int) -> Int32:
    planar = _module("pcodec").standalone.simple_decompress(payload)
    return np.ascontiguousarray(planar.reshape(shape[::-1]).T)


CONTENDERS = (
    CodecContender(
        "RICE (ours)",
        lambda numbers, _: encode_numbers(numbers, Codec.RICE),
        lambda payload, shape, _: decode_numbers(payload, Codec.RICE, *shape),
    ),
    CodecContender("pcodec", _pcodec, _unpcodec, "pcodec"),
    CodecContender("FLAC (libsndfile)", _flac, _unflac, "soundfile"),
    CodecContender("blosc2 bitshuffle + zstd on steps", _blosc, _unblosc, "blosc2"),
    CodecContender("zstd 3", _zstd, _unzstd, "zstandard"),
    CodecContender("plain 16 or 24 bit", _plain, _unplain),
)


@dataclasses.dataclass(frozen=True)
class Score:
    """Of one codec on one recording; times are medians for 8 channels x 250 samples."""

    recording: str
    codec: str
    ratio: float
    encode_us: float
    decode_us: float


def _size(payload: Any) -> int:
    if isinstance(payload, list | tuple):
        return sum(len(part) for part in payload if not isinstance(part, int))
    return len(payload)


def score(contender: CodecContender, recording: Recording) -> Score:
    """Encodes and decodes packets of a recording, and compares.

    Raises:
      ValueError: numbers did not come back.
    """
    numbers = recording.read()
    starts = range(0, len(numbers) - PACKET_SAMPLES + 1, PACKET_SAMPLES)[:MAX_PACKETS]
    packets = [np.ascontiguousarray(numbers[s : s + PACKET_SAMPLES]) for s in starts]
    stored, coded = 0.0, 0
    encode_us, decode_us = [], []
    for turn in range(3):  # the first warms up
        for packet in packets:
            began = time.perf_counter()
            payload = contender.encode(packet, recording.stored_bits)
            encoded = time.perf_counter()
            again = contender.decode(payload, packet.shape, recording.stored_bits)
            ended = time.perf_counter()
            if not np.array_equal(again, packet):
                raise ValueError(f"{contender.name} lost numbers of {recording.name}")
            if turn:
                scale = 1e6 * TIMED_NUMBERS / packet.size
                encode_us.append((encoded - began) * scale)
                decode_us.append((ended - encoded) * scale)
                stored += packet.size * recording.stored_bits / 8
                coded += _size(payload)
    return Score(
        *(recording.name, contender.name, stored / coded),
        *(statistics.median(encode_us), statistics.median(decode_us)),
    )


def rows(scores: list[Score]) -> Iterator[str]:
    """A table in Markdown."""
    yield "| recording | codec | ratio | encode us | decode us |"
    yield "|---|---|---|---|---|"
    for one in scores:
        times = f"{one.encode_us:.0f} | {one.decode_us:.0f}"
        yield f"| {one.recording} | {one.codec} | {one.ratio:.2f} | {times} |"


def main() -> None:
    """Prints the table."""
    os.environ["BLOSC_NTHREADS"] = "1"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    here = [contender for contender in CONTENDERS if contender.is_installed()]
    for contender in CONTENDERS:
        if contender not in here:
            print(f"{contender.name} is left out: no module {contender.module}", file=sys.stderr)
    scores = [score(contender, recording) for recording in RECORDINGS for contender in here]
    print("\n".join(rows(scores)))


if __name__ == "__main__":
    main()
