"""How a device's clock runs against ours: recorded, never applied to the order of samples."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np

from transforms.row_identity import RowIdentity
from transforms.table_part import TablePart, make_part

SLOT_NS = 5_000_000_000
MOST_SLOTS = 120  # ten minutes
FEWEST_SLOTS = 3
MOST_DRIFT_PPM = 10_000.0
"""Beyond it no clock is told of: what was stored and comes at once seems to stand still."""
_MS, _PPM = 1e6, 1e6


@dataclasses.dataclass(frozen=True)
class Fit:
    """A straight line through delays: received minus device time.

    Attributes:
      offset_ms: at `end_ns`.
      drift_ppm: by which the device's clock is behind more and more; above 0: it is slow.
      residual_ms: root mean square of what the line leaves.
    """

    start_ns: int
    end_ns: int
    n_packets: int
    offset_ms: float
    drift_ppm: float
    residual_ms: float

    def part(self, identity: RowIdentity, name: str, rate: Fraction) -> TablePart:
        """Its row of `clock_fits`."""
        row = dataclasses.asdict(self)
        row["rate_hz"] = float(rate) / (1 + self.drift_ppm / _PPM)
        columns = {key: [value] for key, value in row.items()}
        return make_part("clock_fits", name, identity, 1, columns).named_by_content()


class ClockFit:
    """Least squares over the quickest packet of each five seconds of the last ten minutes.

    A network only ever delays: the quickest packets are those that say most about clocks.

    Attributes:
      slots: (device time, delay) in nanoseconds, by time; one a slot.
    """

    def __init__(self, slots: list[tuple[int, int]] | None = None):
        self.slots = slots or []

    def add(self, device_ns: int, received_ns: int) -> None:
        """A packet.

        Args:
          device_ns: time after its last sample, by its place: what the device's crystal says.
          received_ns: by our clock.
        """
        delay, slots = received_ns - device_ns, self.slots
        if not slots or device_ns // SLOT_NS > slots[-1][0] // SLOT_NS:
            slots.append((device_ns, delay))
            del slots[:-MOST_SLOTS]
        elif device_ns // SLOT_NS == slots[-1][0] // SLOT_NS and delay < slots[-1][1]:
            slots[-1] = (device_ns, delay)

    def fit(self) -> Fit | None:
        """The line; None while there are too few packets, or where no clock runs so."""
        if len(self.slots) < FEWEST_SLOTS:
            return None
        (start_ns, base), (end_ns, _) = self.slots[0], self.slots[-1]
        times = np.array([at - end_ns for at, _ in self.slots], np.float64)
        delays = np.array([delay - base for _, delay in self.slots], np.float64)
        centred = times - times.mean()
        slope = float((centred * (delays - delays.mean())).sum() / (centred**2).sum())
        if abs(slope) * _PPM > MOST_DRIFT_PPM:
            return None
        at_end = float(delays.mean() - slope * times.mean())
        rest = delays - (at_end + slope * times)
        return Fit(
            start_ns=start_ns,
            end_ns=end_ns,
            n_packets=len(self.slots),
            offset_ms=(base + at_end) / _MS,
            drift_ppm=slope * _PPM,
            residual_ms=float(np.sqrt((rest**2).mean())) / _MS,
        )
