"""Every file of the folder of recordings ends somewhere, and docs/recordings.md says where."""

from __future__ import annotations

import logging
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from docs import recording_outcomes
from docs.generate import replaced
from docs.recording_outcomes import Folder, Outcome
from schemas.event_kinds import WARNING_KINDS
from tests.transforms.recordings.real_files import (
    DATA,
    DUPLICATES,
    HYPNOGRAM,
    KALUNGA,
    LAHC1,
    MIND_MONITOR_SLOW,
    MUSE_LSL,
    UNEVEN,
)
from transforms.recordings import Reason
from transforms.recordings.formats import EXTENSIONS

GRIP = "pynm_ecog_bids/sub-testsub/ses-EphysMedOff/ieeg"
GRIP_HEADER = f"{GRIP}/sub-testsub_ses-EphysMedOff_task-gripforce_run-0_ieeg.vhdr"
CLOCK_RESETS = "raw_formats/xdf/clock_resets.xdf"


@pytest.fixture(scope="module")
def folders() -> tuple[Folder, ...]:
    if not DATA.exists():
        pytest.skip(f"no {DATA}: set NEURAL_ENGINE_DATA to the folder of recordings")
    logging.getLogger("transforms").setLevel(logging.ERROR)
    return recording_outcomes.folders()


@pytest.fixture(scope="module")
def outcomes(folders) -> dict[str, Outcome]:
    """By the path of the main file."""
    return {
        f"{folder.name}/{outcome.names[0]}": outcome
        for folder in folders
        for outcome in folder.outcomes
    }


@pytest.fixture(scope="module")
def with_options(folders) -> dict[str, Outcome]:
    """By the path of the main file: what became of it when the user said what it does not."""
    return {
        f"{folder.name}/{outcome.names[0]}": outcome
        for folder in folders
        for outcome in folder.with_options
    }


def shapes(outcome: Outcome) -> list[tuple[str, int, float]]:
    return [
        (one.plan.stream, one.plan.spec.n_channels, round(one.plan.spec.sampling_rate_hz, 2))
        for one in outcome.streams
    ]


def test_each_file_of_each_folder_ends_in_one_place(folders):
    there = [
        str(Path(parent, name).relative_to(DATA))
        for parent, _, names in os.walk(DATA)
        for name in names
    ]
    told: list[str] = []
    for folder in folders:
        for outcome in folder.outcomes:
            told += [f"{folder.name}/{name}" for name in (*outcome.names, *outcome.described_by)]
        told += [f"{folder.name}/{name}" for name in folder.passed_over]
    assert Counter(os.path.normpath(path) for path in told) == Counter(there)


def test_each_recording_ends_in_windows_of_all_its_samples_or_in_a_reason(outcomes):
    refused = {path: one.refusal for path, one in outcomes.items() if one.refusal is not None}
    assert all(error.reason in Reason and error.message for error in refused.values())
    for path in outcomes.keys() - refused.keys():
        streams = outcomes[path].streams
        assert streams, path
        for one in streams:
            assert sum(epoch.n_samples for epoch in one.epochs) == one.plan.n_samples, path
            seconds = float(one.plan.n_samples / one.plan.spec.sampling_rate)
            # A window without a sample is not there: slower than 20 Hz, it is one a sample.
            assert one.n_windows >= min(seconds / 0.05, one.plan.n_samples) - 1, path


def test_every_warning_is_of_a_known_kind(outcomes):
    assert {kind for one in outcomes.values() for kind in one.kinds} <= set(WARNING_KINDS)


def test_a_neuralynx_recording_keeps_its_three_gaps(outcomes):
    # A folder is one recording; what was sampled with other gaps is a stream of its own.
    whole, with_gaps = outcomes[LAHC1].streams
    assert (whole.n_gaps, with_gaps.n_gaps) == (0, 3)
    assert with_gaps.gaps_s * 2000 == 100 + 7 + 23


