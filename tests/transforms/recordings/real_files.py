"""Where the real recordings are; a test that lacks one is skipped by its name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("NEURAL_ENGINE_DATA", ROOT.parent / "shared" / "data"))

S001R04 = "physionet_eegmmidb_S001/S001R04.edf"
UNEVEN = "raw_formats/mne-python/edf/test_uneven_samp.edf"
DUPLICATES = "raw_formats/mne-python/edf/duplicate_channel_labels.edf"
SUBSECOND = "raw_formats/mne-testing-data/EDF/subsecond_starttime.edf"
UTF8 = "raw_formats/mne-testing-data/EDF/test_utf8_annotations.edf"
HYPNOGRAM = "raw_formats/mne-testing-data/EDF/SC4001EC-Hypnogram.edf"
STIM = "raw_formats/mne-python/edf/test_edf_stim_channel.edf"
BDF = "raw_formats/mne-python/edf/test.bdf"
UNCLOSED_BDF = "raw_formats/eeglab/test.bdf"
KALUNGA = "kalunga2016_ssvep/subject03/record-[2012.07.11-15.25.23]_raw.fif"
KALUNGA_EVENTS = "kalunga2016_ssvep/subject03/record-[2012.07.11-15.25.23]-eve.fif"
GDF_ECG = "raw_formats/mne-testing-data/GDF/test_1ch.gdf"
PERSYST = (
    "raw_formats/mne-testing-data/Persyst/sub-pt1_ses-02_task-monitor_acq-ecog_run-01_clip2.lay"
)
LAHC1 = "raw_formats/mne-testing-data/neuralynx/LAHC1.ncs"
LAHC1_GAPS = "raw_formats/mne-testing-data/neuralynx/LAHC1_3_gaps.ncs"
ANT = "raw_formats/mne-testing-data/antio/CA_208/test_CA_208.cnt"
MUSE_LSL = "muse_eeg_notebooks/SSVEP_subject1_session1_a.csv"
MIND_MONITOR_SLOW = "raw_formats/eeglab/testmusemonitor.csv"
OPENBCI = "openbci_gui_blinks_jaw_alpha/OpenBCI_GUI-v6-blinks-jawClench-alpha.txt"


def real_file(name: str) -> str:
    """The path of a real recording."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not in {DATA}; NEURAL_ENGINE_DATA says where recordings are")
    return str(path)
