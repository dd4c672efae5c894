"""Questions to the tables, in SQL that DuckDB runs over the Parquet files and BigQuery as it is.

The two dialects differ in what names an element of an array and in how a time is cut; everything
else is one text.
"""

from __future__ import annotations

import dataclasses

DUCKDB = {"channels": "UNNEST(channels) AS t(c)", "minute": "date_trunc('minute', start_time)"}
BIGQUERY = {"channels": "UNNEST(channels) AS c", "minute": "TIMESTAMP_TRUNC(start_time, MINUTE)"}
TABLES = ("features", "features_1s", "events", "sessions")

DUCKDB_VIEWS = "SET TimeZone = 'UTC';\n" + "\n".join(
    f"CREATE VIEW {name} AS FROM read_parquet('out/{name}/**/*.parquet');" for name in TABLES
)


@dataclasses.dataclass(frozen=True)
class Question:
    """A question and its SQL.

    Attributes:
      sql: with `{channels}` and `{minute}` where the dialects differ.
    """

    text: str
    sql: str

    @property
    def duckdb(self) -> str:
        """For DuckDB, over the views of `DUCKDB_VIEWS`."""
        return self.sql.format(**DUCKDB)

    @property
    def bigquery(self) -> str:
        """For BigQuery, with the dataset as the query's default dataset."""
        return self.sql.format(**BIGQUERY)


QUESTIONS = (
    Question(
        "Which channels can be trusted?",
        """\
SELECT session, c.channel AS channel, AVG(c.quality_mean) AS quality,
  SUM(c.n_windows_flagged) / SUM(n_windows) AS share_flagged
FROM features_1s, {channels}
GROUP BY session, channel
ORDER BY quality, session, channel""",
    ),
    Question(
        "Occipital alpha, minute by minute, from seconds without any flag but LINE_NOISE (256)",
        """\
SELECT session, {minute} AS minute,
  AVG(c.alpha_power) AS alpha_uv2, COUNT(*) AS seconds
FROM features_1s, {channels}
WHERE c.channel IN ('O1', 'Oz', 'O2') AND (c.flags & ~256) = 0
GROUP BY session, minute
ORDER BY session, minute""",
    ),
    Question(
        "How many artifacts of each kind, and how long?",
        """\
SELECT kind, COUNT(*) AS intervals, SUM(end_ns - start_ns) / 1e9 AS seconds
FROM events
WHERE category = 'artifact'
GROUP BY kind
ORDER BY seconds DESC, kind""",
    ),
    Question(
        "Every window with a blink (BLINK is 64), and how alpha is in it",
        """\
SELECT session, start_time, c.channel, c.quality, c.alpha_power
FROM features, {channels}
WHERE (c.flags & 64) != 0
ORDER BY session, start_ns, c.channel""",
    ),
    Question(
        "Each window once, from its highest revision",
        """\
SELECT session, stream, start_time, revision, n_samples
FROM features
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY tenant, session, stream, epoch, start_ns ORDER BY revision DESC) = 1
ORDER BY session, stream, start_time""",
    ),
)


def as_markdown() -> str:
    """The views, and each question in both dialects where they differ."""
    sections = [f"```sql\n{DUCKDB_VIEWS}\n```"]
    for question in QUESTIONS:
        sections += [f"**{question.text}**", f"```sql\n{question.duckdb};\n```"]
        if question.bigquery != question.duckdb:
            changed = [
                f"`{there}` instead of `{here}`"
                for here, there in zip(DUCKDB.values(), BIGQUERY.values(), strict=True)
                if here in question.duckdb
            ]
            sections.append(f"BigQuery: {', '.join(changed)}.")
        else:
            sections.append("BigQuery: the same.")
    return "\n\n".join(sections)
