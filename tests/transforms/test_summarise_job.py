from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from transforms.batch_records import DeadLetter
from transforms.row_identity import RowIdentity
from transforms.summarise_job import letter_line, summary_json

WHO = RowIdentity("clinic01", "a" * 16, None)
LETTERS = [
    letter_line(DeadLetter(path, "OpenRecordings", "empty", "no bytes", WHO))
    for path in ("b.edf", "a.edf", "\u00fc.edf")
]
STREAMS = [
    ("streams", {"path": path, "stream": stream, "epoch": epoch, "n_windows": 7})
    for path in ("b.edf", "a.edf")
    for stream in ("eeg1", "eeg0")
    for epoch in (10, 9)
]


@given(st.permutations(LETTERS + STREAMS))
def test_any_order_of_arrival_gives_the_same_summary(lines):
    assert summary_json(lines) == summary_json(LETTERS + STREAMS)


def test_lines_are_by_file_stream_and_epoch():
    summary = json.loads(summary_json(LETTERS + STREAMS))
    assert [letter["path"] for letter in summary["dead_letters"]] == [
        "a.edf",
        "b.edf",
        "\u00fc.edf",
    ]
    keys = [(s["path"], s["stream"], s["epoch"]) for s in summary["streams"]]
    assert keys == sorted(keys)


def test_an_empty_job_has_a_summary():
    assert json.loads(summary_json([])) == {"streams": [], "dead_letters": []}
