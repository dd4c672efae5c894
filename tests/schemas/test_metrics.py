"""The registry of metrics is what the code emits: each that is registered, and no other."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.metrics import (
    BEAM_METRICS,
    LOGS,
    METRICS,
    STAGES_OF_A_ROW,
    Metric,
    MetricKind,
    beam_metrics_named,
)
from transforms.rows_to_seal import StageTimes

ROOT = Path(__file__).resolve().parents[2]
WHO = re.compile("session|subject|device|channel|tenant|stream$|row|path|time")
LEVELS = {"debug", "info", "warning", "error", "critical", "log"}

Emitted = tuple[str, str, str]
"""Kind, step and name as the code writes it, `{}` for what is put in."""


def sources(*folders: str) -> Iterator[tuple[str, ast.AST]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            yield module.removesuffix(".__init__"), ast.parse(path.read_text())


def template_of(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    assert isinstance(node, ast.JoinedStr), f"line {node.lineno}: a name that cannot be read here"
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
    )


def calls_in(tree: ast.AST) -> Iterator[tuple[str, ast.expr, ast.expr]]:
    """Calls of `Metrics`: which, and the step and the name that they are given.

    A function that only passes its argument on as the name stands for its own calls.
    """
    passed_on: dict[str, tuple[str, ast.expr]] = {}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and len(function.args.args) == 1:
            for kind, step, name in direct_calls_in(function):
                if isinstance(name, ast.Name) and name.id == function.args.args[0].arg:
                    passed_on[function.name] = kind, step
    for kind, step, name in direct_calls_in(tree):
        if not (isinstance(name, ast.Name) and passed_on):
            yield kind, step, name
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in passed_on:
            yield *passed_on[ast.unparse(node.func)], node.args[0]


def direct_calls_in(tree: ast.AST) -> Iterator[tuple[str, ast.expr, ast.expr]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and re.match(r"Metrics\.\w+$", ast.unparse(node.func)):
            assert isinstance(node.func, ast.Attribute)
            step, name = node.args
            yield node.func.attr, step, name


def emitted_in(module: str, tree: ast.AST) -> Iterator[Emitted]:
    for kind, step, name in calls_in(tree):
        assert isinstance(step, ast.Name)
        yield kind, getattr(importlib.import_module(module), step.id), template_of(name)


def labels_in(tree: ast.AST) -> Iterator[str]:
    """What the code puts into names of metrics."""
    for _, _, name in calls_in(tree):
        for part in ast.walk(name):
            if isinstance(part, ast.FormattedValue):
                yield ast.unparse(part.value)


@pytest.fixture(scope="module")
def emitted() -> set[Emitted]:
    found = sources("transforms", "pipelines")
    return {one for module, tree in found for one in emitted_in(module, tree)}


def registered() -> set[Emitted]:
    return {(str(metric.kind), metric.step, metric.template) for metric in BEAM_METRICS}


def test_each_metric_of_the_jobs_is_registered_and_each_registered_one_is_emitted(emitted):
    assert emitted == registered()


def test_the_walk_finds_what_is_not_registered():
    tree = ast.parse('STAGE = "x"\nMetrics.counter(STAGE, f"packets-{device}-lost").inc()')
    (found,) = emitted_in("transforms.write_archive", tree)
    assert found == ("counter", "WriteArchive", "packets-{}-lost")
    assert found not in registered()


def test_no_metric_is_registered_twice():
    assert len({(metric.step, metric.name) for metric in METRICS}) == len(METRICS)


def test_no_label_could_grow_without_bound():
    assert not [label for metric in METRICS for label in metric.labels if WHO.search(label)]
    allowed = {"row.table.table_id", "part.table", "table"}
    for _, tree in sources("transforms", "pipelines"):
        for label in labels_in(tree):
            assert label in allowed or not WHO.search(label), label


def test_stages_are_between_times_that_a_live_row_has():
    known = {*StageTimes.__dataclass_fields__, "written_ns"}
    assert {time for pair in STAGES_OF_A_ROW.values() for time in pair} <= known


def test_a_name_is_that_of_its_metric_only():
    assert [one.step for one in beam_metrics_named("windowed-to-written-ms-le-100")] == [
        "WriteSealedRows"
    ]
    assert beam_metrics_named("windowed-to-written-ms-le-101") == []
    assert beam_metrics_named("received-to-published-ms_MEAN")
    assert beam_metrics_named("windows_MEAN") == []


def log_calls(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if ast.unparse(node.func.value) != "_LOG" or node.func.attr not in LEVELS:
                continue
            text = node.args[1 if node.func.attr == "log" else 0]
            if isinstance(text, ast.Constant):
                yield str(text.value)


@pytest.mark.parametrize("metric", LOGS, ids=lambda metric: metric.name)
def test_each_line_that_is_counted_is_logged_with_its_fields(metric: Metric):
    assert metric.kind is MetricKind.LOG
    written: dict[str, set[str]] = {}
    for module, tree in sources("functions", "security"):
        if metric.name in set(log_calls(tree)):
            written[module] = names_in(tree)
    assert len(written) == 1, "logged in one place"
    ((module, names),) = written.items()
    if module == "functions.sweep.main":  # it writes the fields of what the sweep returns
        names |= set(importlib.import_module("functions.sessions.sweep").Swept.__annotations__)
    assert set(metric.fields) <= names


def names_in(tree: ast.AST) -> set[str]:
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
