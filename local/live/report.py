"""The page of a live run: where the time went, where every sample is, what a researcher sees."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import importlib.resources
from collections.abc import Mapping, Sequence
from typing import Any

import jinja2

from local.live.account import StreamBalance
from local.live.equality import Equality
from local.live.plots import draw, waterfall
from local.live.queries import Answer, StageLatency
from transforms.report import words
from transforms.version import CODE_VERSION

MAX_ROWS = 16


@dataclasses.dataclass(frozen=True)
class LiveResult:
    """What a run showed.

    Attributes:
      source: what the devices recorded, in words.
      posts: what became of the devices' posts and packets: name to number.
      row_counts: (view, rows).
      equality: None where the batch job could not be run; `failures` says why.
      failures: what went wrong besides what the books say, a sentence each.
    """

    source: str
    seconds: float
    n_devices: int
    posts: Mapping[str, int]
    row_counts: Sequence[tuple[str, int]]
    latencies: Sequence[StageLatency]
    balances: Sequence[StreamBalance]
    answers: Sequence[Answer]
    equality: Equality | None
    n_windows: int
    archive_bytes: int
    failures: Sequence[str] = ()

    @property
    def problems(self) -> list[str]:
        """Everything that does not hold; none: the run shows what it promises."""
        found = [*self.failures, *(each for one in self.balances for each in one.problems)]
        if not any(one.told for one in self.balances):
            found.append("no device was told that a sample is accepted")
        if self.equality is not None and not self.equality.holds:
            found.append(f"stream and batch: {self.equality}")
        return found

    @property
    def told_samples(self) -> int:
        """Samples that devices were told are accepted."""
        return sum(one.told for one in self.balances if not one.is_events)

    def stage(self, name: str) -> StageLatency | None:
        """A stage of the waterfall."""
        return next((stage for stage in self.latencies if stage.stage == name), None)


def summary_text(result: LiveResult, page: str) -> str:
    """What the terminal shows at the end."""
    lines = [
        f"{result.n_devices} devices posted {result.source} for {words.duration(result.seconds)}: "
        + ", ".join(f"{n:,} {name}" for name, n in result.posts.items()),
        f"{result.told_samples:,} samples accepted, {result.n_windows:,} windows in Bigtable, "
        f"{result.archive_bytes / 1e6:.1f} MB in the archive",
        "rows: " + ", ".join(f"{name} {n:,}" for name, n in result.row_counts),
        "",
        f"{'':22}{'p50':>9}{'p95':>9}{'p99':>9}",
    ]
    lines += [
        f"{stage.stage:22}{stage.p50_ms:6.0f} ms{stage.p95_ms:6.0f} ms{stage.p99_ms:6.0f} ms"
        for stage in result.latencies
    ]
    problems = result.problems
    lines.append("")
    if not any(one.problems for one in result.balances):
        lines.append(
            f"Every sample is accounted for: {result.told_samples:,} told to devices as accepted, "
            "each in a window, or late, in the archive and in the job's account."
        )
    if result.equality is not None:
        lines.append(f"Batch over the archive against the stream: {result.equality}.")
    lines += [f"DOES NOT HOLD: {problem}" for problem in problems[:MAX_ROWS]]
    if len(problems) > MAX_ROWS:
        lines.append(f"... and {len(problems) - MAX_ROWS} more")
    return "\n".join([*lines, f"Report: {page}"])


@functools.cache
def _template() -> jinja2.Template:
    own = importlib.resources.files(__package__)
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    shared = importlib.resources.files("transforms.report").joinpath("report.css")
    environment.globals["style"] = shared.read_text("utf-8")
    return environment.from_string(own.joinpath("report.html.j2").read_text("utf-8"))


def render_live_report(result: LiveResult) -> str:
    """A self-contained HTML page: nothing is fetched, no script."""
    return _template().render(
        result=result,
        problems=result.problems[:MAX_ROWS],
        n_problems=len(result.problems),
        tiles=_tiles(result),
        waterfall=waterfall(result.latencies),
        balances=[_balance(one) for one in result.balances],
        answers=[_answer(one) for one in result.answers],
        duration=words.duration(result.seconds),
        code_version=CODE_VERSION,
        made=f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC",
    )


def _tiles(result: LiveResult) -> list[tuple[str, str]]:
    door = result.stage("door to Bigtable")
    return [
        ("devices", f"{result.n_devices}"),
        ("posted for", words.duration(result.seconds)),
        ("samples accepted", f"{result.told_samples:,}"),
        ("windows", f"{result.n_windows:,}"),
        ("door to Bigtable, p95", f"{door.p95_ms:.0f} ms" if door else words.NONE),
        ("does not hold", f"{len(result.problems)}"),
    ]


def _balance(one: StreamBalance) -> dict[str, Any]:
    job = dataclasses.asdict(one.job) if one.job else {}
    of, computed = ("packets", None) if one.is_events else ("samples", job.get("samples_computed"))
    numbers = [
        one.told,
        computed,
        None if one.is_events else one.in_windows,
        job.get(f"{of}_late"),
        job.get(f"{of}_refused"),
        one.in_archive,
        job.get(f"{of}_duplicate"),
        job.get(f"{of}_in_gaps"),
    ]
    cells = [words.NONE if number is None else f"{number:,}" for number in numbers]
    name = f"{one.key} (packets)" if one.is_events else str(one.key)
    return {"name": name, "cells": cells, "balances": not one.problems}


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "text": answer.question.text,
        "sql": answer.question.sql,
        "figure": draw(answer),
        "columns": list(answer.rows[0]) if answer.rows else [],
        "rows": [[_cell(value) for value in row.values()] for row in answer.rows[:MAX_ROWS]],
        "n_more": max(0, len(answer.rows) - MAX_ROWS),
    }


def _cell(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return words.NONE if value is None else ("yes" if value else "no")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return words.number(value) if abs(value) < 1e9 else f"{value:.0f}"
    return words.safe(str(value))
