"""Whoever is woken can do what the page says: every command and every table in it exists."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines import erase
from pipelines.backup import backup_parser
from pipelines.batch_options import batch_parser
from pipelines.capacity import __main__ as capacity
from pipelines.replay import replay_parser
from pipelines.restore import restore_parser
from pipelines.rewrap import rewrap_parser
from pipelines.stream_options import stream_parser
from schemas.views import all_views
from transforms.table_part import TABLES

PAGE = Path(__file__).resolve().parents[1] / "docs" / "operations.md"
TEXT = PAGE.read_text()
PARSERS = {
    "backup": backup_parser,
    "batch": batch_parser,
    "capacity": capacity._parser,
    "erase": erase._parser,
    "replay": replay_parser,
    "restore": restore_parser,
    "rewrap": rewrap_parser,
    "stream": stream_parser,
}
TAKES_BEAMS = {"batch", "erase", "rewrap", "stream"}
GOOGLES = {
    *("gcloud dataflow jobs list", "gcloud dataflow jobs drain", "gcloud logging read"),
    *("gcloud pubsub subscriptions seek", "gcloud pubsub topics describe"),
    *("gcloud run jobs executions list", "gcloud bigtable clusters list", "bq ls"),
}
"""Commands of Google's tools, looked up in their reference."""


def commands() -> list[str]:
    """Every `python -m pipelines...` of the page, in blocks or in a line."""
    joined = TEXT.replace("\\\n", " ")
    blocks = re.findall(r"^```sh\n(.*?)^```", joined, re.MULTILINE | re.DOTALL)
    found = [line for block in blocks for line in block.splitlines()]
    outside = re.sub(r"^```.*?^```", "", joined, flags=re.MULTILINE | re.DOTALL)
    found += re.findall(r"`([^`\n]+)`", outside)
    return [" ".join(one.split()) for one in found]


JOBS = sorted({one for one in commands() if one.startswith("python -m pipelines.")})


def beam_options() -> set[str]:
    parser = argparse.ArgumentParser(allow_abbrev=False, conflict_handler="resolve")
    for kind in PipelineOptions.__subclasses__():
        if add := getattr(kind, "_add_argparse_args", None):
            add(parser)
    return set(parser._option_string_actions)


@pytest.mark.parametrize("command", JOBS)
def test_a_command_of_a_job_is_taken(command):
    module, *arguments = shlex.split(command)[2:]
    job = module.removeprefix("pipelines.")
    known, others = PARSERS[job]().parse_known_args(arguments)  # exits where it refuses
    assert known is not None
    named = {other.partition("=")[0] for other in others if other.startswith("--")}
    assert not named or job in TAKES_BEAMS
    assert named <= beam_options()


def test_every_job_that_mends_something_is_on_the_page():
    assert {shlex.split(one)[2].removeprefix("pipelines.") for one in JOBS} == set(PARSERS)


@pytest.mark.parametrize("option", sorted(set(re.findall(r"`(--[a-z_-]+)", TEXT))))
def test_an_option_that_is_named_alone_exists(option):
    known = {o for make in PARSERS.values() for o in options_of(make())}
    assert option in known | beam_options()


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    found = set(parser._option_string_actions)
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                found |= options_of(inner)
    return found


def test_commands_of_google_are_those_that_were_looked_up():
    asked = {one for one in commands() if one.split(" ")[0] in {"gcloud", "bq"}}
    assert {known for known in GOOGLES if any(one.startswith(known) for one in asked)} == GOOGLES
    assert all(any(one.startswith(known) for known in GOOGLES) for one in asked)


@pytest.mark.parametrize(
    "query", re.findall(r"^```sql\n(.*?)\n```", TEXT, re.MULTILINE | re.DOTALL)
)
def test_a_query_reads_what_there_is(query):
    views = all_views(TABLES.values())
    (name,) = re.findall(r"FROM research\.(\w+)", query)
    sql = views[name].sql
    columns = {column.name for column in TABLES[name].columns} if name in TABLES else None
    for word in re.findall(r"\b[a-z_]{3,}\b", query.replace(f"research.{name}", "")):
        if word == "letters":  # an alias
            continue
        assert word in columns if columns else re.search(rf"\b{word}\b", sql), word


def test_views_and_tables_that_are_named_exist():
    views = all_views(TABLES.values())
    for name in ("latency_waterfall", "quality_alerts", "sample_accounts", "clock_fits", "events"):
        assert f"`{name}`" in TEXT
        assert name in views
