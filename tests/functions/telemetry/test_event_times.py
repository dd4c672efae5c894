"""Times of what is in a packet follow from its place, exactly."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.telemetry.event_times import event_span_ns
from schemas.archive import record_of
from schemas.packet_format import SignalFormat
from tests.functions.telemetry.worlds import S
from tests.schemas.packets import EVENT_PACKETS, START_NS, made_packet


@settings(deadline=None)
@given(
    place=st.integers(0, 10**11),
    rate=st.sampled_from([Fraction(250), Fraction(257, 2), Fraction(30_000), Fraction(1000, 3)]),
    n_samples=st.integers(1, 50),
)
def test_the_first_time_is_the_one_that_the_archive_stores(place, rate, n_samples):
    format_ = SignalFormat("eeg", rate, ("C3",))
    packet = made_packet([[0]] * n_samples, first_sample=place, format=format_)
    first_ns, last_ns = event_span_ns(packet, 0)
    assert first_ns == record_of(packet).time_ns
    lasted = Fraction(S * (packet.n_samples - 1)) / packet.format.sampling_rate
    assert abs(last_ns - first_ns - lasted) <= 1


@settings(deadline=None)
@given(EVENT_PACKETS)
def test_events_span_from_the_earliest_to_the_latest(packet):
    times = [event.time_ns for event in packet.events]
    assert event_span_ns(packet, 0) == (min(times), max(times))


@settings(deadline=None)
@given(
    place=st.integers(0, 10**9),
    bits=st.sampled_from([8, 16, 32]),
    wrong_by=st.integers(-120, 120),
    says_when=st.booleans(),
)
def test_a_wrapped_place_is_found_by_the_device_s_time_or_else_by_now(
    place, bits, wrong_by, says_when
):
    packet = made_packet(first_sample=place % 2**bits, counter_bits=bits)
    closed_ns = START_NS + (place + packet.n_samples + wrong_by) * S // 250
    given_ns = (closed_ns, 0) if says_when else (0, closed_ns)
    timed = made_packet(
        first_sample=packet.first_sample, counter_bits=bits, device_time_ns=given_ns[0]
    )
    if place + wrong_by >= 0:
        assert event_span_ns(timed, given_ns[1])[0] == START_NS + place * S // 250
