"""Questions that the report of a live run asks BigQuery, and how their answers are drawn."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Sequence
from typing import Any

from google.cloud import bigquery

from local.live.account import ACCOUNT_COLUMNS, JobAccount, StreamKey
from transforms.bigquery_address import BigQueryAddress

Row = dict[str, Any]


class Plot(enum.Enum):
    """How an answer is drawn: a line for each name along x, or a bar for each name."""

    LINES = "lines"
    BARS = "bars"


@dataclasses.dataclass(frozen=True)
class Question:
    """A question, and its SQL over the researchers' views.

    Attributes:
      plot: needs columns `name` and `value`, and for lines `x`; None: only a table.
      unit: of `value`.
    """

    text: str
    sql: str
    plot: Plot | None = None
    unit: str = ""


@dataclasses.dataclass(frozen=True)
class Answer:
    """What BigQuery answered."""

    question: Question
    rows: tuple[Row, ...]


QUESTIONS = (
    Question(
        "Alpha power (8 to 13 Hz), second by second: the median over channels of each session",
        """\
SELECT SUBSTR(session, 1, 8) AS name, start_ns / 1e9 AS x,
  APPROX_QUANTILES(c.alpha_power, 2)[OFFSET(1)] AS value
FROM features_1s, UNNEST(channels) AS c
WHERE c.alpha_power IS NOT NULL
GROUP BY name, x
ORDER BY name, x""",
        Plot.LINES,
        "µV²",
    ),
    Question(
        "How good is each channel? Mean quality over all sessions, 0 to 1, the worst first",
        """\
SELECT c.channel AS name, AVG(c.quality_mean) AS value
FROM features_1s, UNNEST(channels) AS c
GROUP BY name
ORDER BY value, name
LIMIT 16""",
        Plot.BARS,
    ),
    Question(
        "What happened to the signals? Events by kind",
        """\
SELECT CONCAT(category, ': ', kind) AS name, COUNT(*) AS value
FROM events
GROUP BY name
ORDER BY value DESC, name
LIMIT 16""",
        Plot.BARS,
        "events",
    ),
    Question(
        "What was lost or came twice on the way? Of each stream, in samples",
        """\
SELECT SUBSTR(session, 1, 8) AS session, stream, epoch, samples_accepted, samples_computed,
  samples_duplicate, samples_late, samples_in_gaps
FROM stream_accounts
WHERE is_final
ORDER BY session, stream, epoch
LIMIT 16""",
    ),
)

LATENCY = """\
WITH stages AS (
  SELECT 1 AS place, 'device to door' AS stage, (received_ns - device_ns) / 1e6 AS ms
  FROM latencies UNION ALL
  SELECT 2, 'door to Pub/Sub', (published_ns - received_ns) / 1e6 FROM latencies UNION ALL
  SELECT 3, 'Pub/Sub to windows', (windowed_ns - published_ns) / 1e6 FROM latencies UNION ALL
  SELECT 4, 'windows to Bigtable', (written_ns - windowed_ns) / 1e6 FROM latencies UNION ALL
  SELECT 5, 'door to Bigtable', (written_ns - received_ns) / 1e6 FROM latencies UNION ALL
  SELECT 6, 'device to Bigtable', (written_ns - device_ns) / 1e6 FROM latencies
)
SELECT place, stage, COUNT(ms) AS n,
  APPROX_QUANTILES(ms, 100)[OFFSET(50)] AS p50_ms,
  APPROX_QUANTILES(ms, 100)[OFFSET(95)] AS p95_ms,
  APPROX_QUANTILES(ms, 100)[OFFSET(99)] AS p99_ms
FROM stages
GROUP BY place, stage
ORDER BY place"""
"""The waterfall: where the time goes between a device and its row, in one query."""

_PROGRESS = """\
SELECT SUM(n_windows) AS n_windows, COUNT(DISTINCT session) AS n_sessions FROM features_1s"""
_ACCOUNTS = f"SELECT session, stream, epoch, {', '.join(ACCOUNT_COLUMNS)} FROM sample_accounts"


@dataclasses.dataclass(frozen=True)
class StageLatency:
    """How long a stage took, milliseconds; the last two stages are sums of those before.

    Attributes:
      n: seconds of streams that were measured.
    """

    stage: str
    n: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


class Researcher:
    """Queries as a researcher does: the views, by their plain names."""

    def __init__(self, address: BigQueryAddress):
        self._address, self._client = address, address.client()

    def query(self, sql: str) -> list[Row]:
        """The rows of an answer."""
        dataset = f"{self._address.project}.{self._address.research_dataset}"
        job = self._client.query(sql, bigquery.QueryJobConfig(default_dataset=dataset))
        return [dict(row.items()) for row in job.result()]

    def answers(self, questions: Sequence[Question] = QUESTIONS) -> list[Answer]:
        """The report's questions, answered."""
        return [Answer(each, tuple(self.query(each.sql))) for each in questions]

    def latencies(self, since_ns: int = 0) -> list[StageLatency]:
        """The waterfall; none before anything was written.

        Args:
          since_ns: of what the door received from then on.
        """
        since = (
            f"FROM latencies WHERE received_ns >= {since_ns:d}" if since_ns else "FROM latencies"
        )
        rows = self.query(LATENCY.replace("FROM latencies", since))
        return [
            StageLatency(row["stage"], row["n"], row["p50_ms"], row["p95_ms"], row["p99_ms"])
            for row in rows
            if row["n"]
        ]

    def row_counts(self, tables: Sequence[str]) -> list[tuple[str, int]]:
        """Rows that each view shows."""
        parts = [f"SELECT '{name}' AS name, COUNT(*) AS n FROM {name}" for name in tables]
        rows = {row["name"]: row["n"] for row in self.query(" UNION ALL ".join(parts))}
        return [(name, rows[name]) for name in tables]

    def progress(self) -> str:
        """How far the job is, in a few words."""
        (row,) = self.query(_PROGRESS)
        if not row["n_windows"]:
            return "no windows yet"
        text = f"{row['n_windows']:,} windows of {row['n_sessions']} sessions"
        door = next((s for s in self.latencies() if s.stage == "door to Bigtable"), None)
        return text + (f", door to Bigtable p95 {door.p95_ms:.0f} ms" if door else "")

    def accounts(self) -> dict[StreamKey, JobAccount]:
        """The newest account of each epoch."""
        found = {}
        for row in self.query(_ACCOUNTS):
            key = StreamKey(row["session"], row["stream"], row["epoch"])
            counts: dict[str, Any] = {name: row[name] or 0 for name in ACCOUNT_COLUMNS}
            found[key] = JobAccount(**counts)
        return found
