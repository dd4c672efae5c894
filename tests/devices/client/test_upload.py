from __future__ import annotations

import random

import pytest

from devices.client.accounts import Account
from devices.client.backoff import BackOff
from devices.client.calls import Caller
from devices.client.clocks import ServerTime
from devices.client.credentials import Credentials
from devices.client.keys import DeviceKey
from devices.client.places import Outcome
from devices.client.refused import RefusedPackets
from devices.client.settings import ClientSettings
from devices.client.store import PacketStore
from devices.client.tokens import TokenSource
from devices.client.upload import IDLE_S, Uploader
from schemas.packet_events import Event, EventKind, EventPacket
from schemas.packet_wire import encode_packet
from tests.devices.client.clocks import ManualClock
from tests.devices.client.contract_server import DEVICE, LOST_BEFORE, Fault, problem

SESSION = "0" * 32


class Bench:
    """An uploader whose clock the test moves; nothing here waits."""

    def __init__(self, server, folder, **settings):
        self.server = server
        self.clock = ManualClock(ns=round(server.now_s() * 1e9))
        time = ServerTime(self.clock)
        key = DeviceKey.load(folder / "key.pem")
        self.tokens = TokenSource(key, DEVICE, Credentials.load(folder).audience, time)
        self.store = PacketStore(folder / "waiting", segment_bytes=4096)
        self.account = Account()
        chosen = ClientSettings(**{"back_off": BackOff(1.0, 8.0), **settings})
        refused = RefusedPackets(folder / "refused")
        self.uploader = Uploader(
            Caller(time, self.tokens),
            self.store,
            self.account,
            refused,
            chosen,
            time,
            random.Random(0),
            server.url + "/v1/telemetry",
        )
        self.n_made = 0

    def take(self, count, text="m"):
        for _ in range(count):
            event = Event(time_ns=1, kind=EventKind.MARKER, description=text)
            packet = EventPacket(
                device=DEVICE, session=SESSION, sequence=self.n_made, events=(event,)
            )
            self.store.append([(encode_packet(packet), 0)])
            self.n_made += 1

    def step(self):
        """Posts at the next time the uploader names; seconds that passed until then."""
        began_s = self.clock.s
        n_calls = len(self.server.calls)
        wait_s = 0.0
        while len(self.server.calls) == n_calls:
            self.clock.pass_s(wait_s)
            wait_s = self.uploader.step()
            assert wait_s > 0 or len(self.server.calls) > n_calls
            if wait_s == IDLE_S:
                break
        return self.clock.s - began_s

    def arrived(self):
        return [one.sequence for one in self.server.packets]


@pytest.fixture
def bench(server, folder):
    made = Bench(server, folder)
    yield made
    made.store.close()


def test_one_post_a_second_holds_all_that_waits(bench):
    waits = []
    for _ in range(4):
        bench.take(4)
        waits.append(bench.step())
    assert waits == [0, 1, 1, 1]
    assert bench.server.posts == [4, 4, 4, 4]
    bench.step()
    assert len(bench.server.posts) == 4  # nothing waits: nothing is posted


def test_a_quarter_of_a_second_on_request(server, folder):
    bench = Bench(server, folder, post_interval_s=0.25)
    for _ in range(3):
        bench.take(1)
        bench.step()
    assert bench.clock.s == 1000.5
    bench.store.close()


def test_a_door_under_pressure_slows_the_device_down_and_lets_it_go_again(bench):
    bench.server.post_interval_ms = 4000
    bench.take(1)
    bench.step()
    bench.take(1)
    assert bench.step() == 4
    bench.server.post_interval_ms = 1000
    bench.take(1)
    assert bench.step() == 4
    bench.take(1)
    assert bench.step() == 1


def test_a_backlog_goes_oldest_first_in_posts_of_the_doors_size_without_a_pause(bench):
    bench.take(600)
    waits = [bench.step() for _ in range(3)]
    assert waits == [0, 0, 0]
    assert bench.server.posts == [256, 256, 88]
    assert bench.arrived() == list(range(600))


def test_live_first_posts_the_newest_and_fills_up_with_what_waited(server, folder):
    bench = Bench(server, folder, live_first=True, max_post_packets=8)
    bench.take(20)
    server.script["telemetry"] = [LOST_BEFORE]
    bench.step()
    bench.take(3)
    bench.step()
    assert bench.arrived() == [0, 1, 2, 3, 4, 20, 21, 22]
    bench.take(100)
    bench.step()
    assert bench.arrived()[8:] == [5, 6, *range(23, 29)]  # a share is kept for what waited
    bench.store.close()


def test_retry_after_is_honoured_to_the_second(bench):
    bench.server.script["telemetry"] = [Fault(503, (("Retry-After", "20"),))]
    bench.take(1)
    bench.step()
    assert 20 <= bench.step() <= 21
    assert bench.arrived() == [0]


