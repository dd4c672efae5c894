"""What the batch job tells at its end."""

from __future__ import annotations

from typing import Any

from apache_beam.io.filesystems import FileSystems
from apache_beam.metrics.metric import MetricsFilter
from apache_beam.runners.runner import PipelineResult

from pipelines.batch_options import BatchSettings
from transforms.compute_windows import STAGE as COMPUTE_STAGE

MAX_LINES = 20  # of each list: a screen; the rest is in summary.json


def summary_text(summary: dict[str, Any], settings: BatchSettings, result: PipelineResult) -> str:
    """Recordings, streams, windows, shares of flags, refused files, and where everything is."""
    streams, letters = summary["streams"], summary["dead_letters"]
    recordings = {stream["session"] for stream in streams}
    lines = []
    if not streams and not letters:
        patterns = ", ".join(settings.patterns)
        lines.append(f"No file matches, or none that is a recording: {patterns}.")
    else:
        lines.append(
            f"{_count(len(recordings), 'recording')}, {_count(len(streams), 'stream')},"
            f" {_count(sum(s['n_windows'] for s in streams), 'window')} of 50 ms"
            f"{_speed(result)}."
        )
    lines += _flag_lines(streams)
    lines += _notice_lines(streams)
    lines += _letter_lines(letters)
    if streams:
        join = FileSystems.join
        reports = {s["report"]: _name(s["path"]) for s in streams if s["report"]}
        lines += _shortened(
            [f"Report of {name}: {join(settings.output, page)}" for page, name in reports.items()]
        )
        lines.append(f"Features: {join(settings.output, 'features')}, one folder a session")
        if settings.store is not None:
            place = f"{settings.store.project}/{settings.store.instance}"
            lines.append(f"Signals and windows: sealed, in Bigtable {place}")
    return "\n".join(lines)


def _flag_lines(streams: list[dict[str, Any]]) -> list[str]:
    total = sum(s["n_windows"] * s["n_channels"] for s in streams)
    if not total:
        return []
    counts: dict[str, int] = {}
    for stream in streams:
        for kind, n_flagged in stream["flagged"].items():
            counts[kind] = counts.get(kind, 0) + n_flagged
    clean = 1 - sum(s["any_flagged"] for s in streams) / total
    found = sorted(((n, kind) for kind, n in counts.items() if n), reverse=True)
    shares = ", ".join(f"{kind} {_percent(n / total)}" for n, kind in found)
    line = f"{_percent(clean)} of all windows and channels are clean"
    return [f"{line}; flagged: {shares}." if shares else f"{line}."]


def _notice_lines(streams: list[dict[str, Any]]) -> list[str]:
    seen: dict[str, None] = {}
    for stream in streams:
        for kind, channel, detail in stream["notices"]:
            where = _name(stream["path"]) + (f" {channel}" if channel else "")
            seen[f"Note: {where}: {kind.replace('_', ' ')}: {detail}"] = None
    return _shortened(list(seen))


def _letter_lines(letters: list[dict[str, Any]]) -> list[str]:
    if not letters:
        return []
    lines = [f"{letter['path']}: {letter['reason']}: {letter['message']}" for letter in letters]
    return [
        f"{_count(len(letters), 'file')} not used, or not to the end:",
        *_shortened([f"  {x}" for x in lines]),
    ]


def _speed(result: PipelineResult) -> str:
    counters = result.metrics().query(MetricsFilter().with_namespace(COMPUTE_STAGE))["counters"]
    values = {c.key.metric.name: c.committed or c.attempted or 0 for c in counters}
    elapsed_ms = values.get("elapsed-ms", 0)
    if not elapsed_ms:
        return ""
    factor = values.get("signal-ms", 0) / elapsed_ms
    return f", computed {factor:.0f} times faster than they were recorded"


def _shortened(lines: list[str]) -> list[str]:
    if len(lines) <= MAX_LINES:
        return lines
    return [*lines[:MAX_LINES], f"... and {len(lines) - MAX_LINES} more, in summary.json"]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1]
