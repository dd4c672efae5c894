from __future__ import annotations

import numpy as np
import pytest

from devices.client.client import DeviceClient
from devices.client.errors import ClientError, FolderInUseError
from devices.client.places import Outcome
from schemas.packet_events import EventPacket, Reading
from tests.devices.client.contract_server import LOST_AFTER, LOST_BEFORE, Fault
from tests.devices.client.settings import FORMAT, QUICK

SUBJECT = "subject000000001"


def opened(folder, **more):
    return DeviceClient.open(
        folder,
        subject=SUBJECT,
        experiment="rest",
        streams={"eeg0": FORMAT},
        **{"settings": QUICK, **more},
    )


def noise(n_samples, seed=0):
    return np.random.default_rng(seed).integers(-1000, 1000, (n_samples, 2)).astype(np.int32)


def received(server):
    """Samples of all epochs, in order, and the places where they begin."""
    found = server.sample_packets()
    ordered = [found[key] for key in sorted(found)]
    return np.concatenate([one.samples for one in ordered]), [one.first_sample for one in ordered]


def test_every_sample_arrives_at_its_place_and_the_session_ends(server, folder):
    sent = noise(1000)
    with opened(folder) as device:
        for start in range(0, 1000, 30):
            device.push("eeg0", sent[start : start + 30])
    got, places = received(server)
    np.testing.assert_array_equal(got, sent)
    assert places == list(range(0, 1000, 62))  # 250 ms are 62.5 samples: 62
    assert server.ended == {device.session.session: "completed"}
    assert device.account.samples(Outcome.TAKEN) == device.account.samples(Outcome.ACCEPTED) == 1000
    assert not list((folder / "waiting").glob("*.packets"))


def test_markers_and_health_arrive_as_events(server, folder):
    with opened(folder) as device:
        device.mark("left", duration_ns=5)
        device.behaviour("pressed")
        device.health(Reading("battery", 81, "%"))
    told = [event for one in server.packets if isinstance(one, EventPacket) for event in one.events]
    assert [(event.kind.name, event.description) for event in told] == [
        ("MARKER", "left"),
        ("BEHAVIOUR", "pressed"),
        ("DEVICE_HEALTH", ""),
    ]
    assert told[2].readings == (Reading("battery", 81, "%"),)


@pytest.mark.parametrize("fault", [LOST_BEFORE, LOST_AFTER, Fault(500), Fault(503), Fault(429)])
def test_whatever_befalls_posts_every_sample_counts_once(server, folder, fault):
    server.script["telemetry"] = [fault, None, fault, fault]
    sent = noise(500)
    with opened(folder) as device:
        for start in range(0, 500, 62):
            device.push("eeg0", sent[start : start + 62])
            device.wait_until_sent(10)
    got, _ = received(server)
    np.testing.assert_array_equal(got, sent)
    assert device.account.samples(Outcome.ACCEPTED) == 500
    if fault is LOST_AFTER:
        assert len(server.packets) > len(server.sample_packets())  # it was really sent twice


def test_one_poison_packet_costs_only_itself_and_is_kept_with_the_reason(server, folder):
    server.refuse = lambda packet: "malformed" if packet.sequence == 3 else ""
    sent = noise(620)
    with opened(folder) as device:
        device.push("eeg0", sent)
    _, places = received(server)
    assert places == [place for place in range(0, 620, 62) if place != 3 * 62]
    (kept,) = (folder / "refused").glob("*.json")
    assert '"reason": "malformed"' in kept.read_text()
    assert device.account.samples(Outcome.REFUSED) == 62
    assert device.account.reasons() == {"malformed": 1}


def test_a_packet_that_is_unavailable_is_sent_again(server, folder):
    times = []

    def refuse(packet):
        times.append(packet.sequence)
        return "unavailable" if times.count(1) < 3 and packet.sequence == 1 else ""

    server.refuse = refuse
    with opened(folder) as device:
        device.push("eeg0", noise(186))
    assert received(server)[1] == [0, 62, 124]
    assert times.count(1) == 3
    assert times.count(0) == times.count(2) == 1


def test_what_could_not_be_sent_is_sent_by_the_next_client_in_the_same_session(server, folder):
    sent = noise(310)
    device = opened(folder)
    server.script["telemetry"] = [Fault(503)] * 10_000
    device.push("eeg0", sent)
    assert not device.close(drain_s=0.1)
    assert server.ended == {}
    server.script.clear()
    with opened(folder) as again:
        again.push("eeg0", sent)
    assert again.session.session == device.session.session
    assert again.account.samples(Outcome.ACCEPTED) == 620
    assert sorted({key[2] for key in server.sample_packets()}) == [0, 1]  # its own epoch
    assert list(server.ended) == [device.session.session]


