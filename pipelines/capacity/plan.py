"""A workload to resources and cost, service by service, in the order of the data's way.

Every formula is a rate while all devices record (`..._per_s`), or a sum over a month. What was
measured comes from `tables.Measured`; what was not is an assumption, named here.
"""

from __future__ import annotations

import dataclasses

from pipelines.capacity.tables import Measured, Prices
from pipelines.capacity.workload import WINDOWS_PER_S, Workload

HOURS_OF_MONTH = 730.0
GB, MB = 1e9, 1e6


@dataclasses.dataclass(frozen=True)
class Assumptions:
    """What no benchmark of ours says.

    Attributes:
      utilisation: of a processor of Cloud Run or Dataflow, on average: the rest is headroom.
      worker_vcpus, worker_gib_vcpu: of a Dataflow worker.
      streaming_engine_units_vcpu: Streaming Engine's compute units beside a busy processor.
      bigtable_node_writes_s, bigtable_node_write_mb_s: of an SSD node, fully used; by Google's
        documentation 14,000 writes/s of 1 KB.
      bigtable_utilisation: the target of autoscaling.
      bigtable_nodes_min: below which autoscaling does not go.
      pubsub_bytes_min: charged for each request; a client's batch spreads it over its messages,
        a device's post does not.
      loads_per_day: one every three minutes, of `features_log`.
      kms_hours: between two unwraps of a keyset in a worker.
    """

    utilisation: float = 0.6
    worker_vcpus: int = 4
    worker_gib_vcpu: float = 3.75
    streaming_engine_units_vcpu: float = 0.25
    bigtable_node_writes_s: float = 14_000.0
    bigtable_node_write_mb_s: float = 14.0
    bigtable_utilisation: float = 0.6
    bigtable_nodes_min: int = 3
    pubsub_bytes_min: float = 1000.0
    loads_per_day: float = 480.0
    kms_hours: float = 1.0


