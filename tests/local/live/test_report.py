from __future__ import annotations

import dataclasses
import html.parser

import pytest

from local.live.equality import Equality
from local.live.plots import draw, waterfall
from local.live.queries import Answer, Plot, Question, StageLatency
from local.live.report import LiveResult, render_live_report, summary_text
from tests.local.live.books import BALANCE, KEY

LINES = Answer(
    Question("Alpha?", "SELECT alpha", Plot.LINES, "µV²"),
    tuple(
        {"name": name, "x": 1.7e9 + second, "value": second**2.0}
        for name in ("one", "two")
        for second in range(5)
    ),
)
BARS = Answer(
    Question("Which?", "SELECT kind", Plot.BARS),
    ({"name": "<script>", "value": 3}, {"name": "late", "value": 0}),
)
RESULT = LiveResult(
    source="simulated EEG",
    seconds=60.0,
    n_devices=1,
    posts={"posts": 60, "packets": 240},
    row_counts=[("features_1s", 60)],
    latencies=[StageLatency("door to Bigtable", 60, 120.0, 240.0, 300.0)],
    balances=[BALANCE],
    answers=[LINES, BARS, Answer(Question("None?", "SELECT nothing"), ())],
    equality=Equality(1200, 0, ()),
    n_windows=1200,
    archive_bytes=1_500_000,
)


def without(**changed):
    return dataclasses.replace(RESULT, **changed)


def test_a_run_that_holds_says_so_on_the_page_and_the_terminal():
    page, text = render_live_report(RESULT), summary_text(RESULT, "out/report.html")
    assert RESULT.problems == []
    assert "Every sample is accounted for: 120 told" in text
    assert "all 1,200 windows are the same, bit for bit" in text
    assert "240 ms" in text
    assert "does not hold" not in text.lower()
    assert 'class="good"' in page
    assert "SELECT alpha" in page


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"balances": [dataclasses.replace(BALANCE, told=121)]}, "121 samples told"),
        ({"balances": []}, "no device was told"),
        ({"equality": Equality(1199, 1, (KEY,))}, "1 of 1,200 windows differ"),
        ({"failures": ("the job ended with code 1",)}, "ended with code 1"),
    ],
)
def test_whatever_does_not_hold_is_said_first(changed, said):
    result = without(**changed)
    assert len(result.problems) == 1
    assert f"DOES NOT HOLD: {result.problems[0]}" in summary_text(result, "out/report.html")
    page = render_live_report(result)
    assert said in page
    assert 'class="good"' not in page


def test_the_page_is_well_formed_fetches_nothing_and_runs_nothing():
    page = render_live_report(RESULT)
    open_tags, seen = [], set()

    class Reader(html.parser.HTMLParser):
        def handle_starttag(self, tag, attrs):
            seen.add(tag)
            assert not {"src", "href"} & dict(attrs).keys()
            if tag not in {"meta", "br", "path"}:
                open_tags.append(tag)

        def handle_endtag(self, tag):
            if tag != "path":
                assert open_tags.pop() == tag

    Reader().feed(page)
    assert open_tags == []
    assert "script" not in seen
    assert {"svg", "table"} <= seen


def test_a_line_goes_from_the_lowest_to_the_highest_value():
    figure = draw(LINES)
    assert figure is not None
    assert [(lane.name, lane.scale) for lane in figure.lanes] == [
        ("one", "0 to 16 µV²"),
        ("two", "0 to 16 µV²"),
    ]
    assert "M0 58" in figure.lanes[0].drawing
    assert "L1000 2" in figure.lanes[0].drawing


def test_the_longest_bar_fills_its_lane_and_nothing_has_none():
    figure = draw(BARS)
    assert figure is not None
    assert "H1000.0" in figure.lanes[0].drawing
    assert "<path" not in figure.lanes[1].drawing


def test_an_answer_without_rows_is_told_not_drawn():
    assert draw(dataclasses.replace(LINES, rows=())) is None
    assert "No rows." in render_live_report(RESULT)


def test_a_run_without_latencies_has_a_page_too():
    assert waterfall([]).lanes == ()
    assert "Nothing was written." in render_live_report(without(latencies=[]))
