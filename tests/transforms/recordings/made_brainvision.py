"""Small BrainVision recordings, written by the book."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

NUMPY_TYPES = {"INT_16": "<i2", "UINT_16": "<u2", "INT_32": "<i4", "IEEE_FLOAT_32": "<f4"}


@dataclasses.dataclass(frozen=True)
class MadeBrainvision:
    """What to write; `stored` is (n_samples, n_channels), as the file holds it.

    Attributes:
      channels: one "name,reference,resolution,unit" each.
      markers: one "type,description,position,size,channel[,date]" each; None: no marker file.
      more: further lines of the header, sections and all.
    """

    stored: npt.NDArray
    channels: Sequence[str] = ("Cz,,0.1,µV", "Pz,,0.1,µV")
    binary_format: str = "INT_16"
    vectorized: bool = False
    interval_us: str = "4000"
    markers: Sequence[str] | None = ("New Segment,,1,1,0,20240102030405678901",)
    first_line: str = "Brain Vision Data Exchange Header File Version 1.0"
    common: Sequence[str] = ()
    more: Sequence[str] = ()
    encoding: str = "utf-8"


def write_brainvision(folder: Path, made: MadeBrainvision, name: str = "a") -> Path:
    """Writes the files; returns the header."""
    header = folder / f"{name}.vhdr"
    lines = [
        *(made.first_line, "; made by a test", "", "[Common Infos]", f"DataFile={name}.eeg"),
        *([] if made.markers is None else [f"MarkerFile={name}.vmrk"]),
        *("DataFormat=BINARY", f"DataOrientation={_orientation(made)}"),
        *(f"NumberOfChannels={len(made.channels)}", f"SamplingInterval={made.interval_us}"),
        *made.common,
        *("", "[Binary Infos]", f"BinaryFormat={made.binary_format}", "", "[Channel Infos]"),
        *(f"Ch{number}={entry}" for number, entry in enumerate(made.channels, 1)),
        *made.more,
        *("", "[Comment]", "Ch1=Not,this,9,V", "[Channel Infos]", "Ch1=Nor,this,9,V"),
    ]
    header.write_bytes("\r\n".join(lines).encode(made.encoding))
    stored = np.asarray(made.stored).astype(NUMPY_TYPES[made.binary_format])
    stored = stored.T if made.vectorized else stored
    (folder / f"{name}.eeg").write_bytes(stored.tobytes())
    if made.markers is not None:
        entries = [f"Mk{number}={entry}" for number, entry in enumerate(made.markers, 1)]
        lines = [
            *("Brain Vision Data Exchange Marker File, Version 1.0", "[Common Infos]"),
            *(f"DataFile={name}.eeg", "[Marker Infos]", "; a comment", *entries),
        ]
        (folder / f"{name}.vmrk").write_bytes("\r\n".join(lines).encode(made.encoding))
    return header


def _orientation(made: MadeBrainvision) -> str:
    return "VECTORIZED" if made.vectorized else "MULTIPLEXED"


def counted(n_samples: int, n_channels: int = 2) -> npt.NDArray[np.int64]:
    """Stored numbers that differ, negative ones too."""
    numbers: npt.NDArray[np.int64] = np.arange(n_samples * n_channels, dtype=np.int64) - n_samples
    return numbers.reshape(n_samples, n_channels)
