"""Alerts and dashboards watch what the code emits or Google documents, and say where help is."""

from __future__ import annotations

import re

import pytest
import yaml

from schemas.metrics import LOGS, STAGES_OF_A_ROW, MetricKind, beam_metrics_named
from tests.terraform.modules import ROOT

FOLDER = ROOT / "modules" / "monitoring"
ALERTS, CHARTS, LOG_METRICS, GOOGLE_METRICS = (
    yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    for name in ("alerts", "charts", "log_metrics", "google_metrics")
)
OPERATIONS = (ROOT.parent / "docs" / "operations.md").read_text()
BOUNDED = {"status", "service", "reason"}
WORD = re.compile(r"(\w+)\(([^(), ]+), (\d+)\)")
DELTAS_ONLY = {"ALIGN_RATE", "ALIGN_DELTA"}

QUERIES = {f"alert {n}": alert["query"] for n, alert in ALERTS.items() if "query" in alert} | {
    f"{chart['title']}: {line}": query for chart in CHARTS for line, query in chart["lines"].items()
}
GOOGLE_ALERTS = sorted(name for name, alert in ALERTS.items() if alert["source"] == "google")


def google_metrics_of(query: str) -> list[str]:
    return re.findall(r'__name__="([\w./]+)"', query)


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_a_query_asks_for_what_is_emitted(name):
    query = QUERIES[name]
    words = WORD.findall(query)
    assert words or google_metrics_of(query)
    rest = WORD.sub("", re.sub(r"\{[^}]*\}", "", query))
    assert not re.search(r"googleapis|\w-\w", rest), "a metric that is not asked for by a word"
    for word, what, seconds in words:
        assert 60 <= int(seconds) <= 3600
        if word == "grown" and what.endswith(".*"):
            assert counters_beginning(what.removesuffix(".*")), what
        elif word == "grown":
            (metric,) = beam_metrics_named(what)  # of two steps it would be the sum of both
            assert metric.kind is MetricKind.COUNTER
        elif word == "p95":
            assert what in STAGES_OF_A_ROW
        else:
            assert ("value" in LOG_METRICS[what]) == (word in {"summed", "mean"}), what


def counters_beginning(begins: str) -> list[str]:
    from schemas.metrics import BEAM_METRICS

    return [metric.step for metric in BEAM_METRICS if metric.name.startswith(begins)]


@pytest.mark.parametrize("name", GOOGLE_ALERTS)
def test_an_alert_on_googles_metric_may_align_it_so(name):
    alert = ALERTS[name]
    known = GOOGLE_METRICS[alert["metric"]]
    assert alert["resource"] == known["resource"]
    if alert["align"] in DELTAS_ONLY:  # Cloud Monitoring refuses them for a gauge
        assert known["kind"] == "DELTA"
    assert alert["align"].startswith("ALIGN_PERCENTILE") == (known["type"] == "DISTRIBUTION")


def test_every_metric_of_google_that_is_listed_is_used_and_none_else():
    used = {ALERTS[name]["metric"] for name in GOOGLE_ALERTS}
    used |= {metric for query in QUERIES.values() for metric in google_metrics_of(query)}
    if any("grown(" in query or "p95(" in query for query in QUERIES.values()):
        used.add("dataflow.googleapis.com/job/user_counter")
    assert used == set(GOOGLE_METRICS)


@pytest.mark.parametrize("name", sorted(LOG_METRICS))
def test_functions_log_what_is_counted(name):
    metric = LOG_METRICS[name]
    said = re.search(r'jsonPayload\.message =~? "\^?([^"*]+)', metric["filter"])
    assert said
    begins = said[1].rstrip(".")
    (log,) = [log for log in LOGS if log.name == begins or log.name.split("%")[0] == begins]
    asked = re.findall(r"jsonPayload\.(\w+)", str([metric, metric["labels"]]))
    assert set(asked) - {"message"} <= set(log.fields)


@pytest.mark.parametrize("name", sorted(LOG_METRICS))
def test_labels_have_few_values(name):
    assert set(LOG_METRICS[name]["labels"]) <= BOUNDED


def test_every_metric_of_logs_is_watched():
    watched = {what for query in QUERIES.values() for _, what, _ in WORD.findall(query)}
    assert set(LOG_METRICS) <= watched


def test_every_stage_has_an_alert_or_is_drawn():
    drawn = {what for query in QUERIES.values() for word, what, _ in WORD.findall(query)}
    assert set(STAGES_OF_A_ROW) <= drawn
    alerted = " ".join(alert.get("query", "") for alert in ALERTS.values())
    for stage in set(STAGES_OF_A_ROW) - {"device-to-written"}:  # the sum of two others
        assert f"grown({stage}-ms-le-" in alerted


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_an_alert_is_whole(name):
    alert = ALERTS[name]
    assert alert["source"] in {"google", "promql"}
    assert alert["severity"] in {"CRITICAL", "WARNING"}
    assert sum(key in alert for key in ("above", "below")) == (0 if name == "data_stop" else 1)
    assert alert["for_s"] % 60 == 0
    assert re.fullmatch(r"[A-Z][A-Za-z/ ]+", alert["title"])


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_an_alert_has_its_runbook(name):
    heading = f"\n### {ALERTS[name]['title']}\n"
    assert heading in OPERATIONS
    section = OPERATIONS.split(heading)[1].split("\n#")[0]
    for part in ("**Look**", "**Do**", "**Over**"):
        assert part in section, f"{part} is missing"


def test_no_runbook_is_of_an_alert_that_is_gone():
    section = OPERATIONS.split("\n## Alerts\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^### (.*)$", section, re.MULTILINE)) == {
        *(alert["title"] for alert in ALERTS.values()),
        "Cost surprise",
    }


def test_the_loudest_troubles_have_an_alert():
    assert {"data_stop", "oldest_packet_waits", "watermark_lags", "dead_letters"} <= set(ALERTS)
    assert {"keys_are_refused", "functions_fail", "erasure_failed"} <= set(ALERTS)
