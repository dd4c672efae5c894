from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from transforms.batch_records import StreamOutcome, StreamTask
from transforms.compute_stream import compute_stream
from transforms.engine import StreamSpec
from transforms.recordings import Block, Marker, Notice, Run, StreamPlan
from transforms.render_reports import in_order, report_name, session_page
from transforms.row_identity import RowIdentity

NOTICE = Notice("duplicate_labels", "'A' is 'A-0'")


def outcome_of(stream: str, markers: tuple[Marker, ...] = ()) -> StreamOutcome:
    spec = StreamSpec("eeg", 100, (f"{stream}-Cz",))
    plan = StreamPlan(stream, spec, "edf", spec.channels, (1.0,), (Run(0, 0, 500),))
    identity = RowIdentity("clinic01", "a" * 16, "0" * 32)
    samples = np.random.default_rng(3).normal(0, 20, (500, 1))
    results = compute_stream(
        StreamTask("gs://b/made.edf", 1, identity, plan, (NOTICE,), markers), [Block(0, samples)]
    )
    (outcome,) = [result for result in results if isinstance(result, StreamOutcome)]
    return outcome


@pytest.fixture(scope="module")
def outcomes():
    first, second = outcome_of("eeg0"), outcome_of("eeg1")
    again = dataclasses.replace(second, identity=dataclasses.replace(second.identity, epoch=1))
    return [again, second, first]


def test_a_page_does_not_depend_on_the_order_of_arrival(outcomes):
    ordered = in_order(outcomes)
    assert [(o.identity.stream, o.identity.epoch) for o in ordered] == [
        ("eeg0", 0),
        ("eeg1", 0),
        ("eeg1", 1),
    ]
    assert session_page(ordered) == session_page(in_order(reversed(outcomes)))


def test_a_page_shows_the_file_its_streams_and_its_notices_once(outcomes):
    page = session_page(in_order(outcomes))
    assert "made.edf" in page
    assert "gs://b" not in page
    assert "eeg0-Cz" in page
    assert "eeg1-Cz" in page
    assert page.count("duplicate labels:") == 1
    assert page.count("eeg1 after restart 1, EEG") == 2  # in the list of streams, and its title


def test_markers_of_the_file_are_averaged_on_its_page():
    markers = tuple(Marker(k * 10**9, 0, "tone <1>") for k in range(5))
    assert "tone &lt;1&gt;" in session_page([outcome_of("eeg0", markers)])
    assert "Around markers" not in session_page([outcome_of("eeg0", markers[:4])])


def test_a_later_revision_has_a_page_of_its_own():
    assert report_name("s", 0) == "reports/s/report.html"
    assert report_name("s", 2) == "reports/s/report-r2.html"
