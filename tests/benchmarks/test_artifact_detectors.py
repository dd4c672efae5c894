"""Each detector of the comparison does what it is said to do, on one short simulated recording."""

from __future__ import annotations

import functools

import pytest

pytest.importorskip("autoreject", reason="pip install -r requirements-bench.txt")

from benchmarks import artifact_detectors
from benchmarks.contenders import autoreject_epochs, mne_artifacts
from benchmarks.contenders.detector import Detector
from benchmarks.detector_scores import Scored, scored
from benchmarks.labelled import Labelled, simulated

SEED = 4001


@functools.cache
def recording(*, quiet: bool) -> Labelled:
    """A minute with artifacts of every kind, or with blinks and muscle alone."""
    off = artifact_detectors.OTHERS_OFF if quiet else {}
    return simulated(SEED, 60.0, sampling_rate_hz=500, **off)


def result(detector: Detector, *, quiet: bool = False) -> Scored:
    return scored(detector, [recording(quiet=quiet)])


def test_clean_time_holds_no_artifact():
    one = recording(quiet=False)
    spoilt = [span for spans in one.truth.values() for span in spans]
    assert len(one.clean) > 3
    assert all(b <= start or end <= a for a, b in one.clean for start, end in spoilt)


@pytest.mark.parametrize("detector", artifact_detectors.OF_ONE_KIND[:4], ids=lambda one: one.name)
def test_blinks_and_muscle_are_found_where_nothing_else_is(detector):
    _, best = result(detector, quiet=True).in_hindsight
    assert best.events.f1 >= 0.8


@pytest.mark.parametrize("detector", artifact_detectors.OF_ONE_KIND[4:], ids=lambda one: one.name)
def test_flats_and_pops_are_found(detector):
    assert result(detector).recommended.events.recall >= 0.9


@pytest.mark.parametrize(
    "detector", [mne_artifacts.MUSCLE, mne_artifacts.BLINK], ids=lambda one: one.name
)
def test_a_lower_threshold_finds_no_less(detector):
    low, *_, high = [one for one in detector.settings if one != detector.recommended]
    outcomes = result(detector, quiet=True).outcomes
    assert outcomes[low].events.recall >= outcomes[high].events.recall
    assert outcomes[low].clean_share >= outcomes[high].clean_share


def test_autoreject_marks_whole_epochs_of_a_second():
    marked = autoreject_epochs.ALL.find(recording(quiet=False), autoreject_epochs.ALL.settings)
    rejected, any_sensor = (marked[setting] for setting in autoreject_epochs.ALL.settings)
    assert set(rejected) <= set(any_sensor)
    assert any_sensor
    assert all(end - start == 1 and start == int(start) for start, end in any_sensor)


def test_who_knows_the_truth_finds_every_event_with_whole_epochs():
    assert set(result(autoreject_epochs.PERFECT).recommended.recalls.values()) == {1.0}


def test_a_row_has_a_cell_for_every_head():
    rows = artifact_detectors.of_one_kind_rows([result(mne_artifacts.POP)], "made")
    assert [len(row) for row in rows] == [7]
    assert rows[0][0] == mne_artifacts.POP.name


def test_the_page_has_a_row_for_every_detector_and_kind_of_recording():
    page = artifact_detectors.PAGE.read_text()
    table = page[page.index(artifact_detectors.BEGIN) : page.index(artifact_detectors.END)]
    detectors = (*artifact_detectors.OF_ONE_KIND, *artifact_detectors.OF_ALL_KINDS)
    assert [one.name for one in detectors if f"| {one.name}" not in table] == []
    assert [what for what in artifact_detectors.SETTINGS if f"| {what} |" not in table] == []
