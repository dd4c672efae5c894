"""Alerts watch what the code emits, and say where help is."""

from __future__ import annotations

import re

import pytest
import yaml

from schemas.metrics import BEAM_METRICS, LOGS
from tests.terraform.modules import ROOT

FOLDER = ROOT / "modules" / "monitoring"
ALERTS = yaml.safe_load((FOLDER / "alerts.yaml").read_text())
LOG_METRICS = yaml.safe_load((FOLDER / "log_metrics.yaml").read_text())
BOUNDED = {"status", "service", "reason", "stage", "function"}


def of_source(source):
    return sorted(name for name, alert in ALERTS.items() if alert["source"] == source)


@pytest.mark.parametrize("name", of_source("beam"))
def test_a_job_counts_what_an_alert_watches(name):
    alert = ALERTS[name]
    for metric in filter(None, (alert["name"], alert.get("of"))):
        begins = metric.removesuffix("*")
        found = [
            known
            for known in BEAM_METRICS
            if known.step == alert["step"]
            and (known.name.startswith(begins) if begins != metric else known.has_name(metric))
        ]
        assert found, f"{alert['step']} does not count {metric}"


@pytest.mark.parametrize("name", of_source("log"))
def test_an_alert_on_logs_watches_a_metric_that_is_made(name):
    assert ALERTS[name]["name"] in LOG_METRICS


@pytest.mark.parametrize("name", sorted(LOG_METRICS))
def test_functions_log_what_is_counted(name):
    message = re.search(r'jsonPayload\.message = "([^"]+)"', LOG_METRICS[name]["filter"])
    assert message
    assert message[1] in {log.name for log in LOGS}


@pytest.mark.parametrize("name", sorted(LOG_METRICS))
def test_labels_have_few_values(name):
    assert set(LOG_METRICS[name]["labels"]) <= BOUNDED


@pytest.mark.parametrize("name", sorted(ALERTS))
def test_an_alert_is_whole(name):
    alert = ALERTS[name]
    assert alert["source"] in {"google", "beam", "log"}
    assert alert["severity"] in {"CRITICAL", "WARNING"}
    assert sum(key in alert for key in ("above", "below", "absent")) == 1
    assert alert["for_s"] % 60 == 0
    assert re.fullmatch(r"[A-Z][A-Za-z/ ]+", alert["title"])


def test_the_loudest_troubles_have_an_alert():
    assert {"data_stop", "oldest_packet_waits", "watermark_lags", "dead_letters"} <= set(ALERTS)
    assert {"keys_are_refused", "functions_fail", "erasure_failed"} <= set(ALERTS)
