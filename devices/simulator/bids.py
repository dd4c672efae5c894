"""A simulated recording as a BIDS dataset: one subject a seed, one session, one task."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

from devices.simulator.files import WrittenFiles, write_edf
from devices.simulator.recording import SimulatedRecording
from devices.simulator.truth_tables import truth_rows, write_text, write_truth
from devices.simulator.validation import SettingsError

VERSION = "1.10.0"
_DATATYPES = {"eeg": "eeg", "ecog": "ieeg", "lfp": "ieeg"}
_CHANNEL_TYPES = {"eeg": "EEG", "ecog": "ECOG", "lfp": "DBS"}


def write_bids(
    recording: SimulatedRecording, folder: str | os.PathLike[str], seed: int, task: str
) -> WrittenFiles:
    """Writes the dataset, or adds a subject to the one that is there.

    Args:
      task: the paradigm; its letters and digits become the label of the task.

    Raises:
      SettingsError: a kind of signal that BIDS keeps in no EDF, or that fits none.
    """
    datatype = _DATATYPES.get(recording.signal)
    if datatype is None:
        expected = f"one of {', '.join(_DATATYPES)}, for BIDS"
        raise SettingsError("signal", recording.signal, expected)
    if datatype == "ieeg" and recording.adc_bits > 16:
        raise SettingsError("adc_bits", recording.adc_bits, "at most 16: iEEG in BIDS is no BDF")
    root, subject = pathlib.Path(folder), f"sub-{seed:04d}"
    target = root / subject / datatype
    target.mkdir(parents=True, exist_ok=True)
    name = f"{subject}_task-{''.join(filter(str.isalnum, task))}"
    path = write_edf(recording, target / f"{name}_{datatype}")
    _write_json(target / f"{name}_{datatype}.json", _sidecar(recording, datatype, task))
    write_text(target / f"{name}_channels.tsv", _channels_table(recording))
    truth = target / f"{name}_events.tsv"
    write_truth(truth_rows(recording), truth)
    _write_root(root)
    return WrittenFiles(path, truth)


def _sidecar(recording: SimulatedRecording, datatype: str, task: str) -> dict[str, Any]:
    reference = "EEGReference" if datatype == "eeg" else "iEEGReference"
    return {
        "TaskName": "".join(filter(str.isalnum, task)),
        "TaskDescription": f"Simulated: {task}.",
        "SamplingFrequency": recording.sampling_rate_hz,
        "PowerLineFrequency": recording.line_hz or "n/a",
        "SoftwareFilters": "n/a",
        reference: "simulated, ideal",
        "RecordingDuration": recording.duration_s,
        "RecordingType": "continuous",
        "Manufacturer": "simulator",
    }


def _channels_table(recording: SimulatedRecording) -> str:
    lines = ["name\ttype\tunits\tlow_cutoff\thigh_cutoff\tsampling_frequency\tstatus"]
    kind = _CHANNEL_TYPES[recording.signal]
    rate = f"{recording.sampling_rate_hz:.10g}"
    lines += [f"{name}\t{kind}\tuV\tn/a\tn/a\t{rate}\tgood" for name in recording.channels]
    return "\n".join(lines) + "\n"


def _write_root(root: pathlib.Path) -> None:
    """What stands once in a dataset; participants are the folders that are there."""
    _write_json(
        root / "dataset_description.json",
        {
            "Name": "Simulated recordings with ground truth",
            "BIDSVersion": VERSION,
            "DatasetType": "raw",
            "GeneratedBy": [{"Name": "devices.simulate"}],
        },
    )
    subjects = sorted(path.name for path in root.glob("sub-*") if path.is_dir())
    rows = ["participant_id\tspecies\tage\tsex", *(f"{name}\tn/a\tn/a\tn/a" for name in subjects)]
    write_text(root / "participants.tsv", "\n".join(rows) + "\n")
    about = "Nobody was recorded: python -m devices.simulate made this. The events are the truth.\n"
    write_text(root / "README", about)


def _write_json(path: pathlib.Path, content: dict[str, Any]) -> None:
    write_text(path, json.dumps(content, indent=2) + "\n")