@pytest.mark.parametrize(
    ("path", "expected", "told"),
    [
        (UNEVEN, [("eeg0", 1, 100.0), ("eeg1", 1, 12.8)], {"implausible_unit"}),
        (DUPLICATES, [("eeg0", 3, 250.0)], {"duplicate_labels"}),
        (MUSE_LSL, [("eeg0", 5, 256.0)], {"clock_jitter", "unknown_start"}),
        (
            CLOCK_RESETS,
            [("eeg0", 8, 92.89)],
            {"clock_drift", "clock_jitter", "unit_missing", "unknown_start"},
        ),
    ],
)
def test_known_traps_are_told(outcomes, path, expected, told):
    assert shapes(outcomes[path]) == expected
    assert set(outcomes[path].kinds) == told


def test_a_clock_reset_is_a_gap_and_a_clock_that_steps_back_is_none(outcomes):
    (reset,), (stepping,) = outcomes[CLOCK_RESETS].streams, outcomes[MUSE_LSL].streams
    assert (reset.n_gaps, stepping.n_gaps) == (1, 0)
    assert reset.gaps_s == pytest.approx(273.06, abs=0.01)
    (jitter,) = (n.detail for n in outcomes[MUSE_LSL].notices if n.kind == "clock_jitter")
    assert "step back by up to 15.0 ms" in jitter


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (KALUNGA, "implausible_unit"),
        (GRIP_HEADER, "implausible_unit"),
        ("biosppy/eeg_ec.txt", "unit_missing"),
        ("biosppy/eeg_eo.txt", "unit_missing"),
        ("biosppy/emg.txt", "unit_missing"),
    ],
)
def test_a_wrong_unit_is_told_until_the_user_names_the_right_one(
    outcomes, with_options, path, kind
):
    assert kind in outcomes[path].kinds
    assert kind not in with_options[path].kinds
    assert shapes(with_options[path]) == shapes(outcomes[path])


def test_an_acceleration_with_the_unit_of_another_is_told(outcomes):
    (told,) = (
        n.detail for n in outcomes["biosppy/acc.txt"].notices if n.kind == "implausible_unit"
    )
    assert "--unit g reads it right" in told


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (HYPNOGRAM, Reason.NO_SIGNAL),
        (MIND_MONITOR_SLOW, Reason.BAD_STREAM),
        ("eeg101_muse/blinks.csv", Reason.BAD_HEADER),
        ("moabb_tables/persubject_physionet_MDM.csv", Reason.UNKNOWN_FORMAT),
        ("kramer_case_studies/LFP-1.mat", Reason.UNKNOWN_FORMAT),
    ],
)
def test_what_is_no_recording_is_a_dead_letter_with_its_reason(outcomes, path, reason):
    assert outcomes[path].refusal.reason is reason


def test_a_rate_that_the_file_lacks_can_be_said(with_options):
    assert shapes(with_options["eeg101_muse/blinks.csv"]) == [("eeg0", 4, 256.0)]


def test_the_page_shows_what_comes_out(folders):
    assert not recording_outcomes.is_stale(), "run `python -m docs.recording_outcomes`"


def test_an_edited_outcome_is_stale(folders):
    page = recording_outcomes.PAGE.read_text()
    edited = page.replace("3 gaps", "2 gaps")
    assert edited != page
    parts = {recording_outcomes.PART: recording_outcomes.as_markdown}
    assert replaced(edited, parts) == page


def test_the_page_names_every_extension_that_is_read():
    page = recording_outcomes.PAGE.read_text().lower()
    assert [ending for ending in EXTENSIONS if f"`{ending}`" not in page] == []


def test_the_page_names_only_warnings_and_reasons_that_exist():
    page = recording_outcomes.PAGE.read_text()
    hand_written = page[: page.index("<!-- generated:")]
    told = set(re.findall(r"\(`([a-z]+(?:_[a-z]+)*)`\)", hand_written))
    assert len(told) > 10
    assert told <= {*WARNING_KINDS, *(reason.value for reason in Reason)}
