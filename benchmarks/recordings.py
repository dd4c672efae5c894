"""EDF files of any length, written record by record: a day of 32 channels never is in memory."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from benchmarks.workloads import background

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("NEURAL_ENGINE_DATA", ROOT.parent / "shared" / "data"))
REAL_RECORDING = DATA / "physionet_eegmmidb_S001" / "S001R04.edf"

PHYSICAL_UV = 3276.7  # at either end of the 16-bit range: 0.1 uV a step


def write_edf(path: Path, *, n_channels: int, sampling_rate_hz: int, seconds: int) -> None:
    """Writes background EEG in records of one second, a minute at a time."""
    labels = [f"EEG E{number}" for number in range(1, n_channels + 1)]
    with path.open("wb") as file:
        file.write(_header(labels, sampling_rate_hz, seconds))
        for minute in range(-(-seconds // 60)):
            n_records = min(60, seconds - 60 * minute)
            signal = background(
                n_records * sampling_rate_hz, n_channels, sampling_rate_hz, seed=minute
            )
            digital = np.clip(np.rint(signal * 10), -32767, 32767).astype("<i2")
            records = digital.reshape(n_records, sampling_rate_hz, n_channels)
            file.write(records.transpose(0, 2, 1).tobytes())


def _header(labels: list[str], sampling_rate_hz: int, seconds: int) -> bytes:
    n = len(labels)
    fixed = [
        ("0", 8),
        ("X X X X", 80),
        ("Startdate 01-JAN-2024 X X X", 80),
        ("01.01.24", 8),
        ("00.00.00", 8),
        (str(256 * (n + 1)), 8),
        ("", 44),
        (str(seconds), 8),
        ("1", 8),
        (str(n), 4),
    ]
    per_signal = [
        (labels, 16),
        ([""] * n, 80),
        (["uV"] * n, 8),
        ([str(-PHYSICAL_UV)] * n, 8),
        ([str(PHYSICAL_UV)] * n, 8),
        (["-32767"] * n, 8),
        (["32767"] * n, 8),
        ([""] * n, 80),
        ([str(sampling_rate_hz)] * n, 8),
        ([""] * n, 32),
    ]
    fields = fixed + [(text, width) for texts, width in per_signal for text in texts]
    return "".join(text.ljust(width) for text, width in fields).encode("ascii")
