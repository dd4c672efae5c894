"""The samples of an EEGLAB dataset: inside of its structure, or in a binary file beside it."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.recordings.eeglab.matlab_files import number_of
from transforms.recordings.errors import Reason, RecordingError

_FLOAT = np.dtype("<f4")
_BY_CHANNEL = ".dat"  # of older versions: one channel after the other

Samples = npt.NDArray[Any]


def read_samples(path: str, eeg: dict[str, Any]) -> Samples:
    """As stored, (n_channels, n_samples) of real numbers.

    Raises:
      RecordingError: the file with the samples is missing or not as long as the structure says, or
        there are none.
    """
    data = eeg["data"]
    n_channels, n_samples = _shape(eeg)
    if isinstance(data, str):
        return _beside(path, data, n_channels, n_samples)
    samples = np.asarray(data) if isinstance(data, (np.ndarray, float, int)) else np.empty(0)
    if samples.ndim == 1:  # one channel, or one sample
        samples = samples.reshape((1, -1) if n_channels == 1 else (-1, 1))
    if samples.dtype.kind not in "iuf" or samples.shape != (n_channels, n_samples):
        raise RecordingError(
            Reason.BAD_HEADER,
            f"data is an array {samples.shape} of {samples.dtype}; expected real numbers, nbchan"
            f" {n_channels} x pnts {n_samples}",
        )
    return samples


def _shape(eeg: dict[str, Any]) -> tuple[int, int]:
    numbers = {name: number_of(eeg.get(name)) for name in ("nbchan", "pnts")}
    for name, number in numbers.items():
        if number is None or number < 0 or number != int(number):
            raise RecordingError(
                Reason.BAD_HEADER, f"{name} is {number!r}; expected a whole number above 0"
            )
        if number == 0:
            raise RecordingError(Reason.NO_SAMPLES, f"the structure is there, but {name} is 0")
    return int(numbers["nbchan"] or 0), int(numbers["pnts"] or 0)


def _beside(path: str, named: str, n_channels: int, n_samples: int) -> Samples:
    data_path = _data_path(path, named)
    size, expected = os.path.getsize(data_path), n_channels * n_samples * _FLOAT.itemsize
    if size != expected:
        raise RecordingError(
            Reason.TRUNCATED if size < expected else Reason.SIZE_MISMATCH,
            f"{os.path.basename(data_path)} has {size} bytes; expected {expected} for nbchan"
            f" {n_channels} x pnts {n_samples}",
        )
    if data_path.lower().endswith(_BY_CHANNEL):
        by_channel: Samples = np.memmap(data_path, _FLOAT, mode="r", shape=(n_channels, n_samples))
        return by_channel
    by_sample: Samples = np.memmap(data_path, _FLOAT, mode="r", shape=(n_samples, n_channels))
    return by_sample.T


def _data_path(path: str, named: str) -> str:
    """The file of that name; else, since people rename datasets, the one of the .set's own name."""
    folder, own = os.path.split(path)
    names = {name.lower(): name for name in os.listdir(folder or ".")}
    stem = os.path.splitext(own)[0]
    said = named.replace("\\", "/").rpartition("/")[2]
    wanted = (said, stem + ".fdt", stem + ".dat")
    found = next((names[name.lower()] for name in wanted if name.lower() in names), None)
    if found is None or found == own:
        raise RecordingError(
            Reason.MISSING_PART, f"the samples are in {said!r}; expected it beside {own}"
        )
    return os.path.join(folder, found)
