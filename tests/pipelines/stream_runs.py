"""Packets as the door would publish them, and the whole chain run over a bounded number of them."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow.parquet as pq
from apache_beam.io.gcp.pubsub import PubsubMessage
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.stream import StreamEdges, build, cloud_edges
from pipelines.stream_options import StreamSettings
from schemas.archive import record_of
from schemas.envelope import Envelope, EnvelopeKind
from schemas.packet import Packet
from schemas.packet_events import EventPacket
from schemas.packet_format import SignalFormat
from schemas.packet_wire import encode_packet
from security.context import PacketContext
from security.vault import Vault
from tests.draining_runner import DrainingRunner
from tests.pipelines.job_runs import Ran
from tests.transforms.recordings.made_archive import SUBJECT, TENANT, packets_of
from transforms.live import FollowSettings
from transforms.recordings import RecordingSettings, open_recording, read_blocks
from transforms.sealed_store import StoreAddress
from transforms.write_bigquery import BigQuerySettings, WriteMethod

RECEIVED_NS = 1_780_000_000_000_000_000


def recorded_packets(path: str, *, seconds: int, every: int, **options: Any) -> list[Packet]:
    """The first seconds of a recording, cut into packets of `every` samples."""
    (plan,) = open_recording(path, RecordingSettings()).streams
    spec, block = plan.spec, next(iter(read_blocks(path, plan)))
    format_ = SignalFormat(
        spec.signal, spec.sampling_rate, spec.channels, adc_range=spec.adc_range or ()
    )
    samples = block.samples[: int(Fraction(seconds) * spec.sampling_rate)]
    cuts = range(every, len(samples), every)
    packets = packets_of(samples, format_, cuts=cuts, start_ns=spec.start_ns, **options)
    return [packet for _, packet in packets]


def made_packets(seconds: int, *, every: int = 62, seed: int = 1, **options: Any) -> list[Packet]:
    """Two channels of noise at 250 Hz."""
    numbers = np.random.default_rng(seed).integers(-900, 900, (250 * seconds, 2)).astype(np.int16)
    packets = packets_of(numbers, cuts=range(every, len(numbers), every), **options)
    return [packet for _, packet in packets]


def sealed_envelope(
    vault: Vault,
    packet: Packet | EventPacket,
    *,
    delivery: str = "",
    subject: str = SUBJECT,
    tenant: str = TENANT,
) -> Envelope:
    """What the door makes of a packet."""
    events = isinstance(packet, EventPacket)
    place = tenant, subject, packet.session, packet.stream, packet.epoch
    sealed = vault.sealer.seal(encode_packet(packet), PacketContext(*place, packet.sequence))
    time_ns = record_of(packet).time_ns
    named = f"{packet.stream}/{packet.epoch}/{packet.sequence}/{events}"
    return Envelope(
        kind=EnvelopeKind.EVENTS if events else EnvelopeKind.SAMPLES,
        tenant=tenant,
        subject=subject,
        session=packet.session,
        stream=packet.stream,
        epoch=packet.epoch,
        sequence=packet.sequence,
        event_time_ms=time_ns // 1_000_000,
        received_ns=RECEIVED_NS + packet.sequence,
        delivery=delivery or hashlib.sha256(named.encode()).hexdigest()[:32],
        sealed=sealed,
    )


def message_of(envelope: Envelope) -> PubsubMessage:
    return PubsubMessage(envelope.sealed, envelope.attributes())


def messages_of(vault: Vault, packets: Iterable[Packet | EventPacket]) -> list[PubsubMessage]:
    return [message_of(sealed_envelope(vault, packet)) for packet in packets]


@dataclasses.dataclass
class BoundedMessages(beam.PTransform):
    """A source of messages that ends; in their order, as far as Beam keeps one."""

    messages: Sequence[PubsubMessage]

    def expand(self, root: beam.pvalue.PBegin) -> beam.pvalue.PCollection[PubsubMessage]:
        one = root | "OneBundle" >> beam.Create([0], reshuffle=False)
        return one | "ToMessages" >> beam.FlatMap(lambda _: self.messages).with_output_types(
            PubsubMessage
        )


def settings_in(folder: Path, address: StoreAddress, **follow: Any) -> StreamSettings:
    """Tables as files; everything below one folder."""
    files = WriteMethod.FILES
    return StreamSettings(
        subscription="projects/local/subscriptions/telemetry-stream",
        archive=str(folder / "archive"),
        dead_letters=str(folder / "dead_letters"),
        store=address,
        tables=BigQuerySettings(None, files, files, str(folder / "tables")),
        follow=FollowSettings(**follow),
    )


def run_stream(
    settings: StreamSettings,
    messages: Sequence[PubsubMessage],
    *,
    changes: Sequence[PubsubMessage] = (),
    **edges: beam.PTransform,
) -> Ran:
    """The whole chain over all messages, to its end; the tables that it left."""
    made: StreamEdges = dataclasses.replace(
        cloud_edges(settings, "FnApiRunner"),
        telemetry=BoundedMessages(messages),
        registry=BoundedMessages(changes) if changes else None,
        **edges,
    )
    with beam.Pipeline(runner=DrainingRunner(), options=PipelineOptions([])) as root:
        build(root, made, settings)
    return Ran(0, Path(settings.tables.folder), "")


def files_below(folder: Path | str, suffix: str) -> list[Path]:
    return sorted(path for path in Path(folder).rglob(f"*{suffix}") if path.is_file())


def rows_below(folder: Path | str) -> list[dict[str, Any]]:
    return [
        row
        for path in files_below(folder, ".parquet")
        for row in pq.ParquetFile(path).read().to_pylist()
    ]
