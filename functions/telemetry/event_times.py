"""When what is in a packet happened."""

from __future__ import annotations

from schemas.archive import unwrapped
from schemas.packet import Packet
from schemas.packet_events import EventPacket

_NS = 1_000_000_000


def event_span_ns(packet: Packet | EventPacket, now_ns: int) -> tuple[int, int]:
    """Times of the first and of the last thing in a packet, nanoseconds since 1970.

    Where the device's counter of samples wraps, the time nearest to when the device closed the
    packet is taken, or to `now_ns` where it does not say: only who follows the stream can know.
    """
    if isinstance(packet, EventPacket):
        times_ns = [event.time_ns for event in packet.events]
        return min(times_ns), max(times_ns)
    rate = packet.format.sampling_rate
    ns_per_sample = _NS * rate.denominator, rate.numerator  # a ratio
    place = packet.first_sample
    if packet.counter_bits:
        elapsed_ns = (packet.device_time_ns or now_ns) - packet.start_ns
        expected = elapsed_ns * ns_per_sample[1] // ns_per_sample[0] - packet.n_samples
        place = unwrapped(place, packet.counter_bits, max(0, expected))
    return tuple(  # type: ignore[return-value]
        packet.start_ns + sample * ns_per_sample[0] // ns_per_sample[1]
        for sample in (place, place + packet.n_samples - 1)
    )
