"""EDF files byte by byte, so that a test can also make those that no writer would."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np

ANNOTATION_WORDS = 40  # of two bytes, in each record


@dataclasses.dataclass(frozen=True)
class MadeSignal:
    """One signal: integers as stored, whole records of them."""

    label: str
    digital: np.ndarray
    per_record: int
    dimension: str = "uV"
    physical: tuple[float, float] = (-3276.8, 3276.7)
    digital_range: tuple[int, int] = (-32768, 32767)


def noise(n_samples: int, seed: int = 0, scale: float = 200.0) -> np.ndarray:
    """Integers like an EEG's: 20 uV at 0.1 uV a step."""
    return np.random.default_rng(seed).normal(0, scale, n_samples).astype(np.int16)


def write_edf(
    path: Path,
    signals: Sequence[MadeSignal],
    *,
    record_s: str = "1",
    kind: str = "",
    onsets: Sequence[str] = (),
    notes: Sequence[bytes] = (),
    n_records_said: int | None = None,
    date: str = "12.08.09",
    patient: str = "X X X X",
) -> Path:
    """Writes the signals; with `onsets`, one a record, an annotation signal holds them.

    Args:
      kind: EDF+C or EDF+D.
      notes: annotation lists put into the first record, as bytes.
    """
    n_records = len(signals[0].digital) // signals[0].per_record
    widths = [s.per_record for s in signals] + [ANNOTATION_WORDS] * bool(onsets)
    labels = [s.label for s in signals] + ["EDF Annotations"] * bool(onsets)
    dimensions = [s.dimension for s in signals] + [""] * bool(onsets)
    physical = [s.physical for s in signals] + [(-1, 1)] * bool(onsets)
    digital = [s.digital_range for s in signals] + [(-32768, 32767)] * bool(onsets)
    n = len(widths)

    def column(values: Sequence[object], width: int) -> str:
        return "".join(f"{value!s:<{width}.{width}}" for value in values)

    said = n_records if n_records_said is None else n_records_said
    header = f"{0:<8}{patient:<80}{'Startdate X X X X':<80}{date}16.15.00"
    header += f"{256 * (n + 1):<8}{kind:<44}{said:<8}{record_s:<8}{n:<4}"
    header += column(labels, 16) + column([""] * n, 80) + column(dimensions, 8)
    header += column([low for low, _ in physical], 8) + column([high for _, high in physical], 8)
    header += column([low for low, _ in digital], 8) + column([high for _, high in digital], 8)
    header += column([""] * n, 80) + column(widths, 8) + column([""] * n, 32)
    body = bytearray(header.encode("latin-1"))
    for record in range(n_records):
        for s in signals:
            low = record * s.per_record
            body += s.digital[low : low + s.per_record].astype("<i2").tobytes()
        if onsets:
            text = onsets[record].encode() + b"\x14\x14\x00"
            text += b"".join(notes) if record == 0 else b""
            body += text.ljust(2 * ANNOTATION_WORDS, b"\x00")
    path.write_bytes(bytes(body))
    return path
