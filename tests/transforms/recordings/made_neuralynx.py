"""Neuralynx files record by record, so that a test can also make those that lost some."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

RECORD = np.dtype(
    [("time", "<u8"), ("channel", "<u4"), ("rate", "<u4"), ("n", "<u4"), ("x", "<i2", (512,))]
)

HEADER = """######## Neuralynx Data File Header
-FileType NCS
-RecordSize 1044
-TimeCreated 2023/11/02 13:39:27
-TimeClosed 2023/11/02 13:42:05
-SamplingFrequency 2000
-ADMaxValue 32767
-ADBitVolts 0.0000005
-AcqEntName CSC1
-InputInverted False
-DSPHighCutFilterEnabled True
-DspHighCutFrequency 500
"""


def changed(header: str = HEADER, **fields: str | None) -> str:
    """A header with other values, or without the lines whose value is None."""
    lines = []
    for line in header.splitlines():
        name = line[1:].split(" ")[0]
        if name in fields:
            if fields[name] is not None:
                lines.append(f"-{name} {fields[name]}")
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def write_ncs(
    path: Path,
    times_us: Sequence[int],
    samples: np.ndarray,
    *,
    n_valid: Sequence[int] | None = None,
    header: str = HEADER,
    rate: int = 2000,
) -> Path:
    """Writes records that begin at these times; `samples` fill their valid places in turn."""
    records = np.zeros(len(times_us), RECORD)
    records["time"], records["channel"], records["rate"] = times_us, 7, rate
    records["n"] = 512 if n_valid is None else n_valid
    used = 0
    for record in records:
        n = int(record["n"])
        record["x"][:n] = samples[used : used + n]
        used += n
    path.write_bytes(header.encode("latin-1").ljust(16_384, b"\0") + records.tobytes())
    return path