def test_a_device_that_restarts_without_network_goes_on_recording(server, folder):
    device = opened(folder)
    server.script["telemetry"] = [Fault(503)] * 10_000
    device.push("eeg0", noise(62))
    device.close(drain_s=0.0)
    server.script = {"renew": [LOST_BEFORE], "bci-sessions": [LOST_BEFORE]}
    with opened(folder) as again:
        again.push("eeg0", noise(62))
    assert len(server.sample_packets()) == 2


def test_another_subject_gets_another_session_after_the_first_was_sent_and_ended(server, folder):
    device = opened(folder)
    server.script["telemetry"] = [Fault(503)] * 10_000
    device.push("eeg0", noise(62))
    device.close(drain_s=0.0)
    server.script.clear()
    other = DeviceClient.open(
        folder, subject="subject000000002", experiment="rest", streams={}, settings=QUICK
    )
    assert server.ended == {device.session.session: "interrupted"}
    assert [one.session for one in server.packets] == [device.session.session]
    assert other.session.session != device.session.session
    other.close()


def test_a_lost_session_is_replaced_while_recording(server, folder):
    server.lease_seconds = 0.03
    with opened(folder) as device:
        first = device.session.session
        device.push("eeg0", noise(62))
        assert device.wait_until_sent(5)
        server.lost_sessions.add(first)
        assert device._keeping.wait_for(lambda: device.session.session != first, 10)
        device.push("eeg0", noise(62))
    assert {key[0] for key in server.sample_packets()} == {first, device.session.session}


def test_a_session_asked_for_again_after_a_lost_answer_is_the_same(server, folder):
    server.script["bci-sessions"] = [LOST_AFTER]
    with pytest.raises(Exception, match="ConnectionError"):
        opened(folder)
    opened(folder).close()
    assert len(server.sessions) == 1


def test_a_full_store_drops_the_new_counts_it_and_tells_it(server, folder):
    server.script["telemetry"] = [Fault(503)] * 10_000
    settings = QUICK.__class__(**{**vars(QUICK), "max_store_bytes": 20_000})
    device = opened(folder, settings=settings)
    sent = noise(62 * 100)
    for start in range(0, len(sent), 62):
        device.push("eeg0", sent[start : start + 62])
    taken, dropped = (device.account.samples(one) for one in (Outcome.TAKEN, Outcome.DROPPED))
    assert taken + dropped == len(sent)
    assert min(taken, dropped) > 0
    server.script.clear()
    assert device.wait_until_sent(10)
    device.push("eeg0", sent[:62])
    assert device.wait_until_sent(10)
    assert any(isinstance(one, EventPacket) for one in server.packets)  # told as soon as it can be
    assert device.close()
    got, places = received(server)
    np.testing.assert_array_equal(got, np.concatenate([sent[:taken], sent[:62]]))
    assert places[-1] == len(sent)  # what was dropped is a gap, not a shift
    (told,) = (one for one in server.packets if isinstance(one, EventPacket))
    assert told.events[0].description == "store_full"
    assert told.events[0].readings == (Reading("samples_dropped", dropped, channel="eeg0"),)


def test_a_folder_serves_one_client_at_a_time(folder):
    device = opened(folder)
    with pytest.raises(FolderInUseError):
        opened(folder)
    device.close()
    opened(folder).close()


def test_the_client_tells_of_itself(server, folder):
    settings = QUICK.__class__(**{**vars(QUICK), "health_interval_s": 1e-9})
    with opened(folder, settings=settings) as device:
        device.push("eeg0", noise(62))
    (told, *_) = (one.events[0] for one in server.packets if isinstance(one, EventPacket))
    assert {one.name for one in told.readings} >= {"packets_waiting", "samples_dropped"}


def test_what_is_no_stream_or_no_shape_is_refused_by_name(folder):
    with opened(folder) as device:
        with pytest.raises(ClientError, match="stream is 'ecg0'; expected one of eeg0"):
            device.push("ecg0", noise(3))
        with pytest.raises(ClientError, match="samples"):
            device.push("eeg0", np.zeros((3, 5), np.int32))
        with pytest.raises(ClientError, match="absent"):
            device.push("eeg0", noise(3), absent=np.zeros((2, 2), bool))
