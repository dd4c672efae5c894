"""Damaged files: whatever the bytes, a recording is read or refused with a RecordingError.

    assert_only_typed_errors([header_path, data_path], n_mutants=1000)

damages one of the parts at a time, opens what came out of it, and reads every stream to its end.
"""

from __future__ import annotations

import contextlib
import random
import resource
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from transforms.recordings import RecordingError, RecordingSettings, open_recording, read_blocks
from transforms.recordings.contained import UNEXPECTED

MUTANT_S = 10.0
"""Longer than any small file may take, on a busy machine."""

MEMORY_BYTES = 1 << 30
"""More than now; the files are small."""

HEAD_BYTES = 2048
"""Half of the damage is done here, where sizes and counts stand."""


class Hung(BaseException):
    """No Exception, so that no reader catches it."""


def mutants(original: bytes, n: int, seed: int) -> Iterator[bytes]:
    """`n` damaged copies; the same ones for a seed."""
    dice = random.Random(seed)
    for _ in range(n):
        mutant = bytearray(original)
        for _ in range(dice.choice((1, 1, 1, 2, 5))):
            if mutant:
                dice.choice(_DAMAGES)(dice, mutant)
        yield bytes(mutant)


def assert_only_typed_errors(
    parts: Sequence[Path],
    n_mutants: int = 1000,
    *,
    seed: int = 1,
    settings: RecordingSettings | None = None,
) -> dict[str, int]:
    """Opens and reads each mutant; returns how many ended how, by reason code or `read`.

    Args:
      parts: the files of one sound recording, the one to open first.
    """
    settings = settings or RecordingSettings()
    originals = {path.name: path.read_bytes() for path in parts}
    main = parts[0].name
    outcomes: dict[str, int] = {}
    names = [name for name in originals if originals[name]]
    share = -(-n_mutants // len(names))
    with tempfile.TemporaryDirectory() as folder, _memory_limit():
        _write(Path(folder), originals)
        for name in names:
            for number, mutant in enumerate(mutants(originals[name], share, seed)):
                _write(Path(folder), {name: mutant})
                place = f"mutant {number} of {name}, seed {seed}"
                outcome = _outcome_of(Path(folder) / main, settings, place)
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
            _write(Path(folder), {name: originals[name]})
    return outcomes


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _outcome_of(path: Path, settings: RecordingSettings, place: str) -> str:
    size = sum(file.stat().st_size for file in path.parent.iterdir())
    started = time.monotonic()
    try:
        with _alarm(MUTANT_S):
            opened = open_recording(str(path), settings, size_bytes=size)
            for plan in opened.streams:
                for block in read_blocks(str(path), plan, size_bytes=size):
                    assert block.samples.shape[1] == plan.spec.n_channels
    except RecordingError as error:
        if error.message.startswith(UNEXPECTED) or _is_from(error, MemoryError):
            raise AssertionError(f"{place}: {error}") from error
        return error.reason.value
    except Hung:
        raise AssertionError(f"{place}: no end after {MUTANT_S} s") from None
    except Exception as error:
        raise AssertionError(f"{place}: {type(error).__name__}: {error}") from error
    assert time.monotonic() - started < MUTANT_S, place
    return "read"


def _is_from(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    def ring(*_: object) -> None:
        raise Hung

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _memory_limit() -> Iterator[None]:
    """Of this process; the one that loads whole files has its own."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _place(dice: random.Random, mutant: bytearray) -> int:
    end = min(HEAD_BYTES, len(mutant)) if dice.random() < 0.5 else len(mutant)
    return dice.randrange(end)


def _truncate(dice: random.Random, mutant: bytearray) -> None:
    del mutant[_place(dice, mutant) :]


def _flip(dice: random.Random, mutant: bytearray) -> None:
    for _ in range(dice.choice((1, 2, 8, 64))):
        mutant[_place(dice, mutant)] ^= 1 << dice.randrange(8)


def _overwrite(dice: random.Random, mutant: bytearray) -> None:
    start = _place(dice, mutant)
    stop = min(len(mutant), start + dice.choice((1, 2, 4, 8, 64, 1000)))
    mutant[start:stop] = dice.choice((b"\0", b"\xff", b"9", b" ", b"\x80")) * (stop - start)


def _delete(dice: random.Random, mutant: bytearray) -> None:
    start = _place(dice, mutant)
    del mutant[start : start + dice.choice((1, 2, 16, 256, 4096))]


def _repeat(dice: random.Random, mutant: bytearray) -> None:
    start = _place(dice, mutant)
    mutant[start:start] = mutant[start : start + dice.choice((1, 2, 16, 256, 4096))]


def _digits(dice: random.Random, mutant: bytearray) -> None:
    """Another number where a text shows one, or a huge one in binary."""
    digits = [i for i, byte in enumerate(mutant[:HEAD_BYTES]) if 0x30 <= byte <= 0x39]
    values = (b"0", b"-1", b"1e9", b"99999999", b"nan", b"inf", b"4294967296", b"0.0000001", b"x")
    if digits and dice.random() < 0.8:
        start = dice.choice(digits)
        value = dice.choice(values)
        stop = start + (len(value) if dice.random() < 0.7 else 1)
        mutant[start:stop] = value
    else:
        start = _place(dice, mutant)
        edges = (
            b"\xff\xff\xff\x7f",
            b"\x7f\xff\xff\xff",
            b"\0\0\0\x80",
            b"\0\0\xc0\x7f",
            b"\xff" * 8,
        )
        value = dice.choice(edges)
        mutant[start : start + len(value)] = value


_DAMAGES = (_truncate, _flip, _overwrite, _delete, _repeat, _digits)
