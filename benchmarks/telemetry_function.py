"""Posts a second that one core answers: the telemetry function, and functions that do less.

The function has a core of its own; who posts, Pub/Sub, Bigtable and Cloud KMS have the others.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pickle
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

from local.bigtable import bigtable_emulator
from local.functions import ROOT, FunctionSource, ServedFunction
from local.kms.server import LocalKms
from local.pubsub import create_topics, pubsub_emulator, subscription_path, topic_path
from schemas.packet_wire import encode_packet
from schemas.posts import BINARY_TYPE, encode_post
from schemas.pubsub_topics import TELEMETRY
from tests.functions.telemetry.worlds import DOOR, TestDevice, World

DEVICES, POSTS = 100, 1000
FRESH_REQUESTS = 16_000  # more than are answered in a turn
TURNS, TURN_S, WARM_UP_S = 5, 4.0, 1.0
_CONTENDERS = "benchmarks/telemetry_contenders.py"
_UNLIMITED = {"NEURAL_ENGINE_DOOR_PACKETS_PER_S": "1e9", "NEURAL_ENGINE_DOOR_BURST_PACKETS": "1e9"}


@dataclasses.dataclass(frozen=True)
class Case:
    """One function under one load.

    Args:
      packets: a post; each 250 ms of eight channels at 250 Hz.
      fresh_tokens: every post has a token of its own, which is verified in full; else a device
        uses one token as long as it lives.
    """

    function: str
    packets: int
    fresh_tokens: bool = False


FUNCTIONS = {
    "door": DOOR,
    "published": FunctionSource(_CONTENDERS, "published", asgi=True),
    "bare": FunctionSource(_CONTENDERS, "bare", asgi=True),
}
CASES = tuple(
    Case(function, packets, fresh)
    for packets in (1, 4)
    for function, fresh in (("door", False), ("door", True), ("published", False), ("bare", False))
)


def measure() -> list[dict[str, Any]]:
    """For each case, medians over turns in which all cases follow one another.

    `requests_per_s` is by processor time of the function; `wall_requests_per_s` by the clock, which
    counts others' work too.
    """
    turns: dict[Case, list[dict[str, float]]] = {case: [] for case in CASES}
    with _world() as world, tempfile.TemporaryDirectory() as folder, _served(world) as served:
        devices = [world.add_device() for _ in range(DEVICES)]
        posts = {packets: _posts(devices, packets) for packets in (1, 4)}
        for _ in range(TURNS):
            for case in CASES:
                load, function = Path(folder) / "requests", served[case.function]
                for seconds in (WARM_UP_S, TURN_S):
                    _write_requests(load, posts[case.packets], fresh_tokens=case.fresh_tokens)
                    found = _run(function, load, seconds, repeats=not case.fresh_tokens)
                # Devices that post every second never find the door without their sessions: the
                # first run of the two counts for nothing.
                turns[case].append(found)
    return [
        {
            **dataclasses.asdict(case),
            **{name: statistics.median(turn[name] for turn in found) for name in found[0]},
        }
        for case, found in turns.items()
    ]


@contextlib.contextmanager
def _world() -> Iterator[World]:
    with (
        _on_cores(_other_cores()),
        tempfile.TemporaryDirectory() as folder,
        LocalKms(Path(folder) / "kms") as kms,
        bigtable_emulator(),
        pubsub_emulator(),
    ):
        world = World(kms)
        _forget_messages(world)
        yield world
        world.close()


def _forget_messages(world: World) -> None:
    """Nobody reads them, and the emulator stops answering once they fill its memory."""
    forgetful = dataclasses.replace(TELEMETRY, retention_s=0, subscriptions=())
    with SubscriberClient() as subscriber, PublisherClient() as publisher:
        for subscription in TELEMETRY.subscriptions:
            path = subscription_path(world.project, subscription.name)
            subscriber.delete_subscription(subscription=path)
        publisher.delete_topic(topic=topic_path(world.project, TELEMETRY.name))
    create_topics(world.project, [forgetful])


@contextlib.contextmanager
def _served(world: World) -> Iterator[dict[str, ServedFunction]]:
    with contextlib.ExitStack() as stack:
        served = {}
        for name, source in FUNCTIONS.items():
            function = ServedFunction(source, {**world.environment, **_UNLIMITED})
            with _on_cores({_function_core()}):
                stack.enter_context(function)
            served[name] = function
        yield served


def _posts(devices: Sequence[TestDevice], packets: int) -> list[tuple[TestDevice, bytes]]:
    found = []
    for number in range(POSTS):
        device = devices[number % len(devices)]
        first = number // len(devices) * packets
        wires = [encode_packet(device.packet(first + i)) for i in range(packets)]
        found.append((device, encode_post(wires)))
    return found


def _write_requests(
    path: Path, posts: Sequence[tuple[TestDevice, bytes]], *, fresh_tokens: bool
) -> None:
    tokens = {device.device: device.token() for device, _ in posts[:DEVICES]}
    requests = []
    for number in range(FRESH_REQUESTS if fresh_tokens else len(posts)):
        device, body = posts[number % len(posts)]
        token = device.token() if fresh_tokens else tokens[device.device]
        head = (
            "POST /v1/telemetry HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {token}\r\nContent-Type: {BINARY_TYPE}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        requests.append(head.encode() + body)
    path.write_bytes(pickle.dumps(requests))


def _run(
    function: ServedFunction, load: Path, seconds: float, *, repeats: bool
) -> dict[str, float]:
    port = function.url.rpartition(":")[2]
    command = [sys.executable, "-m", "benchmarks.http_load", "127.0.0.1", port, str(load)]
    before_s = _processor_s(port)
    done = subprocess.run(
        [*command, str(seconds), str(DEVICES)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    used_s = _processor_s(port) - before_s
    found = json.loads(done.stdout)
    if set(found["statuses"]) != {"202"} or found["refused"]:
        raise RuntimeError(f"not all was accepted: {found}")
    if not repeats and found["answers"] > FRESH_REQUESTS:
        raise RuntimeError(f"{found['answers']} answers to {FRESH_REQUESTS} fresh tokens")
    return {
        "requests_per_s": found["answers"] / used_s,
        "wall_requests_per_s": found["answers"] / found["seconds"],
        "p50_ms": found["p50_ms"],
        "p99_ms": found["p99_ms"],
    }


def _processor_s(port: str) -> float:
    """Of all processes of a function; a worker keeps the command line that it was forked with."""
    ticks = 0
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):  # it ended meanwhile
            if process.name.isdigit() and f"--port={port}".encode() in (
                process / "cmdline"
            ).read_bytes().split(b"\0"):
                fields = (process / "stat").read_text().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _function_core() -> int:
    return (os.cpu_count() or 1) - 1


def _other_cores() -> set[int]:
    return set(range(os.cpu_count() or 1)) - {_function_core()} or {0}


@contextlib.contextmanager
def _on_cores(cores: set[int]) -> Iterator[None]:
    """What is started in the block runs there; this process meanwhile too."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
