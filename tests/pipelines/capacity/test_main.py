from __future__ import annotations

import json

import pytest

from pipelines.capacity.__main__ import main


def told(capsys, *argv):
    code = main(argv)
    return code, capsys.readouterr().out


def test_the_plan_of_the_issue_names_every_service_and_its_cost(capsys):
    code, text = told(
        capsys, *["--devices", "10000", "--channels", "8", "--rate", "250", "--hours", "8"]
    )
    assert code == 0
    for service in ("Functions", "Pub/Sub", "Dataflow", "Bigtable", "BigQuery", "Cloud KMS"):
        assert service in text
    assert "Bottleneck: " in text
    assert "Prices of 20" in text


def test_a_fleet_beyond_a_quota_is_told_and_ends_with_1(capsys):
    code, text = told(capsys, "--devices", "100000")
    assert code == 1
    assert "EXCEEDED" in text


def test_own_prices_and_quotas_count(capsys, tmp_path):
    own = tmp_path / "own.json"
    own.write_text(json.dumps({"prices": {"bigtable_node_h": 0}, "quotas": {"bigtable_nodes": 1}}))
    code, text = told(capsys, "--json", "--prices", str(own), "--bigtable-days", "0")
    found = json.loads(text)
    assert code == 1
    assert found["services"]["Bigtable"]["us_dollars_a_month"] == {"nodes": 0, "storage": 0}
    assert [one["name"] for one in found["quotas"] if one["exceeded"]] == ["bigtable_nodes"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "prices"),
        ("no JSON", "JSON"),
        ('{"prices": {"gold": 1}}', "gold"),
        ('{"prices": {"pubsub_tib": "dear"}}', "pubsub_tib"),
        ('{"quotas": {"bigtable_nodes": -1}}', "bigtable_nodes"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_with_what_would_be_right(
    capsys, tmp_path, content, said
):
    own = tmp_path / "own.json"
    own.write_text(content)
    with pytest.raises(SystemExit) as ended:
        main(["--prices", str(own)])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_an_impossible_fleet_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--hours", "25"])
    assert ended.value.code == 2
    assert "hours is 25" in capsys.readouterr().err


def test_the_chart_shows_every_service_and_is_the_same_each_time(tmp_path, capsys):
    pictures = []
    for name in ("a.svg", "b.svg"):
        told(capsys, "--chart", str(tmp_path / name))
        pictures.append((tmp_path / name).read_bytes())
    assert pictures[0] == pictures[1]
    assert pictures[0].startswith(b"<?xml")
