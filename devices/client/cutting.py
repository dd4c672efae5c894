"""Samples to packets: every sample gets its place, in whatever pieces it came."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from devices.client.clocks import Clock
from devices.client.epochs import Epochs
from devices.client.errors import ClientError
from schemas.codec import Numbers
from schemas.packet import Packet
from schemas.packet_format import SignalFormat

LONGEST_PAUSE_S = 3600
"""After a longer one the samples are counted anew: a new epoch."""

_NS = 1_000_000_000
Absent = npt.NDArray[np.bool_]


@dataclasses.dataclass(frozen=True)
class Sender:
    """Who sends."""

    device: str
    session: str


class StreamCutter:
    """Cuts one stream; not for several threads at once.

    The times of an epoch come from one reading of the clock and the machine's monotonic timer, so
    that a clock which is set meanwhile moves no sample.

    Args:
      packet_s: rounded to whole samples.
    """

    def __init__(
        self,
        stream: str,
        signal_format: SignalFormat,
        sender: Sender,
        epochs: Epochs,
        clock: Clock,
        packet_s: float,
    ):
        self.format = signal_format
        self._stream, self._sender, self._epochs = stream, sender, epochs
        self._clock = clock
        self._packet_samples = max(round(packet_s * signal_format.sampling_rate), 1)
        self._held: list[tuple[Numbers, Absent | None]] = []
        self._n_held = 0
        self._epoch: int | None = None
        self._sequence = 0
        self._next_sample = 0  # of the first sample held
        self._start_ns = 0
        self._wall_ns, self._timer_s = 0, 0.0
        self._last_push_s = 0.0
        self._counted = 0  # samples by the caller's count

    def push(
        self,
        samples: Numbers,
        absent: Absent | None = None,
        first_sample: int | None = None,
        start_ns: int | None = None,
    ) -> list[Packet]:
        """The packets that are full now.

        Args:
          samples: (n_samples, n_channels), just sampled: the last one is of this moment.
          absent: as of a packet.
          first_sample: place of the first one by a count of the device's own that never restarts;
            None: follows the last one. What it leaves out is a gap.
          start_ns: time of the first sample, where it begins an epoch; None: by the clock.

        Raises:
          ClientError: samples of another shape, or a place that was used already.
        """
        samples = self._checked(samples, absent)
        if len(samples) == 0:
            return []
        now_s = self._clock.monotonic_s()
        paused_s = now_s - self._last_push_s - len(samples) / float(self.format.sampling_rate)
        self._last_push_s = now_s
        place = self._counted if first_sample is None else first_sample
        ahead = place - self._counted
        if ahead < 0 and self._epoch is not None:
            raise ClientError("first_sample", first_sample, f"{self._counted} or later")
        packets: list[Packet] = []
        if self._epoch is not None and (paused_s > LONGEST_PAUSE_S or self._is_long(ahead)):
            packets += self.restart()
        if self._epoch is None:
            self._begin(len(samples), start_ns)
        elif ahead:
            packets += self.flush()
            self._next_sample += ahead
        self._counted = place + len(samples)
        self._held.append((samples, absent))
        self._n_held += len(samples)
        while self._n_held >= self._packet_samples:
            packets.append(self._packet(self._packet_samples))
        return packets

    def flush(self) -> list[Packet]:
        """What is held, as a shorter packet."""
        return [self._packet(self._n_held)] if self._n_held else []

    def restart(self) -> list[Packet]:
        """What is held; what comes then begins a new epoch."""
        packets = self.flush()
        self._epoch = None
        return packets

    def now_ns(self) -> int:
        """By the clock that this epoch began with."""
        return self._wall_ns + round((self._clock.monotonic_s() - self._timer_s) * _NS)

    def _is_long(self, n_samples: int) -> bool:
        return n_samples > LONGEST_PAUSE_S * self.format.sampling_rate

    def _checked(self, samples: Numbers, absent: Absent | None) -> Numbers:
        found = np.asarray(samples)
        if found.ndim != 2 or found.shape[1] != self.format.n_channels:
            expected = f"(n_samples, {self.format.n_channels})"
            raise ClientError("samples", found.shape, expected)
        if absent is not None and absent.shape != found.shape:
            raise ClientError("absent", absent.shape, str(found.shape))
        if found.dtype.kind in "iu" and found.size:
            limits = np.iinfo(np.int32)
            if found.min() < limits.min or found.max() > limits.max:
                expected = f"integers from {limits.min} to {limits.max}"
                raise ClientError("samples", f"{found.min()} to {found.max()}", expected)
            return found.astype(np.int32)  # a copy: the caller may fill its buffer again
        if found.dtype not in (np.float32, np.float64) and found.size:
            raise ClientError("samples", str(found.dtype), "integers, float32 or float64")
        return found.copy()

    def _begin(self, n_samples: int, start_ns: int | None) -> None:
        self._epoch = self._epochs.begin(self._stream)
        self._sequence = self._next_sample = 0
        self._wall_ns, self._timer_s = self._clock.now_ns(), self._clock.monotonic_s()
        rate = self.format.sampling_rate
        elapsed_ns = n_samples * _NS * rate.denominator // rate.numerator
        self._start_ns = self._wall_ns - elapsed_ns if start_ns is None else start_ns

    def _packet(self, n_samples: int) -> Packet:
        samples, absent = self._take(n_samples)
        packet = Packet(
            device=self._sender.device,
            session=self._sender.session,
            stream=self._stream,
            format=self.format,
            epoch=self._epoch or 0,
            sequence=self._sequence,
            first_sample=self._next_sample,
            start_ns=self._start_ns,
            device_time_ns=self.now_ns(),
            samples=samples,
            absent=absent,
        )
        self._sequence += 1
        self._next_sample += n_samples
        return packet

    def _take(self, n_samples: int) -> tuple[Numbers, Absent | None]:
        """The first samples held, and which of them are absent."""
        taken: list[tuple[Numbers, Absent | None]] = []
        left = n_samples
        while left:
            samples, absent = self._held.pop(0)
            taken.append((samples[:left], None if absent is None else absent[:left]))
            if len(samples) > left:
                rest = None if absent is None else absent[left:]
                self._held.insert(0, (samples[left:], rest))
            left -= len(taken[-1][0])
        self._n_held -= n_samples
        numbers = np.concatenate([samples for samples, _ in taken])
        if all(absent is None for _, absent in taken):
            return numbers, None
        masks = [np.zeros(one.shape, bool) if mask is None else mask for one, mask in taken]
        return numbers, np.concatenate(masks)
