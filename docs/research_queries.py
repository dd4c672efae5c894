"""A library of queries for researchers: each runs as it is over the views, and a test runs it.

Every query asks one tenant and says from when on: the tenant is what a reader may see, and the
time is what a query pays for.
"""

from __future__ import annotations

import dataclasses

PARAMETERS = {"tenant": "STRING", "since": "TIMESTAMP"}
"""Query parameters, by name: their type."""


@dataclasses.dataclass(frozen=True)
class ResearchQuery:
    """One question.

    Attributes:
      name: short, for programs.
      question: for people.
      note: what to know before the answer is used.
    """

    name: str
    question: str
    note: str
    sql: str


QUERIES = (
    ResearchQuery(
        "sessions",
        "What was recorded, by whom, with what, and did it come to its end?",
        "Narrow it with `subject = ...` or `device = ...`: sessions are clustered by both.",
        """\
SELECT session, subject, device, experiment, status, started, ended, duration_s, n_streams
FROM session_list
WHERE tenant = @tenant AND started >= @since
ORDER BY started, session""",
    ),
    ResearchQuery(
        "days",
        "How many completed sessions had each person on each day, how long, on how many devices?",
        "Sessions that are open or expired do not count. A row is one person: never sum them into"
        " a mean over people without saying so.",
        """\
SELECT subject, day, n_sessions, average_duration_s, n_devices
FROM daily_statistics
WHERE tenant = @tenant AND day >= DATE(@since)
ORDER BY subject, day""",
    ),
    ResearchQuery(
        "alpha_by_person_and_day",
        "How strong is each person's alpha, day by day, in clean seconds?",
        "A second counts where the channel has no flag but LINE_NOISE (256). The geometric mean:"
        " powers are log-normal, and one movement would rule an arithmetic one.",
        """\
SELECT subject, DATE(start_time) AS day, c.channel AS channel,
  EXP(AVG(LN(c.alpha_power))) AS alpha_uv2, COUNT(*) AS seconds
FROM features_1s, UNNEST(channels) AS c
WHERE tenant = @tenant AND start_time >= @since
  AND (c.flags & ~256) = 0 AND c.alpha_power > 0
GROUP BY subject, day, channel
ORDER BY subject, day, channel""",
    ),
    ResearchQuery(
        "marked_intervals",
        "How do band powers differ between the conditions that markers name?",
        "A second belongs to a marker if it starts within it."
        " Markers without a duration hold none.",
        """\
SELECT m.subject AS subject, m.description AS condition, c.channel AS channel,
  AVG(c.theta_power) AS theta_uv2, AVG(c.alpha_power) AS alpha_uv2,
  AVG(c.beta_power) AS beta_uv2, COUNT(*) AS seconds
FROM markers AS m
JOIN features_1s AS f
  ON f.tenant = m.tenant AND f.session = m.session
  AND f.start_ns >= m.start_ns AND f.start_ns < m.start_ns + m.duration_ns
CROSS JOIN UNNEST(f.channels) AS c
WHERE m.tenant = @tenant AND m.start_time >= @since AND f.start_time >= @since
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3""",
    ),
    ResearchQuery(
        "around_markers",
        "What does a band do around a marker, in steps of 50 ms?",
        "Each value looks back (beta 0.5 s): what follows the marker comes in over that time.",
        """\
SELECT m.description AS marker, c.channel AS channel,
  DIV(f.start_ns - m.start_ns, 50000000) * 50 AS after_ms,
  AVG(c.beta_power) AS beta_uv2, COUNT(*) AS n
FROM markers AS m
JOIN features AS f
  ON f.tenant = m.tenant AND f.session = m.session
  AND f.start_ns >= m.start_ns AND f.start_ns < m.start_ns + 2000000000
CROSS JOIN UNNEST(f.channels) AS c
WHERE m.tenant = @tenant AND m.start_time >= @since AND f.start_time >= @since
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3""",
    ),
    ResearchQuery(
        "channels",
        "Which channels can be trusted?",
        "Per channel: a mean over channels hides a dead one.",
        """\
SELECT session, c.channel AS channel, AVG(c.quality_mean) AS quality,
  MIN(c.quality_min) AS worst, SUM(c.n_windows_flagged) / SUM(n_windows) AS share_flagged
FROM features_1s, UNNEST(channels) AS c
WHERE tenant = @tenant AND start_time >= @since
GROUP BY session, channel
ORDER BY quality, session, channel""",
    ),
    ResearchQuery(
        "alerts",
        "Which channels were below a quality of 0.5 for two minutes or more?",
        "An interval ends with one good second, or a pause of more than 5 s.",
        """\
SELECT subject, session, channel, began, duration_s, quality
FROM quality_alerts
WHERE tenant = @tenant AND began >= @since
ORDER BY began, session, channel""",
    ),
    ResearchQuery(
        "artifacts",
        "Which artifacts had each person, how often in an hour, and how long?",
        "Hours are those of all sessions of the person that began since then.",
        """\
WITH recorded AS (
  SELECT tenant, subject, SUM(duration_s) / 3600 AS hours
  FROM session_list
  WHERE tenant = @tenant AND started >= @since
  GROUP BY tenant, subject
)
SELECT e.subject AS subject, e.kind AS kind, COUNT(*) AS n,
  COUNT(*) / ANY_VALUE(r.hours) AS n_per_hour,
  AVG(e.end_ns - e.start_ns) / 1e9 AS average_s
FROM events AS e
JOIN recorded AS r ON r.tenant = e.tenant AND r.subject = e.subject
WHERE e.tenant = @tenant AND e.start_time >= @since AND e.category = 'artifact'
GROUP BY 1, 2
ORDER BY 1, 3 DESC, 2""",
    ),
    ResearchQuery(
        "losses",
        "Is every sample accounted for, and how many never came?",
        "`samples_unexplained` is 0, or something is wrong with us and not with the recording.",
        """\
SELECT session, stream, epoch, is_final, samples_computed, samples_in_gaps, samples_late,
  samples_duplicate, samples_unexplained, share_lost
FROM sample_accounts
WHERE tenant = @tenant AND start_time >= @since
ORDER BY session, stream, epoch""",
    ),
    ResearchQuery(
        "latencies",
        "How long did every stage of the way take?",
        "The first stage holds the error of the device's clock.",
        """\
SELECT session, stage, n_batches, p50_ms, p95_ms, p99_ms
FROM latency_waterfall
WHERE tenant = @tenant
ORDER BY session, stage""",
    ),
    ResearchQuery(
        "device_health",
        "What did each device tell of itself last?",
        "",
        """\
SELECT d.device AS device, d.model AS model, d.firmware AS firmware, h.reading AS reading,
  h.channel AS channel, h.value AS value, h.unit AS unit, h.start_time AS told
FROM devices AS d
JOIN device_health AS h ON h.tenant = d.tenant AND h.device = d.device
WHERE d.tenant = @tenant AND h.start_time >= @since
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY d.device, h.reading, h.channel ORDER BY h.start_ns DESC) = 1
ORDER BY 1, 4, 5""",
    ),
    ResearchQuery(
        "clocks",
        "Whose clock runs away, and by how much in a day?",
        "Samples are placed by their count, so drift moves none; it matters to who aligns two"
        " devices.",
        """\
SELECT session, stream, drift_ppm, drift_ppm * 86.4 AS drift_ms_per_day, offset_ms, residual_ms
FROM clock_fits
WHERE tenant = @tenant AND start_time >= @since
QUALIFY ROW_NUMBER() OVER (PARTITION BY session, stream, epoch ORDER BY end_ns DESC) = 1
ORDER BY ABS(drift_ppm) DESC, session, stream""",
    ),
)


def as_markdown() -> str:
    """Each question with its SQL."""
    sections = []
    for query in QUERIES:
        sections += [f"### {query.question}", *([query.note] if query.note else [])]
        sections.append(f"```sql\n{query.sql}\n```")
    return "\n\n".join(sections)
