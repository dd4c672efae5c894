"""devices/c/rice.c is what schemas/codec_rice.py is, byte for byte, and steps nowhere beside."""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from schemas.codec_rice import decode_rice, encode_rice
from schemas.errors import PacketError
from tests.schemas.real_counts import cyton, persyst, physionet_counts
from tests.schemas.test_codec import EXTREMES, SHAPES, signals
from tests.schemas.test_packet_wire import mutant

ROOT = Path(__file__).resolve().parents[3]
STRICT = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror"]
WATCHED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g"]
REFUSED = 2**32 - 1


class Program:
    """The C codec in a process of its own."""

    def __init__(self, path: Path):
        # An address sanitizer must not look for leaks where it may not trace.
        environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
        self._process = subprocess.Popen(
            [path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
        )

    def encode(self, numbers: np.ndarray) -> bytes:
        found = self._ask(b"e", numbers.shape, np.ascontiguousarray(numbers).tobytes())
        assert found is not None
        return found

    def decode(self, payload: bytes, shape: tuple[int, int]) -> np.ndarray | None:
        found = self._ask(b"d", shape, payload)
        return None if found is None else np.frombuffer(found, np.int32).reshape(shape)

    def _ask(self, kind: bytes, shape: tuple[int, ...], given: bytes) -> bytes | None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(kind + struct.pack("<III", *shape, len(given)) + given)
        self._process.stdin.flush()
        answer = self._process.stdout.read(4)
        assert len(answer) == 4, "the program died: see the sanitizer's report"
        (length,) = struct.unpack("<I", answer)
        return None if length == REFUSED else self._process.stdout.read(length)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(timeout=10) == 0


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    compiler = shutil.which("cc")
    if compiler is None or sys.byteorder != "little":
        pytest.skip("no C compiler `cc` (Debian, Ubuntu: apt install build-essential)")
    sources = [ROOT / "devices/c/rice.c", Path(__file__).with_name("rice_program.c")]
    target = tmp_path_factory.mktemp("c") / "rice"
    command = [compiler, *STRICT, "-O1", "-ffp-contract=off", f"-I{ROOT / 'devices/c'}"]
    command += [*map(str, sources), "-o", str(target), "-lm"]
    watched = subprocess.run([*command, *WATCHED], capture_output=True, text=True, check=False)
    if watched.returncode:  # a compiler without sanitizers
        subprocess.run(command, check=True)
    running = Program(target)
    yield running
    running.close()


def assert_equal(program: Program, numbers: np.ndarray) -> None:
    payload = encode_rice(numbers)
    assert program.encode(numbers) == payload
    np.testing.assert_array_equal(program.decode(payload, numbers.shape), numbers)


@settings(max_examples=300, deadline=None)
@given(numbers=signals() | arrays.arrays(np.int32, SHAPES))
@example(EXTREMES)
def test_c_and_python_write_the_same_bytes(program, numbers):
    assert_equal(program, numbers)


@pytest.mark.parametrize(
    "counts", [cyton, persyst, lambda: physionet_counts("S001R04")], ids=["cyton", "ieeg", "scalp"]
)
def test_real_recordings_too(program, counts):
    numbers = counts()
    for start in range(0, min(len(numbers), 5000), 250):
        assert_equal(program, numbers[start : start + 250])


def test_c_refuses_what_python_refuses(program):
    chance, rng = random.Random(4), np.random.default_rng(4)
    numbers = np.cumsum(rng.integers(-99, 99, (140, 3)), axis=0).astype(np.int32)
    good = encode_rice(numbers)
    refused = 0
    for _ in range(3000):
        payload, shape = mutant(good, chance), (chance.choice([1, 139, 140, 300]), 3)
        found = program.decode(payload, shape)
        try:
            expected = decode_rice(payload, *shape)
        except PacketError:
            assert found is None
            refused += 1
        else:
            np.testing.assert_array_equal(found, expected)
    assert 0 < refused < 3000


@settings(max_examples=200, deadline=None)
@given(payload=st.binary(max_size=60), n_samples=st.integers(1, 300), n_channels=st.integers(1, 4))
def test_any_bytes_are_read_within_their_bounds(program, payload, n_samples, n_channels):
    found = program.decode(payload, (n_samples, n_channels))
    try:
        expected = decode_rice(payload, n_samples, n_channels)
    except PacketError:
        assert found is None
    else:
        np.testing.assert_array_equal(found, expected)
