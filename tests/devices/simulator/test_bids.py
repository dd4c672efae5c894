from __future__ import annotations

import csv
import json

import edfio
import pytest

from devices.simulator import SettingsError, simulate
from devices.simulator.bids import write_bids
from devices.simulator.presets import preset
from transforms.recordings.channels import signal_of_label


def table(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.mark.parametrize(
    ("signal", "paradigm", "datatype", "kind"),
    [
        ("eeg", "ssvep", "eeg", "EEG"),
        ("ecog", "grip", "ieeg", "ECOG"),
        ("lfp", "rest", "ieeg", "DBS"),
    ],
)
def test_a_dataset_has_what_bids_requires(tmp_path, signal, paradigm, datatype, kind):
    recording = simulate(preset(signal, paradigm, seed=7, duration_s=20))
    written = write_bids(recording, tmp_path, 7, paradigm)
    stem = tmp_path / "sub-0007" / datatype / f"sub-0007_task-{paradigm}"
    about = json.loads((tmp_path / "dataset_description.json").read_text())
    assert {"Name", "BIDSVersion", "DatasetType"} <= set(about)
    assert [row["participant_id"] for row in table(tmp_path / "participants.tsv")] == ["sub-0007"]
    assert (tmp_path / "README").stat().st_size > 50
    sidecar = json.loads(stem.with_name(f"{stem.name}_{datatype}.json").read_text())
    reference = "EEGReference" if datatype == "eeg" else "iEEGReference"
    required = {"TaskName", reference, "SamplingFrequency", "PowerLineFrequency", "SoftwareFilters"}
    assert required <= set(sidecar)
    assert sidecar["TaskName"] == paradigm
    channels = table(stem.with_name(f"{stem.name}_channels.tsv"))
    assert [row["name"] for row in channels] == list(recording.channels)
    assert {(row["type"], row["units"]) for row in channels} == {(kind, "uV")}
    file = edfio.read_edf(written.recording)
    assert written.recording == stem.with_name(f"{stem.name}_{datatype}.edf")
    assert file.labels == recording.channels
    assert {signal_of_label(name) for name in file.labels} == {signal}
    rows = table(written.truth)
    header = written.truth.read_text().splitlines()[0].split("\t")
    assert header == ["onset", "duration", "trial_type", "channel", "value"]
    labels = {trial.label for trial in recording.trials}
    assert [row["trial_type"] for row in rows if row["trial_type"] in labels] == [
        trial.label for trial in recording.trials
    ]


def test_a_second_subject_joins_the_dataset(tmp_path):
    for seed in (1, 2):
        write_bids(simulate(preset("eeg", seed=seed, duration_s=5)), tmp_path, seed, "rest")
    participants = [row["participant_id"] for row in table(tmp_path / "participants.tsv")]
    assert participants == ["sub-0001", "sub-0002"]


def test_a_task_of_two_words_is_one_label(tmp_path):
    recording = simulate(preset("eeg", "motor-imagery", duration_s=10))
    path = write_bids(recording, tmp_path, 1, "motor-imagery").recording
    assert path.name == "sub-0001_task-motorimagery_eeg.edf"


@pytest.mark.parametrize(
    ("field", "asked"),
    [
        ("signal", preset("ecg", duration_s=5)),
        ("signal", preset("acc", duration_s=5)),
        ("adc_bits", preset("ecog", duration_s=5, adc_bits=24)),
    ],
)
def test_what_bids_keeps_elsewhere_is_refused(tmp_path, field, asked):
    with pytest.raises(SettingsError, match=f"^{field} is .*; expected "):
        write_bids(simulate(asked), tmp_path, 1, "rest")
    assert list(tmp_path.iterdir()) == []