@dataclasses.dataclass(frozen=True)
class Need:
    """What a service has to give.

    Attributes:
      amounts: by name, with the unit in it; peaks while all devices record.
      cost: by name, US dollars a month.
      quotas: use by the name of the quota.
    """

    service: str
    amounts: dict[str, float]
    cost: dict[str, float]
    quotas: dict[str, float] = dataclasses.field(default_factory=dict)

    @property
    def total(self) -> float:
        """US dollars a month."""
        return sum(self.cost.values())


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a workload needs."""

    workload: Workload
    needs: tuple[Need, ...]

    @property
    def total(self) -> float:
        """US dollars a month."""
        return sum(need.total for need in self.needs)

    def need(self, service: str) -> Need:
        """That of one service."""
        return next(need for need in self.needs if need.service == service)


def plan(
    workload: Workload, measured: Measured, prices: Prices, assumed: Assumptions | None = None
) -> Plan:
    """Resources and cost of everything between a device's post and the researcher's query."""
    given = workload, measured, prices, assumed or Assumptions()
    return Plan(workload, tuple(need(*given) for need in _SERVICES))


def _functions(work: Workload, measured: Measured, prices: Prices, assumed: Assumptions) -> Need:
    us = measured.door_us + measured.door_us_packet
    vcpus = work.posts_per_s * us / 1e6 / assumed.utilisation
    vcpu_s = work.posts * us / 1e6 / assumed.utilisation
    return Need(
        "Functions",
        {"posts/s": work.posts_per_s, "vCPU": vcpus},
        {
            "processor": vcpu_s * prices.run_vcpu_s,
            "requests": work.posts / 1e6 * prices.run_million_requests,
        },
        {"run_instances": vcpus},
    )


def _pubsub(work: Workload, measured: Measured, prices: Prices, assumed: Assumptions) -> Need:
    n_bytes = message_bytes(work, measured)
    charged = max(n_bytes, assumed.pubsub_bytes_min)
    mb_s = work.posts_per_s * n_bytes / MB
    tib = 2 * work.posts * charged / 2**40  # published and delivered
    return Need(
        "Pub/Sub",
        {"messages/s": work.posts_per_s, "bytes a message": n_bytes, "MB/s": mb_s},
        {"messages": tib * prices.pubsub_tib},
        {"pubsub_publish_mb_s": mb_s},
    )


def _dataflow(work: Workload, measured: Measured, prices: Prices, assumed: Assumptions) -> Need:
    us = live_us(work, measured)
    vcpus = work.posts_per_s * us / 1e6 / assumed.utilisation
    vcpu_h = work.posts * us / 3.6e9 / assumed.utilisation
    units_h = vcpu_h * assumed.streaming_engine_units_vcpu
    windows = work.device_hours * 3600 * WINDOWS_PER_S
    batch_us = measured.window_us_8x250 * engine_factor(work, measured)
    batch_h = work.revisions * windows * batch_us / 3.6e9 / assumed.utilisation
    vcpu_price = prices.dataflow_vcpu_h + assumed.worker_gib_vcpu * prices.dataflow_gib_h
    return Need(
        "Dataflow",
        {
            "vCPU": vcpus,
            "workers": vcpus / assumed.worker_vcpus,
            "state MB/s": work.posts_per_s * measured.state_bytes_packet / MB,
        },
        {
            "workers": vcpu_h * vcpu_price,
            "Streaming Engine": units_h * prices.streaming_engine_unit_h,
            "revisions": batch_h * vcpu_price,
        },
        {"dataflow_workers": vcpus / assumed.worker_vcpus},
    )


def _bigtable(work: Workload, measured: Measured, prices: Prices, assumed: Assumptions) -> Need:
    per_hour = bigtable_bytes_hour(work, measured)
    mb_s = work.devices * per_hour / 3600 / MB
    by_bytes = mb_s / assumed.bigtable_node_write_mb_s
    by_writes = work.posts_per_s / assumed.bigtable_node_writes_s
    least = assumed.bigtable_nodes_min
    nodes = max(by_bytes, by_writes) / assumed.bigtable_utilisation
    peak = max(nodes, least)
    node_h = (peak * work.hours + least * (24 - work.hours)) * HOURS_OF_MONTH / 24
    # Cells of a revision span seconds and stand beside the stream's; they replace each other.
    copies = 2 if work.revisions else 1
    kept_gb = work.devices * work.hours * work.bigtable_days * per_hour * copies / GB
    return Need(
        "Bigtable",
        {"nodes": peak, "MB/s": mb_s, "MB a device-hour": per_hour / MB, "TB kept": kept_gb / 1e3},
        {
            "nodes": node_h * prices.bigtable_node_h,
            "storage": kept_gb * prices.bigtable_gb_month,
        },
        {"bigtable_nodes": peak},
    )


def _bigquery(work: Workload, measured: Measured, prices: Prices, assumed: Assumptions) -> Need:
    scale = work.channels / 8
    streamed = measured.bigquery_second_bytes_hour * scale
    loaded = measured.bigquery_window_bytes_hour * scale if work.window_rows else 0.0
    written = streamed + (1 + work.revisions) * loaded + work.revisions * streamed
    kept_gb = work.devices * work.hours * work.bigquery_days * written / GB
    mb_s = work.devices * streamed / 3600 / MB
    loads = assumed.loads_per_day if work.window_rows else 0.0
    return Need(
        "BigQuery",
        {"streamed MB/s": mb_s, "MB a device-hour": written / MB, "TB kept": kept_gb / 1e3},
        {
            "streaming": work.device_hours * streamed / GB * prices.bigquery_write_gb,
            "storage": kept_gb * prices.bigquery_gb_month,
        },
        {"bigquery_write_mb_s": mb_s, "bigquery_loads_day": loads},
    )


def _archive(work: Workload, measured: Measured, prices: Prices, assumed: Assumptions) -> Need:
    per_hour = message_bytes(work, measured) * 3600 / work.post_interval_s
    kept_gb = work.devices * work.hours * work.archive_days * per_hour / GB
    files = work.device_hours * 60  # one a minute
    return Need(
        "Archive",
        {"files/s": work.devices / 60, "MB a device-hour": per_hour / MB, "TB kept": kept_gb / 1e3},
        {
            "storage": kept_gb * prices.storage_gb_month,
            "writes": files / 1e3 * prices.storage_thousand_writes,
        },
    )


def _kms(work: Workload, measured: Measured, prices: Prices, assumed: Assumptions) -> Need:
    functions = _functions(work, measured, prices, assumed).amounts["vCPU"]
    workers = _dataflow(work, measured, prices, assumed).amounts["workers"]
    # The balancer may send a device anywhere; the job keeps a stream where it is, and writes there.
    holders = max(functions, 1.0) + min(max(workers, 1.0), 2.0)
    operations_h = work.devices * holders / assumed.kms_hours
    operations = operations_h * work.hours * work.days
    return Need(
        "Cloud KMS",
        {"operations/s": operations_h / 3600, "key versions": 3.0 * work.tenants},
        {
            "versions": 3 * work.tenants * prices.kms_version_month,
            "operations": operations / 1e4 * prices.kms_ten_thousand_operations,
        },
        {"kms_operations_min": operations_h / 60},
    )


_SERVICES = (_functions, _pubsub, _dataflow, _bigtable, _bigquery, _archive, _kms)


def message_bytes(work: Workload, measured: Measured) -> float:
    """Of a packet, sealed, with its attributes."""
    return measured.envelope_bytes + work.numbers_per_post * measured.bytes_per_number


def live_us(work: Workload, measured: Measured) -> float:
    """Processor time of a packet in the stream job, microseconds."""
    return work.windows_per_post * measured.live_us_window * engine_factor(work, measured)


def engine_factor(work: Workload, measured: Measured) -> float:
    """What a window costs beside one of 8 channels at 250 Hz.

    As the engine's own cost grows between the two streams that were measured, linearly in
    channels times rate; never less than a quarter, for what does not depend on them.
    """
    small, large = 8 * 250.0, 64 * 1000.0
    slope = (measured.window_us_64x1000 - measured.window_us_8x250) / (large - small)
    more_us = slope * (work.channels * work.rate_hz - small)
    return max(1 + more_us / measured.window_us_8x250, 0.25)


def bigtable_bytes_hour(work: Workload, measured: Measured) -> float:
    """Of a device, as the stream writes it."""
    windows = WINDOWS_PER_S * work.channels * measured.window_bytes_channel
    signal = work.channels * work.rate_hz * measured.signal_bytes_number
    return 3600 * (windows + signal)
