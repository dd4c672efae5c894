"""Every metric that the code emits, once: alerts and dashboards ask for these and for Google's.

No label is a session, a subject, a device or a channel: a series for each would be without bound.
"""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Mapping

from schemas.tables import all_tables

BOUNDS_MS = (1, 5, 10, 25, 50, 75, 100, 150, 250, 500, 1000)
"""Of the histograms of times: a row counts at every bound that it kept."""
ENDLESS = "inf"
"""The bound that every row keeps."""

STAGES_OF_A_ROW: Mapping[str, tuple[str, str]] = {
    "device-to-received": ("device_ns", "received_ns"),
    "received-to-published": ("received_ns", "published_ns"),
    "published-to-windowed": ("published_ns", "windowed_ns"),
    "windowed-to-written": ("windowed_ns", "written_ns"),
    "received-to-written": ("received_ns", "written_ns"),
    "device-to-written": ("device_ns", "written_ns"),
}
"""Between which times; those from the device hold the error of its clock."""

POOR_QUALITY = 0.5
"""Below it, a channel's window counts as poor."""


class MetricKind(enum.StrEnum):
    """How a metric comes about."""

    COUNTER = "counter"
    """Of Beam: only grows while a job runs. Dataflow shows it as `job/user_counter`."""
    DISTRIBUTION = "distribution"
    """Of Beam: its mean, least, most and count; no percentiles."""
    LOG = "log"
    """A line of a function's log with these fields; log-based metrics are made of them."""


_CODES: tuple[str, ...] = ()
"""Values that code fixes elsewhere: tables, reasons, kinds. Never what somebody sent."""


@dataclasses.dataclass(frozen=True)
class Metric:
    """What is counted, where.

    Args:
      step: of a counter, its namespace: the step of the job; of a log, the function.
      name: of a log, its message. `{label}` stands for each of a label's values.
      labels: their values; none where they are codes fixed in the code.
      fields: of a log line.
    """

    kind: MetricKind
    step: str
    name: str
    unit: str
    description: str
    labels: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    fields: tuple[str, ...] = ()

    @property
    def template(self) -> str:
        """The name with its labels left blank, as the code writes it."""
        return re.sub(r"\{\w+\}", "{}", self.name)

    def has_name(self, name: str) -> bool:
        """Whether this is what Dataflow calls so."""
        pattern = ""
        for place, part in enumerate(re.split(r"\{(\w+)\}", self.name)):
            if place % 2 == 0:
                pattern += re.escape(part)
            elif values := self.labels[part]:
                pattern += f"({'|'.join(values)})"
            else:
                pattern += r"[A-Za-z0-9_]+"
        return re.fullmatch(pattern, name) is not None


def _counters(step: str, *rows: tuple[str, str, str]) -> tuple[Metric, ...]:
    made = []
    for name, unit, description in rows:
        labels = {label: _LABELS.get(label, _CODES) for label in re.findall(r"\{(\w+)\}", name)}
        made.append(Metric(MetricKind.COUNTER, step, name, unit, description, labels))
    return tuple(made)


_LABELS = {
    "stage": tuple(STAGES_OF_A_ROW),
    "bound": (*map(str, BOUNDS_MS), ENDLESS),
    "kind": ("SAMPLES", "EVENTS", "END"),
    "bigtable": ("windows", "streams"),
    "table": tuple(all_tables([])),
}

LIVE = (
    *_counters(
        "ParseEnvelopes",
        ("envelopes-{kind}", "1", "Messages that are envelopes, by what is sealed in them."),
        ("bytes", "By", "Sealed bytes of them."),
    ),
    Metric(
        MetricKind.DISTRIBUTION,
        "ParseEnvelopes",
        "received-to-published-ms",
        "ms",
        "From the door to Pub/Sub, of every message.",
    ),
    *_counters(
        "FollowStreams",
        ("envelopes", "1", "Envelopes that a stream was given."),
        ("refused-{reason}", "1", "Envelopes that no stream takes."),
        ("windows", "1", "Windows of 50 ms that were finished."),
        ("channel-windows", "1", "The same, each as often as it has channels."),
        ("channel-windows-poor", "1", "Those of them with a quality below 0.5."),
        ("rows-{table}", "1", "Rows of tables that were made."),
        ("state-bytes", "By", "Written to the state of streams."),
    ),
    *_counters(
        "WriteSealedRows",
        ("rows-{bigtable}", "1", "Rows sealed, by table."),
        ("bytes-{bigtable}", "By", "What they held before they were sealed."),
        ("rejected-{reason}", "1", "Rows that will never be stored."),
        (
            "{stage}-ms-le-{bound}",
            "1",
            "Live rows, one a stream, second and bundle, that took a stage in so many ms.",
        ),
    ),
    *_counters(
        "WriteArchive",
        ("files", "1", "Files of packets that were written."),
        ("packets", "1", "Packets in them."),
        ("bytes", "By", "Of the files."),
    ),
    *_counters(
        "WriteRefused",
        ("letters-{step}-{reason}", "1", "Dead letters, by who refused them and why."),
        ("files", "1", "Files of dead letters."),
        ("bytes", "By", "Of the files."),
    ),
    *_counters("ParseRegistryEvents", ("rows-{table}", "1", "Rows about devices and sessions.")),
    *_counters(
        "PublishFeedback",
        ("messages", "1", "Windows that were published."),
        ("bytes", "By", "Sealed, of them."),
    ),
)
"""Of the stream job."""

