"""Changes of the registry to rows of `devices` and `sessions`, as Beam steps."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.io.gcp.pubsub import PubsubMessage, ReadFromPubSub
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import DoOutputsTuple, PBegin, PCollection, TaggedOutput

from schemas.errors import SchemaError
from schemas.letters import Letter
from schemas.registry_events import RegistryEvent
from transforms.read_envelopes import nanoseconds
from transforms.row_identity import RowIdentity
from transforms.table_part import TablePart, make_part

STAGE = "ParseRegistryEvents"
NOT_A_CHANGE = "not_a_change"
EVENT_ID_ATTRIBUTE = "event_id"


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class ReadRegistryEvents(beam.PTransform):
    """Messages (PubsubMessage) of the subscription to changes of the registry.

    Args:
      subscription: `projects/<project>/subscriptions/<name>`.
      with_event_ids: a change that is told twice is dropped; not on BundleBasedDirectRunner, which
        refuses it: there the views show it once.
    """

    subscription: str
    with_event_ids: bool = True

    def expand(self, root: PBegin) -> PCollection[PubsubMessage]:
        """By the time of publication."""
        return root | "ReadFromPubSub" >> ReadFromPubSub(
            subscription=self.subscription,
            id_label=EVENT_ID_ATTRIBUTE if self.with_event_ids else None,
            with_attributes=True,
        )


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class ParseRegistryEvents(beam.PTransform):
    """PubsubMessage to `parts` (TablePart); what is no change goes to `refused` (Letter)."""

    def expand(self, messages: PCollection[PubsubMessage]) -> DoOutputsTuple:
        """A row a message."""
        parse = beam.ParDo(_parse).with_output_types(TablePart)
        return messages | "Parse" >> parse.with_outputs("refused", main="parts")


def _parse(message: PubsubMessage) -> Iterator[Any]:
    data = message.data or b""
    try:
        part = part_of(RegistryEvent.from_bytes(data))
    except SchemaError as error:
        attributes, published_ns = dict(message.attributes or {}), nanoseconds(message.publish_time)
        letter = Letter(attributes, data, published_ns, STAGE, NOT_A_CHANGE, str(error)[:600])
        yield TaggedOutput("refused", letter)
        return
    Metrics.counter(STAGE, f"rows-{part.table}").inc()
    yield part


def part_of(event: RegistryEvent) -> TablePart:
    """The row of a change.

    Raises:
      SchemaError: the record is not what such a change has.
    """
    try:
        return _session_row(event) if event.kind.is_of_session else _device_row(event)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        expected = f"the fields of a change of kind {event.kind.value}"
        raise SchemaError("record", f"{type(error).__name__}: {error}", expected) from None


def _device_row(event: RegistryEvent) -> TablePart:
    record = event.record
    columns = {
        "device": event.device,
        "start_ns": event.time_ns,
        "as_of_ns": event.time_ns,
        "status": record["status"],
        "change": event.kind.value,
        "capabilities": _json(record["capabilities"]),
        **{name: record[name] for name in ("model", "serial", "firmware", "hardware")},
    }
    # A device belongs to no subject: the table has no such column.
    return _part(event, "devices", RowIdentity(event.tenant, "", None), columns)


def _session_row(event: RegistryEvent) -> TablePart:
    record = event.record
    columns = {
        "device": event.device,
        "start_ns": int(record["started_ns"]),
        "end_ns": record["ended_ns"] or None,
        "as_of_ns": event.time_ns,
        "experiment": record["experiment"],
        "status": record["status"],
        "reason": record["end_reason"] or None,
        "metadata": _json(record["requirements"]),
        "channels": [],
    }
    identity = RowIdentity(event.tenant, event.subject, event.session)
    return _part(event, "sessions", identity, columns)


def _part(
    event: RegistryEvent, table: str, identity: RowIdentity, row: dict[str, Any]
) -> TablePart:
    name = f"{event.tenant}/{event.event_id}.parquet"
    return make_part(table, name, identity, 1, {key: [value] for key, value in row.items()})


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
