"""What goes wrong between a device and the door: asked for, validated, with truth about each."""

from __future__ import annotations

import dataclasses
import math

from devices.simulator.validation import SettingsError, check_number

COUNTER_BITS = (0, 8, 16, 32)


@dataclasses.dataclass(frozen=True)
class Faults:
    """How a device and its network misbehave. The default is a perfect device on a perfect network.

    Each fault draws from a random stream of its own: one that is switched off leaves the others as
    they were.

    Args:
      loss: share of the packets that never arrive, 0 to 0.9.
      loss_burst_packets: mean number of packets lost in a row, 1 to 100 (Gilbert 1960).
      duplicate: share of the packets that arrive twice, 0 to 1.
      reorder_ms: each packet is late by 0 to this, so those within it of each other change places.
      jitter_ms: standard deviation of the device's time stamps around its clock; they may step
        back. Never further than three of it.
      drift_ppm: how much faster the device's crystal runs than true time, -1000 to 1000. It times
        the samples and the stamps alike, so only the arrivals show it.
      counter_bits: width of the device's counter of samples, 8, 16 or 32; 0: it never wraps.
      restart_at_s: when the device restarts; counters begin at 0 again, with a new epoch.
      restart_gap_s: for so long after each restart nothing is recorded, 0 to 60.

    Raises:
      SettingsError: names the fault, what was found and what is right.
    """

    loss: float = 0.0
    loss_burst_packets: float = 1.0
    duplicate: float = 0.0
    reorder_ms: float = 0.0
    jitter_ms: float = 0.0
    drift_ppm: float = 0.0
    counter_bits: int = 0
    restart_at_s: tuple[float, ...] = ()
    restart_gap_s: float = 1.0

    def __post_init__(self) -> None:
        check_number("loss", self.loss, 0.0, 0.9)
        check_number("loss_burst_packets", self.loss_burst_packets, 1.0, 100.0)
        check_number("duplicate", self.duplicate, 0.0, 1.0)
        check_number("reorder_ms", self.reorder_ms, 0.0, 60_000.0)
        check_number("jitter_ms", self.jitter_ms, 0.0, 10_000.0)
        check_number("drift_ppm", self.drift_ppm, -1000.0, 1000.0)
        check_number("restart_gap_s", self.restart_gap_s, 0.0, 60.0)
        if self.counter_bits not in COUNTER_BITS:
            raise SettingsError("counter_bits", self.counter_bits, "0, 8, 16 or 32")
        object.__setattr__(self, "restart_at_s", tuple(self.restart_at_s))
        for at_s in self.restart_at_s:
            check_number("restart_at_s", at_s, 0.001, math.inf)
        if list(self.restart_at_s) != sorted(set(self.restart_at_s)):
            raise SettingsError("restart_at_s", self.restart_at_s, "times that rise")


NO_FAULTS = Faults()
