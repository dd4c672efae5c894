from __future__ import annotations

from typing import Any

from pipelines.batch_options import parse_batch_options
from pipelines.batch_summary import summary_text

SETTINGS, _ = parse_batch_options(["--input", "x/*.edf", "--output", "out"])


class Done:
    """A runner's result without counters."""

    def metrics(self):
        return self

    def query(self, _):
        return {"counters": []}


def stream(**more: Any) -> dict[str, Any]:
    return {
        "path": "x/a.edf",
        "session": "s1",
        "stream": "eeg0",
        "epoch": 0,
        "n_channels": 2,
        "n_windows": 500,
        "flagged": {"blink": 100, "pop": 0, "muscle": 250},
        "any_flagged": 300,
        "notices": [],
        "report": "reports/s1/report.html",
    } | more


def text_of(streams, letters=()):
    summary = {"streams": list(streams), "dead_letters": list(letters)}
    return summary_text(summary, SETTINGS, Done())  # type: ignore[arg-type]


def test_numbers_are_summed_and_shares_are_of_all_windows_and_channels():
    lines = text_of([stream(), stream(stream="eeg1")]).splitlines()
    assert lines[0] == "1 recording, 2 streams, 1,000 windows of 50 ms."
    assert lines[1] == (
        "70.0 % of all windows and channels are clean; flagged: muscle 25.0 %, blink 10.0 %."
    )
    assert lines[2] == "Report of a.edf: out/reports/s1/report.html"


def test_a_notice_of_a_file_is_told_once():
    notices = [["duplicate_labels", None, "A is A-0"]]
    text = text_of([stream(notices=notices), stream(stream="eeg1", notices=notices)])
    assert text.count("duplicate labels: A is A-0") == 1


def test_long_lists_are_cut_and_say_so():
    letters = [
        {"path": f"x/{i}.edf", "stage": "s", "reason": "empty", "message": "m"} for i in range(50)
    ]
    text = text_of([], letters)
    assert "50 files not used, or not to the end:" in text
    assert "... and 30 more, in summary.json" in text
