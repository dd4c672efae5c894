from __future__ import annotations

import itertools
from fractions import Fraction

import mne
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.recordings.real_files import BDF, UNCLOSED_BDF, real_file
from transforms.recordings import RecordingSettings, Run, open_recording
from transforms.recordings.triggers import trigger_changes, trigger_markers, trigger_names

AUTO = RecordingSettings()
BDF_TRIGGERS = "raw_formats/mne-python/edf/test_bdf_stim_channel.bdf"


def changes(*pieces: list[float]) -> list[tuple[int, int]]:
    rows, values = trigger_changes(np.array(piece) for piece in pieces)
    return list(zip(rows.tolist(), values.tolist(), strict=True))


def test_each_change_to_a_number_is_one():
    assert changes([0, 0, 5, 5, 0, 5, 6, 6, 0]) == [(2, 5), (5, 5), (6, 6)]


def test_what_is_there_from_the_start_is_no_change():
    assert changes([7, 7, 0, 7]) == [(3, 7)]
    assert changes([], [7], [7, 0]) == []


def test_what_is_no_number_is_zero():
    assert changes([0, np.nan, 3, np.inf, 1e300, 4]) == [(2, 3), (5, 4)]


@given(st.lists(st.integers(0, 3), max_size=40), st.lists(st.integers(0, 40), max_size=5))
def test_any_cut_gives_the_same_changes(values, cuts):
    edges = [0, *sorted(min(cut, len(values)) for cut in cuts), len(values)]
    pieces = [values[a:b] for a, b in itertools.pairwise(edges)]
    assert changes(*pieces) == changes(values)


def test_markers_stand_where_the_sample_belongs_in_time():
    runs = (Run(0, 0, 3), Run(1000, 3, 3))
    pieces = [np.array([0, 1, 1, 0, 2, 0])]
    markers, notices = trigger_markers(
        "STI", pieces, runs=runs, start_ns=5, rate_hz=Fraction(100), prefix="STI/"
    )
    assert [(m.start_ns, m.description) for m in markers] == [
        (10_000_005, "STI/1"),
        (10_010_000_005, "STI/2"),
    ]
    assert notices == []


def test_a_channel_that_changes_all_the_time_is_no_trigger_and_said_so():
    pieces = [np.arange(20_000)]
    runs = (Run(0, 0, 20_000),)
    markers, notices = trigger_markers("X", pieces, runs=runs, start_ns=0, rate_hz=Fraction(100))
    assert markers == []
    assert (notices[0].kind, notices[0].channel) == ("no_trigger", "X")


def test_the_sum_channel_of_a_meg_system_counts_alone():
    assert trigger_names(["STI 001", "STI 014", "STI 016"]) == ["STI 014"]
    assert trigger_names(["STI 001", "STI 002"]) == ["STI 001", "STI 002"]


@pytest.mark.parametrize("name", [BDF, UNCLOSED_BDF, BDF_TRIGGERS])
def test_triggers_of_real_files_are_those_that_mne_finds(name):
    path = real_file(name)
    raw = mne.io.read_raw_bdf(path, preload=True, verbose="error")
    events = mne.find_events(raw, consecutive=True, mask=0xFFFF, mask_type="and", verbose="error")
    rate, opened = raw.info["sfreq"], open_recording(path, AUTO)
    found = [((m.start_ns - opened.start_ns) / 1e9, m.description) for m in opened.markers]
    assert len(found) == len(events) > 0
    np.testing.assert_allclose([s for s, _ in found], events[:, 0] / rate, atol=1e-6)
    assert [text for _, text in found] == [str(code) for code in events[:, 2]]


def test_a_fif_has_triggers_and_positions(tmp_path):
    info = mne.create_info(["Cz", "Oz", "Nowhere", "STI 014"], 100.0, ["eeg"] * 3 + ["stim"])
    info.set_montage("standard_1005", on_missing="ignore", verbose="error")
    samples = np.zeros((4, 300))
    samples[3, 50:60] = 4
    raw = mne.io.RawArray(samples, info, first_samp=1000, verbose="error")
    raw.save(tmp_path / "a_raw.fif", verbose="error")
    events = np.array([[1100, 0, 9], [1299, 0, 8]])
    mne.write_events(tmp_path / "a-eve.fif", events, verbose="error")
    sidecars = [str(tmp_path / "a-eve.fif")]
    opened = open_recording(str(tmp_path / "a_raw.fif"), AUTO, sidecars=sidecars)
    assert [((m.start_ns - opened.start_ns) / 1e9, m.description) for m in opened.markers] == [
        (0.5, "4"),
        (1.0, "9"),
        (2.99, "8"),
    ]
    (plan,) = opened.streams
    assert plan.positions is not None
    top, back, nowhere = plan.positions
    assert top is not None
    assert back is not None
    assert top[2] > 0.08
    assert back[1] < -0.07
    assert nowhere is None


def test_damaged_events_leave_the_recording_and_are_told(tmp_path):
    info = mne.create_info(["Cz"], 100.0, ["eeg"])
    mne.io.RawArray(np.zeros((1, 300)), info, verbose="error").save(
        tmp_path / "a_raw.fif", verbose="error"
    )
    (tmp_path / "a-eve.fif").write_bytes(b"no events")
    sidecars = [str(tmp_path / "a-eve.fif")]
    opened = open_recording(str(tmp_path / "a_raw.fif"), AUTO, sidecars=sidecars)
    assert "sidecar_unreadable" in [notice.kind for notice in opened.notices]
