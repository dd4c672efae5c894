"""Dead letters published again, through a real Pub/Sub and the whole chain."""

from __future__ import annotations

import dataclasses

import pytest
from apache_beam.io.gcp.pubsub import PubsubMessage
from google.cloud.pubsub_v1 import SubscriberClient

from local.kms.server import LocalKms
from local.pubsub import subscription_path, topic_path
from pipelines.replay import main
from schemas.keyset_rows import KEYSETS
from tests.pipelines.stream_runs import (
    files_below,
    made_packets,
    messages_of,
    run_stream,
    settings_in,
)
from tests.sealed_stores import cells_of, connected, new_store, put_cells
from tests.security.vaults import make_tenant_keys
from tests.transforms.recordings.made_archive import TENANT
from transforms.replay_letters import LetterFilter, replay_letters

SECONDS = 3


@pytest.fixture(scope="module")
def address(bigtable, tmp_path_factory):
    with LocalKms(tmp_path_factory.mktemp("kms")) as kms:
        make_tenant_keys(kms)
        yield new_store(kms)


@pytest.fixture(scope="module")
def mended(address, tmp_path_factory):
    """A run while the subject's keyset was lost; it is back now. Its settings, and its tables."""
    with connected(address) as store:
        messages = messages_of(store.vault, made_packets(SECONDS))
        keysets = cells_of(store, KEYSETS)
        put_cells(store, KEYSETS, {})
        settings = settings_in(tmp_path_factory.mktemp("stream"), address)
        ran = run_stream(settings, messages)
        put_cells(store, KEYSETS, keysets)
    assert not ran.rows("features")
    assert {row["reason"] for row in ran.rows("dead_letters")} == {"not_opened"}
    return settings, messages


def pulled(project: str, count: int) -> list[PubsubMessage]:
    """All messages of the job's subscription."""
    path = subscription_path(project, "telemetry-stream")
    found: list[PubsubMessage] = []
    with SubscriberClient() as subscriber:
        while len(found) < count:
            response = subscriber.pull(subscription=path, max_messages=100, timeout=10)
            acks = [one.ack_id for one in response.received_messages]
            subscriber.acknowledge(subscription=path, ack_ids=acks)
            found += [
                PubsubMessage(one.message.data, dict(one.message.attributes))
                for one in response.received_messages
            ]
    return found


def replay(settings, project: str, *options: str) -> int:
    topic = topic_path(project, "telemetry")
    return main(["--dead-letters", settings.dead_letters, "--topic", topic, *options])


def test_what_was_refused_is_computed_once_its_reason_is_mended(
    mended, pubsub_project, tmp_path, capsys
):
    settings, messages = mended
    before = files_below(settings.dead_letters, ".nepd")
    assert replay(settings, pubsub_project, "--dry-run") == 0
    assert f"{len(messages)} letters of 1 files would be published" in capsys.readouterr().out
    assert files_below(settings.dead_letters, ".nepd") == before
    for other in (
        ["--reason", "erased_subject"],
        ["--tenant", "unknown"],
        ["--until", "2001-01-01T00"],
    ):
        assert replay(settings, pubsub_project, *other) == 0
    assert files_below(settings.dead_letters, ".nepd") == before

    assert replay(settings, pubsub_project, "--tenant", TENANT, "--stage", "FollowStreams") == 0
    (moved,) = files_below(settings.dead_letters, ".nepd")
    assert "replayed" in moved.parts
    again = pulled(pubsub_project, len(messages))
    assert sorted(message.data for message in again) == sorted(m.data for m in messages)
    old = {message.attributes["delivery"] for message in messages}
    assert old.isdisjoint(message.attributes["delivery"] for message in again)

    settings = dataclasses.replace(
        settings_in(tmp_path, settings.store), dead_letters=settings.dead_letters
    )
    ran = run_stream(settings, again + messages)  # the first delivery comes late, too
    (account,) = ran.rows("stream_accounts")
    assert account["samples_computed"] == 250 * SECONDS
    assert account["samples_duplicate"] == 250 * SECONDS
    windows = [row["window"] for row in ran.rows("features")]
    assert len(windows) == len(set(windows)) >= 20 * SECONDS


class NeverAcknowledged:
    def result(self, timeout: float | None = None) -> None:
        raise TimeoutError(f"nothing within {timeout} s")


def test_nothing_is_moved_before_it_is_acknowledged(address, tmp_path):
    settings = settings_in(tmp_path, address)
    stray = PubsubMessage(b"no packet", {"event_time_ms": "1", "delivery": "0" * 32})
    run_stream(settings, [stray])
    before = files_below(settings.dead_letters, ".nepd")
    assert len(before) == 1
    report = replay_letters(
        settings.dead_letters, LetterFilter(), lambda data, attributes: NeverAcknowledged()
    )
    assert "TimeoutError" in report.failed
    assert files_below(settings.dead_letters, ".nepd") == before
    before[0].write_bytes(before[0].read_bytes()[:-1])
    report = replay_letters(settings.dead_letters, LetterFilter(), None)
    assert len(report.damaged) == 1
    assert report.letters == {}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--topic", "telemetry"], "expected projects/PROJECT/topics/NAME"),
        (["--topic", "projects/p/topics/t", "--tenant", "Clinic"], "--tenant"),
        (["--topic", "projects/p/topics/t", "--since", "today"], "is no hour; expected such as"),
    ],
)
def test_options_that_cannot_be_right_are_refused(options, said, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--dead-letters", "letters", *options])
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err