def test_being_asked_for_fewer_posts_is_no_failure_however_often(bench):
    bench.server.script["telemetry"] = [Fault(429, (("Retry-After", "3"),))] * 7
    bench.take(5)
    bench.step()
    for _ in range(7):
        assert 3 <= bench.step() <= 4
    assert bench.server.posts == [5]  # the whole, not a probe


def test_an_open_circuit_lets_one_small_post_through_and_then_everything(bench):
    bench.take(50)
    bench.server.script["telemetry"] = [LOST_BEFORE] * 6
    for _ in range(5):
        bench.step()
    assert bench.step() > 50  # the probe, which fails too
    assert bench.step() > 50
    assert bench.server.posts == [1]
    bench.step()
    assert bench.server.posts == [1, 49]
    assert bench.arrived() == list(range(50))
    assert bench.uploader.last_problem == ""


def test_a_post_that_is_too_large_is_halved_until_it_fits(bench):
    status, body = problem(413, "body-too-large", "too large")
    bench.server.script["telemetry"] = [Fault(status, body=body)] * 2
    bench.take(8)
    waits = [bench.step() for _ in range(5)]
    assert max(waits) <= 1
    assert bench.arrived() == list(range(8))
    assert bench.server.posts[0] == 2


def test_a_packet_that_alone_is_too_large_is_refused_for_good(bench):
    status, body = problem(413, "body-too-large", "too large")
    bench.server.script["telemetry"] = [Fault(status, body=body)]
    bench.take(1)
    bench.step()
    assert bench.store.is_empty()
    assert bench.account.reasons() == {"too_large": 1}


def test_a_post_that_the_network_cut_off_is_sent_again_as_it_is(bench):
    status, body = problem(400, "body-cut-off", "the connection ended in the body")
    bench.server.script["telemetry"] = [Fault(status, body=body)]
    bench.take(1)
    bench.step()
    assert bench.store.waiting().packets == 1
    bench.step()
    assert bench.arrived() == [0]
    assert bench.account.packets(Outcome.REFUSED) == 0


@pytest.mark.parametrize("status", [400, 403, 404, 413, 502])
def test_whoever_is_not_the_door_cannot_empty_the_store(bench, status):
    bench.server.script["telemetry"] = [Fault(status)] * 4
    bench.take(2)
    for _ in range(4):
        bench.step()
    assert bench.store.waiting().packets == 2
    assert str(status) in bench.uploader.last_problem
    bench.step()
    assert bench.arrived() == [0, 1]


def test_verdicts_of_a_503_count_and_the_rest_is_sent_again(bench):
    verdicts = [
        {"packet": 0, "accepted": True},
        {"packet": 1, "accepted": False, "reason": "unavailable", "detail": ""},
        {"packet": 2, "accepted": False, "reason": "malformed", "detail": "x"},
    ]
    body = {"verdicts": verdicts, "post_interval_ms": 1000}
    bench.server.script["telemetry"] = [Fault(503, body=body)]
    bench.take(3)
    bench.step()
    bench.step()
    assert bench.arrived() == [1]
    assert bench.account.packets(Outcome.ACCEPTED) == 2
    assert bench.account.packets(Outcome.REFUSED) == 1


@pytest.mark.parametrize(
    "verdicts",
    [
        [],
        [{"packet": 7, "accepted": True}],
        [{"packet": 0, "accepted": True}, {"packet": 0, "accepted": False, "reason": "x"}],
        [{"packet": 0, "accepted": "yes"}, {"accepted": True}],
        "all",
    ],
)
def test_a_202_without_a_clear_verdict_is_no_acceptance(bench, verdicts):
    body = {"verdicts": verdicts, "post_interval_ms": 1000}
    bench.server.script["telemetry"] = [Fault(202, body=body)]
    bench.take(1)
    bench.step()
    assert bench.store.waiting().packets == 1
    assert bench.uploader.last_problem.startswith("202")
    bench.step()
    assert bench.arrived() == [0]


def test_an_expired_token_costs_one_more_call_and_nothing_else(bench):
    bench.take(1)
    bench.tokens.token()
    bench.server.ahead_s = 7200  # and the device's clock is two hours behind
    bench.step()
    assert bench.server.calls.count("telemetry") == 2
    assert bench.arrived() == [0]
    bench.take(1)
    bench.step()
    assert bench.server.calls.count("telemetry") == 3


def test_what_is_worth_compressing_is_compressed(bench):
    bench.take(1)
    bench.step()
    bench.take(100, text="the same words again and again")
    bench.step()
    (plain, _), (packed, n_bytes) = bench.server.bodies
    assert (plain, packed) == ("", "gzip")
    assert n_bytes < 4000
