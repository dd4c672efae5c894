"""The job as it is launched, in a process of its own, on real emulators."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import numpy as np
import pytest
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

from local.kms.server import LocalKms
from local.pubsub import subscription_path, topic_path
from schemas.pubsub_topics import FEEDBACK
from schemas.window_cells import WindowCell, decode_window_cell
from security.context import FeedbackContext
from tests.pipelines.stream_runs import files_below, made_packets, sealed_envelope
from tests.sealed_stores import connected, new_store
from tests.security.vaults import NAMES, PROJECT, make_tenant_keys
from tests.transforms.recordings.made_archive import SESSION, SUBJECT, TENANT
from transforms.engine import WindowBatch
from transforms.read_windows import NothingStoredError, SessionOwner, SessionReader

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 3
FOREVER = (-(2**61), 2**61)


def options_of(address, project: str, folder: Path) -> list[str]:
    return [
        f"--subscription={subscription_path(project, 'telemetry-stream')}",
        f"--device-events-subscription={subscription_path(project, 'device-events-stream')}",
        *(f"--archive={folder}/archive", "--archive-seconds=1"),
        *(f"--dead-letters={folder}/letters", f"--table-files={folder}/tables"),
        *(f"--bigtable-project={PROJECT}", f"--bigtable-instance={address.instance}"),
        *(f"--kms-project={NAMES.project}", f"--kms-location={NAMES.location}"),
        f"--kms-loopback-address={address.vault.kms_loopback_address}",
        f"--feedback-topic={topic_path(project, FEEDBACK.name)}",
    ]


def wait_for(condition, process: subprocess.Popen, log: Path, beat, within_s: float = 60.0) -> None:
    """Awaits it, with a heartbeat: the runner fires no timer while a subscription is idle."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert process.poll() is None, log.read_text()[-2000:]
        assert time.monotonic() < deadline, log.read_text()[-2000:]
        beat()
        time.sleep(0.3)


def wait_for_end(process: subprocess.Popen, beat, within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    while process.poll() is None and time.monotonic() < deadline:
        beat()
        time.sleep(0.3)


def publisher_of(publisher: PublisherClient, project: str):
    topic = topic_path(project, "telemetry")
    return lambda envelope: publisher.publish(
        topic, envelope.sealed, **envelope.attributes()
    ).result()


def windows_in(store) -> WindowBatch:
    reader = SessionReader(store)
    (epoch,) = reader.epochs(SessionOwner(TENANT, SUBJECT, SESSION))
    return reader.read_windows(epoch, *FOREVER)


def n_windows(store) -> int:
    try:
        return len(windows_in(store))
    except NothingStoredError:
        return 0


def feedback_windows(store, project: str) -> dict[int, WindowCell]:
    """What whoever answers the subject is told, opened, by window; repetitions are the same."""
    (gateway,) = FEEDBACK.subscriptions
    path, found = subscription_path(project, gateway.name), {}
    with SubscriberClient() as subscriber:
        while pulled := subscriber.pull(
            request={"subscription": path, "max_messages": 1000, "return_immediately": True}
        ).received_messages:
            subscriber.acknowledge(subscription=path, ack_ids=[one.ack_id for one in pulled])
            for message in (one.message for one in pulled):
                told = message.attributes
                assert (told["tenant"], told["subject"]) == (TENANT, SUBJECT)
                place = told["session"], told["stream"], int(told["epoch"]), int(told["window"])
                context = FeedbackContext(TENANT, SUBJECT, *place)
                cell = decode_window_cell(store.vault.opener.open(message.data, context))
                (index,) = cell.index.tolist()
                assert index == int(told["window"])
                found[index] = cell
    return found


@pytest.mark.usefixtures("bigtable")
def test_messages_of_a_subscription_become_windows_an_archive_dead_letters_and_feedback(
    pubsub_project, tmp_path
):
    with LocalKms(tmp_path / "kms") as kms:
        make_tenant_keys(kms)
        address = new_store(kms)
        log = tmp_path / "job.txt"
        with connected(address) as store, log.open("w") as said, PublisherClient() as publisher:
            command = [sys.executable, "-m", "pipelines.stream"]
            process = subprocess.Popen(
                [*command, *options_of(address, pubsub_project, tmp_path)],
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=said,
                stderr=said,
            )
            try:
                packets, known = publisher_of(publisher, pubsub_project), made_packets(SECONDS)
                for packet in known:
                    packets(sealed_envelope(store.vault, packet))

                def beat() -> None:  # a packet that is known, and no change of the registry
                    packets(sealed_envelope(store.vault, known[0], delivery=uuid.uuid4().hex))
                    events = topic_path(pubsub_project, "device-events")
                    publisher.publish(events, b"no change").result()

                for condition in (
                    lambda: n_windows(store) >= 20 * SECONDS - 1,
                    lambda: files_below(tmp_path / "archive", ".nepk") != [],
                    lambda: files_below(tmp_path / "letters", ".nepd") != [],
                ):
                    wait_for(condition, process, log, beat)
                process.send_signal(signal.SIGINT)
                wait_for_end(process, beat)
                assert process.returncode == 0, log.read_text()[-2000:]
            finally:
                process.kill()
                process.wait()
            stored, told = windows_in(store), feedback_windows(store, pubsub_project)
            np.testing.assert_array_equal(sorted(told), stored.index)
            for at, index in enumerate(stored.index.tolist()):
                np.testing.assert_array_equal(told[index].features[0], stored.features[at])
                np.testing.assert_array_equal(told[index].flags[0], stored.flags[at])
