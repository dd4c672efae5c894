"""Persyst recordings: the text file and the binary one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np


def write_persyst(
    folder: Path,
    stored: np.ndarray,
    labels: Sequence[str],
    *,
    info: dict[str, str | None] | None = None,
    comments: str = "",
    sample_times: str = "0=3600.250",
    patient: str = "TestDate=2014.12.19\nTestTime=01:00:00\n",
    stem: str = "made",
) -> Path:
    """Writes (n_samples, n_channels) of int16 or int32 at 200 Hz, 0.5 uV a step.

    Args:
      info: fields of [FileInfo] to be changed, or left out where None.
    """
    fields: dict[str, str | None] = {
        "File": f"{stem}.dat",
        "FileType": "Interleaved",
        "SamplingRate": "200",
        "HeaderLength": "0",
        "Calibration": "0.5",
        "WaveformCount": str(len(labels)),
        "DataType": "7" if stored.dtype.itemsize == 4 else "0",
    }
    fields |= info or {}
    text = "[FileInfo]\n"
    text += "".join(f"{name}={value}\n" for name, value in fields.items() if value is not None)
    text += f"[Patient]\n{patient}[ChannelMap]\n"
    text += "".join(f"{label}={place}\n" for place, label in enumerate(labels, start=1))
    text += f"[Comments]\n{comments}\n[SampleTimes]\n{sample_times}\n"
    (folder / f"{stem}.dat").write_bytes(stored.astype(stored.dtype.newbyteorder("<")).tobytes())
    path = folder / f"{stem}.lay"
    path.write_text(text)
    return path
