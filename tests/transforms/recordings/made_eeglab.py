"""EEGLAB datasets, as MATLAB 5 files and as MATLAB 7.3 (HDF5) ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import scipy.io

Struct = dict[str, Any]


def made_dataset(data_uv: np.ndarray, labels: list[str], **fields: Any) -> Struct:
    """The fields of a dataset; struct arrays are lists of dictionaries."""
    return {
        "setname": "made",
        "nbchan": float(data_uv.shape[0]),
        "pnts": float(data_uv.shape[1]),
        "trials": 1.0,
        "srate": 250.0,
        "xmin": 0.0,
        "data": data_uv,
        "chanlocs": [{"labels": label, "type": ""} for label in labels],
        "event": [],
    } | fields


def write_set_v5(path: Path, eeg: Struct, *, as_struct: bool = True) -> Path:
    """As one variable EEG, or each field as a variable."""
    plain = {name: _record_array(value) for name, value in eeg.items()}
    scipy.io.savemat(path, {"EEG": plain} if as_struct else plain, appendmat=False)
    return path


def _record_array(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    if not value:
        return np.zeros((0, 0))
    rows = np.empty(len(value), dtype=[(name, object) for name in value[0]])
    for i, row in enumerate(value):
        for name, field in row.items():
            rows[i][name] = field
    return rows


def write_set_v73(path: Path, eeg: Struct) -> Path:
    """As MATLAB's -v7.3 writes it: HDF5 behind 512 bytes of its own."""
    with h5py.File(path, "w", userblock_size=512) as file:
        references = file.create_group("#refs#")
        group = file.create_group("EEG")
        group.attrs["MATLAB_class"] = np.bytes_("struct")
        for name, value in eeg.items():
            if isinstance(value, list):
                _struct_array(group, name, value, references)
            else:
                _plain(group, name, value)
    with path.open("r+b") as raw:
        raw.write(b"MATLAB 7.3 MAT-file, made by a test".ljust(124) + b"\x00\x02IM")
    return path


def _plain(group: h5py.Group, name: str, value: Any) -> h5py.Dataset:
    if isinstance(value, str):
        codes = np.array([[ord(c)] for c in value] or [[0], [0]], dtype=np.uint16)
        dataset = group.create_dataset(name, data=codes)
        dataset.attrs["MATLAB_class"] = np.bytes_("char")
        if not value:
            dataset.attrs["MATLAB_empty"] = np.uint8(1)
        return dataset
    array = np.atleast_2d(np.asarray(value))
    dataset = group.create_dataset(name, data=array.T)  # MATLAB counts columns first
    class_ = "single" if array.dtype == np.float32 else "double"
    dataset.attrs["MATLAB_class"] = np.bytes_(class_)
    return dataset


def _struct_array(group: h5py.Group, name: str, rows: list[Struct], references: h5py.Group) -> None:
    if len(rows) < 2:
        fields = rows[0] if rows else {}
        alone = group.create_group(name)
        alone.attrs["MATLAB_class"] = np.bytes_("struct")
        for field, value in fields.items():
            _plain(alone, field, value)
        return
    array = group.create_group(name)
    array.attrs["MATLAB_class"] = np.bytes_("struct")
    for field in rows[0]:
        places = []
        for row in rows:
            place = f"{len(references)}"
            places.append([_plain(references, place, row[field]).ref])
        array.create_dataset(field, data=np.array(places, dtype=h5py.ref_dtype))