TABLES = (
    *_counters(
        "WriteBigQuery",
        ("rows-{table}", "1", "Rows that BigQuery took, or that wait to be loaded."),
        ("rejected-{reason}", "1", "Rows and files that BigQuery refused for what they are."),
        ("files-{table}", "1", "Files that wait to be loaded."),
        ("loaded-{table}", "1", "Files that were loaded."),
    ),
    *_counters(
        "WriteTables",
        ("files-{table}", "1", "Parquet files that were written."),
        ("bytes", "By", "Of them."),
    ),
)
"""Of both jobs."""

BATCH = (
    *_counters("FindRecordings", ("side-files", "1", "Files that belong to others, passed over.")),
    *_counters(
        "OpenRecordings",
        ("opened", "1", "Recordings that can be used."),
        ("rejected-{reason}", "1", "Recordings that cannot."),
        ("rejected-duplicate", "1", "Recordings that are there twice."),
    ),
    *_counters(
        "ComputeWindows",
        ("streams", "1", "Streams that were computed."),
        ("windows", "1", "Windows that were finished."),
        ("signal-ms", "ms", "Of signal, in all streams."),
        ("elapsed-ms", "ms", "That it took, in all workers."),
        ("rows-{table}", "1", "Rows of tables that were made."),
        ("flagged-{flag}", "1", "Channel windows that carry a flag."),
        ("rejected-{reason}", "1", "Streams that were given up."),
        ("rejected-too_wide", "1", "Streams with too many channels to be stored."),
    ),
    *_counters("RenderReports", ("pages", "1", "Reports that were written.")),
)
"""Of the batch job."""

LOGS = (
    Metric(
        MetricKind.LOG,
        "telemetry",
        "posts",
        "1",
        "Every ten seconds and instance: posts by status, and packets in those that were read.",
        fields=("seconds", "posts", "packets", "refused"),
    ),
    Metric(
        MetricKind.LOG,
        "telemetry",
        "packets refused",
        "1",
        "With the line above, for each reason: how many packets were not accepted.",
        fields=("reason", "count"),
    ),
    Metric(
        MetricKind.LOG,
        "telemetry",
        "post not wholly accepted",
        "1",
        "A post that was answered otherwise than that all is well; with its trace.",
        fields=("status", "trace_id"),
    ),
    Metric(
        MetricKind.LOG,
        "routing",
        "a request was not served",
        "1",
        "A request to another function that ended in an error of ours.",
        fields=("error",),
    ),
    Metric(
        MetricKind.LOG,
        "sweep",
        "swept the sessions",
        "1",
        "Every few minutes: sessions looked at, those with a lease that runs, those closed.",
        fields=("seen", "live", "expired", "told", "dropped"),
    ),
    Metric(
        MetricKind.LOG,
        "security",
        "Cloud KMS: %s, retried",
        "1",
        "A call of Cloud KMS that is made again, in whatever process.",
    ),
)
"""Lines of the functions' logs that are counted."""

BEAM_METRICS = (*LIVE, *TABLES, *BATCH)
METRICS = (*BEAM_METRICS, *LOGS)


def beam_metrics_named(name: str) -> list[Metric]:
    """Those that Dataflow may show under a name; of distributions, with `_MEAN`, `_MAX`, ...

    >>> [metric.step for metric in beam_metrics_named("channel-windows-poor")]
    ['FollowStreams']
    """
    bare = re.sub(r"_(COUNT|MEAN|MIN|MAX)$", "", name)
    return [
        metric
        for metric in BEAM_METRICS
        if metric.has_name(bare if metric.kind is MetricKind.DISTRIBUTION else name)
    ]
