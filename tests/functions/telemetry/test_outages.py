"""What others do while the door needs them: never a false 202, and all is well again after."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time

import grpc
import pytest

from local.bigtable import ADDRESS_VARIABLE as BIGTABLE_VARIABLE
from local.functions import ServedFunction
from local.kms.faults import Fault
from local.pubsub import ADDRESS_VARIABLE as PUBSUB_VARIABLE
from schemas.packet_wire import encode_packet
from tests.functions.telemetry.posters import Poster
from tests.functions.telemetry.worlds import DOOR, World
from tests.tcp_proxy import tcp_proxy

PUBSUB_AWAY_S = 10.0
SOON_S = 40.0  # by when all must be well again, on a slow machine too


@pytest.fixture(scope="module")
def ways(bigtable, pubsub):
    """To the stores, which a test may cut off."""
    with tcp_proxy(bigtable) as to_bigtable, tcp_proxy(pubsub) as to_pubsub:
        yield {"bigtable": to_bigtable, "pubsub": to_pubsub}


@pytest.fixture(scope="module")
def far_door(world, ways, tmp_path_factory):
    log = tmp_path_factory.mktemp("far-door") / "log.txt"
    environment = {
        **world.environment,
        PUBSUB_VARIABLE: ways["pubsub"].address,
        BIGTABLE_VARIABLE: ways["bigtable"].address,
        "NEURAL_ENGINE_DOOR_SESSION_LIFE_S": "1",
        "NEURAL_ENGINE_DOOR_DEVICE_LIFE_S": "1",
        "NEURAL_ENGINE_DOOR_WAIT_S": "1",
        "NEURAL_ENGINE_DOOR_PUBLISH_S": "1.5",
    }
    with ServedFunction(DOOR, environment, log=log) as served:
        yield served
        print(log.read_text()[-20_000:])  # shown where a test fails


@pytest.fixture
def far_poster(far_door):
    made = Poster(far_door.url)
    yield made
    made.close()


class Stream:
    """A device's packets, each posted once, and what it was told of each."""

    def __init__(self, device, poster):
        self.device, self.poster = device, poster
        self.sequence = 0
        self.posted: dict[int, bytes] = {}
        self.accepted: set[int] = set()

    def post(self, count=2):
        packets = [self.device.packet(self.sequence + i) for i in range(count)]
        self.sequence += count
        wires = [encode_packet(packet) for packet in packets]
        self.posted |= {packet.sequence: wire for packet, wire in zip(packets, wires, strict=True)}
        answer = self.poster.post(self.device, *wires)
        if answer.status in (202, 503) and "verdicts" in answer.fields:
            self.accepted |= {
                packets[verdict["packet"]].sequence
                for verdict in answer.fields["verdicts"]
                if verdict["accepted"]
            }
        return answer

    def post_until(self, status):
        until = time.monotonic() + SOON_S
        while (answer := self.post()).status != status:
            assert answer.status in (202, 503), answer
            assert time.monotonic() < until
        return answer

    def assert_all_accepted_is_in_pub_sub(self, world):
        # Some that were not accepted may be there as well: they came through after all.
        opened: dict[int, bytes] = {}
        until = time.monotonic() + 10
        while not self.accepted <= set(opened) and time.monotonic() < until:
            for envelope in world.pull(self.device, 1):
                opened[envelope.sequence] = world.open(envelope)
        assert self.accepted <= set(opened)
        assert all(self.posted[sequence] == wire for sequence, wire in opened.items())


def assert_told_to_come_again(answer):
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) >= 1
    if "verdicts" in answer.fields:
        assert set(answer.reasons) == {"unavailable"}


def test_pub_sub_away_is_told_at_once_and_nothing_is_falsely_acknowledged(world, ways, far_poster):
    stream = Stream(world.add_device(), far_poster)
    assert stream.post().status == 202
    ways["pubsub"].go_away()
    back_at = time.monotonic() + PUBSUB_AWAY_S
    try:
        answers = [stream.post()]
        while time.monotonic() < back_at:
            answers.append(stream.post())
    finally:
        ways["pubsub"].come_back()
    for answer in answers:
        assert_told_to_come_again(answer)
        assert answer.fields["post_interval_ms"] > 1000  # the gauge tells devices to hold back
    assert far_poster.ask("GET", "/health/ready").status == 503
    assert far_poster.ask("GET", "/healthz").status == 200
    recovered = stream.post_until(202)
    assert recovered.reasons == ["", ""]
    assert far_poster.ask("GET", "/health/ready").status == 200
    stream.assert_all_accepted_is_in_pub_sub(world)


def test_bigtable_away_is_told_and_heals(world, ways, far_poster):
    stream = Stream(world.add_device(), far_poster)
    assert stream.post().status == 202
    ways["bigtable"].go_away()
    try:
        newcomer = Stream(world.add_device(), far_poster)
        assert_told_to_come_again(newcomer.post())  # nobody can say whose it is
        assert_told_to_come_again(stream.post_until(503))  # what was kept is too old by now
    finally:
        ways["bigtable"].come_back()
    stream.post_until(202)
    newcomer.post_until(202)
    stream.assert_all_accepted_is_in_pub_sub(world)
    newcomer.assert_all_accepted_is_in_pub_sub(world)


def test_kms_away_stops_new_subjects_alone(world, far_poster):
    known = Stream(world.add_device(), far_poster)
    assert known.post().status == 202
    new = Stream(world.add_device(subject="subject000000077"), far_poster)
    world.kms.faults.add(Fault(status=grpc.StatusCode.UNAVAILABLE))
    try:
        assert_told_to_come_again(new.post())
        assert known.post().status == 202
    finally:
        world.kms.faults.clear()
    new.post_until(202)
    for stream in (known, new):
        stream.assert_all_accepted_is_in_pub_sub(world)


def test_an_erased_subject_is_refused_for_good(world, far_poster):
    device = world.add_device(subject="subject000000088")
    world.erase("subject000000088")
    assert Stream(device, far_poster).post().reasons == ["erased", "erased"]


def test_what_was_acknowledged_survives_a_kill_in_the_middle(door_kms, bigtable, pubsub):
    world = World(door_kms)
    with ServedFunction(DOOR, world.environment) as served:
        streams = [Stream(world.add_device(), Poster(served.url)) for _ in range(8)]
        enough = threading.Barrier(len(streams) + 1)
        threads = [threading.Thread(target=_post_until_cut, args=(s, enough)) for s in streams]
        for thread in threads:
            thread.start()
        enough.wait(30)  # every device has been answered and posts on
        served.kill()
        for thread in threads:
            thread.join()
    assert sum(len(stream.accepted) for stream in streams) >= 2 * len(streams)
    assert any(len(stream.posted) > len(stream.accepted) for stream in streams)  # in the middle
    for stream in streams:
        stream.assert_all_accepted_is_in_pub_sub(world)
    world.close()


def _post_until_cut(stream, enough):
    assert stream.post().status == 202
    enough.wait(30)
    with contextlib.suppress(OSError, http.client.HTTPException):  # cut off
        while True:
            stream.post()
