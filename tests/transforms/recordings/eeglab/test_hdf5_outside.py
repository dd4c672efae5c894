from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.transforms.recordings.made_eeglab import made_dataset, write_set_v73
from transforms.recordings import Reason, RecordingError, RecordingSettings, open_recording
from transforms.recordings.eeglab.hdf5_outside import refuse_other_files

DATA_UV = np.random.default_rng(3).normal(0, 20, (3, 1000)).astype(np.float32)
N_SECRET = 250
EVENTS = [{"type": "go", "latency": 11.0}, {"type": "stop", "latency": 601.0}]

Change = Callable[[h5py.File, Path], None]


def replace_data(file: h5py.File, dataset: h5py.Dataset) -> None:
    dataset.attrs["MATLAB_class"] = np.bytes_("single")
    for name, value in (("nbchan", 1.0), ("pnts", float(N_SECRET))):
        file["EEG"][name][...] = value


def external_storage(file: h5py.File, secret: Path) -> None:
    stored = [(str(secret), 0, 4 * N_SECRET)]
    del file["EEG/data"]
    shape = (N_SECRET, 1)
    replace_data(file, file.create_dataset("EEG/data", shape, dtype="<f4", external=stored))


def virtual_dataset(file: h5py.File, secret: Path) -> None:
    layout = h5py.VirtualLayout((N_SECRET, 1), "<f4")
    layout[:] = h5py.VirtualSource(secret.with_suffix(".h5"), "x", (N_SECRET, 1))
    del file["EEG/data"]
    replace_data(file, file.create_virtual_dataset("EEG/data", layout))


def external_link(file: h5py.File, secret: Path) -> None:
    del file["EEG/data"]
    file["EEG/data"] = h5py.ExternalLink(str(secret.with_suffix(".h5")), "/x")
    replace_data(file, file["EEG/data"])


def behind_a_reference(file: h5py.File, secret: Path) -> None:
    """A dataset that no link leads to any more."""
    stored = [(str(secret), 0, 4 * N_SECRET)]
    hidden = file.create_dataset("hidden", (N_SECRET, 1), dtype="<f4", external=stored)
    cells = file["EEG/event/type"]
    cells[0, 0] = hidden.ref


@pytest.mark.parametrize(
    "change", [external_storage, virtual_dataset, external_link, behind_a_reference]
)
def test_samples_of_another_file_are_refused(tmp_path: Path, change: Change):
    secret = tmp_path / "elsewhere" / "secret.txt"
    secret.parent.mkdir()
    secret.write_bytes(b"secret!!" * N_SECRET)
    with h5py.File(secret.with_suffix(".h5"), "w") as file:
        file["x"] = np.ones((N_SECRET, 1), np.float32)
        file["x"].attrs["MATLAB_class"] = np.bytes_("single")
    path = write_set_v73(tmp_path / "a.set", made_dataset(DATA_UV, ["a", "b", "c"], event=EVENTS))
    open_recording(str(path), RecordingSettings())
    with h5py.File(path, "r+") as file:
        change(file, secret)
    with pytest.raises(RecordingError, match="stored in another file") as caught:
        open_recording(str(path), RecordingSettings())
    assert caught.value.reason is Reason.BAD_HEADER


def test_what_leads_back_into_the_file_is_no_other_file(tmp_path: Path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["a/x"] = np.zeros(3)
        file["a/again"] = file["a"]
        file["soft"] = h5py.SoftLink("/nowhere")
        file["cells"] = np.array([file["a"].ref, h5py.Reference()], h5py.ref_dtype)
    refuse_other_files(str(path))
