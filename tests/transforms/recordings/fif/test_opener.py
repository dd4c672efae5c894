from __future__ import annotations

from fractions import Fraction

import mne
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.recordings.real_files import KALUNGA, KALUNGA_EVENTS, real_file
from transforms.recordings import (
    Reason,
    RecordingError,
    RecordingSettings,
    Run,
    open_recording,
    read_blocks,
)
from transforms.recordings.fif.opener import _runs_between, exact_rate
from transforms.recordings.times import date_ns

AUTO = RecordingSettings()


@pytest.fixture
def made(tmp_path):
    """A FIF of 10 s: two EEG channels, an ECG and a trigger, with annotations and a pause."""
    rng = np.random.default_rng(5)
    info = mne.create_info(["Fz", "Pz", "heart", "STI 014"], 100.0, ["eeg", "eeg", "ecg", "stim"])
    volts = rng.normal(0, 2e-5, (4, 1000)).astype(np.float32)
    raw = mne.io.RawArray(volts, info, first_samp=250, verbose="error")
    raw.set_meas_date(1_000_000_000.25)
    notes = mne.Annotations(
        [3.5, 4.0], [0.5, 2.0], ["blink", "BAD_ACQ_SKIP"], raw.info["meas_date"]
    )
    raw.set_annotations(notes)
    path = tmp_path / "made_raw.fif"
    raw.save(path, verbose="error")
    return str(path), volts


def test_kinds_are_streams_and_triggers_are_left_out(made):
    recording = open_recording(made[0], AUTO)
    assert [(p.stream, p.spec.channels) for p in recording.streams] == [
        ("eeg0", ("Fz", "Pz")),
        ("ecg0", ("heart",)),
    ]
    assert [n.kind for n in recording.notices] == ["channels_left_out"]


def test_samples_are_what_mne_reads(made):
    path, volts = made
    plan = open_recording(path, AUTO).streams[0]
    for block in read_blocks(path, plan):
        rows = slice(block.first_sample, block.first_sample + len(block.samples))
        np.testing.assert_array_equal(block.samples, volts[:2, rows].T.astype(float) * 1e6)


def test_the_start_is_that_of_the_first_sample_saved(made):
    recording = open_recording(made[0], AUTO)
    assert recording.start_ns == 1_000_000_000_250_000_000 + 2_500_000_000


def test_annotations_are_markers_and_pauses_are_gaps(made):
    recording = open_recording(made[0], AUTO)
    (marker,) = recording.markers
    assert (marker.description, marker.duration_ns) == ("blink", 500_000_000)
    assert marker.start_ns == 1_000_000_000_250_000_000 + 3_500_000_000
    # The file begins 2.5 s after its date; the pause is from 4 to 6 s after it.
    assert recording.streams[0].runs == (Run(0, 0, 150), Run(350, 350, 650))


def test_kalunga_is_read_as_labelled_or_as_told():
    path = real_file(KALUNGA)
    volts = mne.io.read_raw_fif(path, verbose="error").get_data()
    for unit, factor in ((None, 1e6), ("mV", 1e3), ("uV", 1.0)):
        (plan,) = open_recording(path, RecordingSettings(unit=unit)).streams
        blocks = list(read_blocks(path, plan))
        samples = np.concatenate([block.samples for block in blocks])
        np.testing.assert_array_equal(samples, volts.T * factor)
    assert plan.spec.sampling_rate == 256
    assert plan.spec.start_ns == date_ns(
        mne.io.read_raw_fif(path, verbose="error").info["meas_date"]
    )


def test_a_file_of_events_is_refused():
    with pytest.raises(RecordingError) as refused:
        open_recording(real_file(KALUNGA_EVENTS), AUTO)
    assert refused.value.reason is Reason.UNREADABLE


@pytest.mark.parametrize("content", [b"this is no fif at all", b"\x00" * 4096])
def test_other_content_is_refused(tmp_path, content):
    path = tmp_path / "other_raw.fif"
    path.write_bytes(content)
    with pytest.raises(RecordingError) as refused:
        open_recording(str(path), AUTO)
    assert refused.value.reason is Reason.UNKNOWN_FORMAT


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_anywhere_is_refused(made, tmp_path, share):
    path, _ = made
    with open(path, "rb") as file:
        content = file.read()
    cut = tmp_path / "cut_raw.fif"
    cut.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(RecordingError) as refused:
        open_recording(str(cut), AUTO)
    assert refused.value.reason is Reason.TRUNCATED


pauses = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10)), max_size=5)


@given(pauses=pauses, n_samples=st.integers(1, 30))
def test_runs_are_what_no_pause_covers(pauses, n_samples):
    paused = {i for start, length in pauses for i in range(start, start + length)}
    runs = _runs_between(sorted((a, a + n) for a, n in pauses), n_samples)
    covered = [i for run in runs for i in range(run.first_sample, run.first_sample + run.n_samples)]
    assert covered == [i for i in range(n_samples) if i not in paused]
    assert all(run.n_samples > 0 and run.file_sample == run.first_sample for run in runs)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [(256.0, Fraction(256)), (128.5, Fraction(257, 2)), (0.1 + 0.2, Fraction(3, 10))],
)
def test_rates_are_ratios_of_32_bit_integers(stored, expected):
    assert exact_rate(stored) == expected


def test_a_rate_stored_in_32_bits_keeps_its_value():
    stored = float(np.float32(600.614990234375))
    assert exact_rate(stored) == Fraction(stored)


@pytest.mark.parametrize("rate_hz", [0.0, -250.0, float("nan"), float("inf")])
def test_what_is_no_rate_is_refused(rate_hz):
    with pytest.raises(RecordingError, match="expected one above 0"):
        exact_rate(rate_hz)


def test_a_rate_is_never_0():
    assert exact_rate(1e-30) > 0
