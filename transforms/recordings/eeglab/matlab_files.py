"""MATLAB files, versions 5 and 7.3 (HDF5), as plain dictionaries and lists."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pymatreader

from transforms.recordings.eeglab.hdf5_outside import refuse_other_files
from transforms.recordings.errors import Reason, RecordingError

_HDF5 = b"MATLAB 7.3 MAT-file"
_OPENINGS = (b"MATLAB 5.0 MAT-file", _HDF5)


def read_matlab(path: str, names: Sequence[str]) -> dict[str, Any]:
    """The variables of these names.

    Raises:
      RecordingError: no such file, a damaged one, or one that leads to other files.
    """
    with open(path, "rb") as file:
        opening = file.read(len(_OPENINGS[0]))
    if not opening:
        raise RecordingError(Reason.EMPTY, "the file has no bytes")
    if opening not in _OPENINGS:
        raise RecordingError(
            Reason.UNKNOWN_FORMAT, "the file does not begin as a MATLAB file of version 5 or 7.3"
        )
    try:
        if opening == _HDF5:
            refuse_other_files(path)
        with warnings.catch_warnings(action="ignore"):  # about classes, which we do not read
            found = pymatreader.read_mat(path, variable_names=names)
    except RecordingError:
        raise
    # scipy and h5py raise whatever a damaged file leads them to.
    except Exception as error:
        text = " ".join(str(error).split()) or type(error).__name__
        raise RecordingError(Reason.UNREADABLE, f"MATLAB file: {text}") from error
    return dict(found)


def rows_of(struct: Any, key: str) -> list[dict[str, Any]]:
    """A struct array as a list of its elements; empty where it is none.

    Args:
      key: a field that each element has, to know how many there are.
    """
    if isinstance(struct, list):
        return [row for row in struct if isinstance(row, dict)]
    if not isinstance(struct, dict) or key not in struct:
        return []
    if not _is_sequence(struct[key]):
        return [struct]  # one element: its fields as they are
    n_rows = len(struct[key])
    columns = {
        name: values
        for name, values in struct.items()
        if _is_sequence(values) and len(values) == n_rows
    }
    return [{name: values[i] for name, values in columns.items()} for i in range(n_rows)]


def number_of(value: Any) -> float | None:
    """A single finite number; None where it is none."""
    if _is_sequence(value) and len(value) == 1:
        value = value[0]
    if isinstance(value, (bool, int, float, np.number)) and np.isfinite(value):
        return float(value)
    return None


def text_of(value: Any) -> str:
    """A text, or a number as people write it; empty where it is neither."""
    if isinstance(value, str):  # half of a UTF-16 pair, which HDF5 may hold, is no text
        return value.encode("utf-8", "replace").decode().strip()
    number = number_of(value)
    return "" if number is None else f"{number:.12g}"


def _is_sequence(value: Any) -> bool:
    return isinstance(value, list) or (isinstance(value, np.ndarray) and value.ndim > 0)
