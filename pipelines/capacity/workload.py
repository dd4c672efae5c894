"""A fleet of devices, and the choices that decide what it costs."""

from __future__ import annotations

import dataclasses

from schemas.errors import SchemaError

WINDOWS_PER_S = 20


@dataclasses.dataclass(frozen=True, kw_only=True)
class Workload:
    """Devices that all record at the same time.

    Attributes:
      hours: of recording a device and day.
      post_interval_s: signal in a post, which is one packet.
      window_rows: whether BigQuery gets a row for each 50 ms (`features_log`), beside those of
        whole seconds.
      revisions: reprocessings of everything, each of which writes its windows again.
      bigtable_days, bigquery_days, archive_days: how long each store keeps what it is given; the
        cost is that of a month in which they are full.
      tenants: organisations; each has keys of its own.
    """

    devices: int = 10_000
    channels: int = 8
    rate_hz: float = 250.0
    hours: float = 8.0
    days: float = 30.0
    post_interval_s: float = 1.0
    window_rows: bool = True
    revisions: int = 0
    bigtable_days: float = 7.0
    bigquery_days: float = 365.0
    archive_days: float = 365.0
    tenants: int = 10

    def __post_init__(self) -> None:
        bounds: dict[str, tuple[float, float]] = {
            "devices": (1, 10_000_000),
            "channels": (1, 4096),
            "rate_hz": (1, 50_000),
            "hours": (0.001, 24),
            "days": (1, 31),
            "post_interval_s": (0.05, 60),
            "revisions": (0, 100),
            "bigtable_days": (0, 36_500),
            "bigquery_days": (0, 36_500),
            "archive_days": (0, 36_500),
            "tenants": (1, 1_000_000),
        }
        for field, (low, high) in bounds.items():
            found = getattr(self, field)
            if not low <= found <= high:
                raise SchemaError(field, found, f"{low:g} to {high:g}")

    @property
    def device_hours(self) -> float:
        """Of recording, a month."""
        return self.devices * self.hours * self.days

    @property
    def posts_per_s(self) -> float:
        """While all devices record."""
        return self.devices / self.post_interval_s

    @property
    def posts(self) -> float:
        """A month."""
        return self.device_hours * 3600 / self.post_interval_s

    @property
    def windows_per_post(self) -> float:
        """Of 50 ms."""
        return self.post_interval_s * WINDOWS_PER_S

    @property
    def numbers_per_post(self) -> float:
        """Samples times channels."""
        return self.post_interval_s * self.rate_hz * self.channels
