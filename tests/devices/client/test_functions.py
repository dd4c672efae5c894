"""The client against the functions themselves, on the emulators."""

from __future__ import annotations

import contextlib
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import requests

from devices.client.client import DeviceClient
from devices.client.enrolment import Servers, enrol, rotate_key
from devices.client.places import Outcome
from devices.fleet import FleetSettings, run_fleet
from devices.fleet_network import NetworkFaults
from functions.registry.registry import Registry, connect
from local.functions import FunctionSource, ServedFunction
from local.kms.server import LocalKms
from local.oidc import LocalOidc
from schemas.envelope import Envelope, EnvelopeKind
from schemas.packet import Packet
from schemas.packet_wire import decode_packet
from schemas.pubsub_topics import DEVICE_EVENTS
from schemas.registrations import Role
from schemas.registry_rows import operator_id
from tests.devices.client.recording_device import samples_of
from tests.devices.client.settings import FORMAT, HARDWARE, QUICK
from tests.functions.telemetry.worlds import AUDIENCE, DOOR, World
from tests.security.vaults import TENANT

ROOT = pathlib.Path(__file__).resolve().parents[3]
SUBJECT = "subject000000001"
ENROLMENT = FunctionSource("functions/enrolment/main.py", "enrolment")
SESSIONS = FunctionSource("functions/sessions/main.py", "sessions")


class System:
    """Functions that serve, and an operator."""

    def __init__(self, world, oidc, enrolment, sessions):
        self.world, self._oidc = world, oidc
        self.servers = Servers(enrolment.url, sessions.url)
        registry = Registry(connect(world.project, world.instance))
        registry.grant(TENANT, operator_id(oidc.issuer, "operator"), Role.OPERATOR)

    def enrolled(self, folder):
        token = self._oidc.issue("operator", "operator@example.org")
        claim = requests.post(
            self.servers.enrolment_url + "/v1/claims",
            json={"tenant": TENANT},
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
        ).json()["claim"]
        enrol(folder, self.servers, claim, HARDWARE)
        return folder

    def published(self, session, n_packets):
        """Envelopes of a session until as many places of samples and its end were seen."""
        envelopes: list[Envelope] = []
        places: dict[tuple[int, int], Packet] = {}
        while True:
            pulled = self.world.pull(_Of(session), 1, timeout_s=10)
            assert pulled, f"{len(places)} of {n_packets} places were published"
            envelopes += pulled
            if pulled[0].kind is EnvelopeKind.SAMPLES:
                packet = decode_packet(self.world.open(pulled[0]))
                assert isinstance(packet, Packet)
                places[packet.epoch, packet.first_sample] = packet
            ended = any(one.kind is EnvelopeKind.END for one in envelopes)
            if ended and len(places) >= n_packets:
                return envelopes, [places[place] for place in sorted(places)]


class _Of:
    def __init__(self, session):
        self.session = session


@pytest.fixture(scope="module")
def system(bigtable, pubsub, tmp_path_factory):
    with contextlib.ExitStack() as stack:
        kms = stack.enter_context(LocalKms(tmp_path_factory.mktemp("keys")))
        oidc = stack.enter_context(LocalOidc())
        world = World(kms)
        stack.callback(world.close)
        environment = world.environment | {
            "NEURAL_ENGINE_DEVICE_EVENTS_TOPIC": DEVICE_EVENTS.name,
            "NEURAL_ENGINE_OPERATOR_ISSUER": oidc.issuer,
            "NEURAL_ENGINE_OPERATOR_AUDIENCE": oidc.audience,
            "NEURAL_ENGINE_OPERATOR_JWKS_URL": oidc.jwks_url,
        }
        assert environment["NEURAL_ENGINE_TOKEN_AUDIENCE"] == AUDIENCE
        door, enrolment = ServedFunction(DOOR, environment), ServedFunction(ENROLMENT, environment)
        for served in (door, enrolment):
            stack.callback(served.stop)
            served.begin()
        environment |= {"NEURAL_ENGINE_TELEMETRY_URL": door.url + "/v1/telemetry"}
        sessions = ServedFunction(SESSIONS, environment)
        stack.callback(sessions.stop)
        sessions.begin()
        for served in (door, enrolment, sessions):
            served.wait_until_ready()
        yield System(world, oidc, enrolment, sessions)


def opened(folder, **more):
    return DeviceClient.open(
        folder,
        subject=SUBJECT,
        experiment="kill",
        streams={"eeg0": FORMAT},
        **{"settings": QUICK, **more},
    )


def killed_while_it_records(folder, first, wanted):
    """Numbers of the packets of which the process said that they are taken."""
    command = [sys.executable, "-m", "tests.devices.client.recording_device"]
    command += [str(folder), SUBJECT, str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(wanted)]
        process.kill()
        lines += process.stdout.read().splitlines(keepends=True)
    return [int(line) for line in lines if line.endswith("\n")]


def test_enrolled_killed_and_restarted_every_packet_taken_is_published_once(system, tmp_path):
    folder = system.enrolled(tmp_path)
    told = killed_while_it_records(folder, 0, 5)
    told += killed_while_it_records(folder, 1000, 9)
    device = opened(folder)
    device.push("eeg0", samples_of(2000))
    assert device.close()
    told += [2000]
    _, packets = system.published(device.session.session, len(told))
    numbers = [int(packet.samples[0, 0]) for packet in packets]
    assert set(told) <= set(numbers)
    assert len(numbers) <= len(told) + 2  # one a kill may be stored and not yet told
    assert numbers == sorted(set(numbers))
    for packet, number in zip(packets, numbers, strict=True):
        np.testing.assert_array_equal(packet.samples, samples_of(number))
        assert packet.epoch == number // 1000


def test_a_fleet_on_a_bad_network_balances_to_the_sample(system, tmp_path):
    folders = [system.enrolled(tmp_path / str(number)) for number in range(2)]
    faults = NetworkFaults(loss=0.2, duplicates=0.2, reorder=0.2)
    client = QUICK.__class__(**{**vars(QUICK), "max_post_packets": 8})
    settings = FleetSettings(seconds=20, is_live=False, faults=faults, client=client)
    accounts = run_fleet(folders, [SUBJECT, "subject000000002"], settings)
    for account in accounts:
        assert account["streams"]["eeg0"]["samples_accepted"] == 5000
        told = {
            (one["epoch"], one["first_sample"]): one["n_samples"]
            for one in account["accepted"]
            if one["stream"] == "eeg0"
        }
        _, packets = system.published(account["session"], len(told))
        found = {(one.epoch, one.first_sample): one.n_samples for one in packets}
        assert found == told
        assert sum(told.values()) == 5000


def test_a_new_key_posts_and_a_second_client_of_the_device_finds_it_busy(system, tmp_path):
    folder = system.enrolled(tmp_path / "one")
    rotate_key(folder)
    with opened(folder) as device:
        device.push("eeg0", samples_of(1))
        assert device.wait_until_sent(20)
        assert device.account.packets(Outcome.ACCEPTED) == 1
        thief = tmp_path / "copy"
        thief.mkdir()
        for name in ("key.pem", "credentials.json"):
            (thief / name).write_bytes((folder / name).read_bytes())
            (thief / name).chmod(0o600)
        with pytest.raises(Exception, match="409 urn:neural-engine:problem:device-busy"):
            opened(thief)
