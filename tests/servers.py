"""Emulators and topics for tests: fixtures that the conftest.py of all tests takes over.

Each starts once a process, where Google's clients find it by an environment variable: a second one
would send the clients of a test elsewhere than its fixture. Tests take names of their own in it.
"""

from __future__ import annotations

import uuid

import pytest

from local.bigtable import BIGTABLE, bigtable_emulator
from local.pubsub import PUBSUB, create_topics, pubsub_emulator
from tests.emulators import require_emulator


@pytest.fixture(scope="session")
def bigtable():
    """Address of a Bigtable emulator, which Google's clients find by themselves."""
    require_emulator(BIGTABLE)
    with bigtable_emulator() as address:
        yield address


@pytest.fixture(scope="session")
def pubsub():
    """Address of a Pub/Sub emulator, which Google's clients find by themselves."""
    require_emulator(PUBSUB)
    with pubsub_emulator() as address:
        yield address


@pytest.fixture
def pubsub_project(pubsub):
    """A project of a test's own, with all our topics and subscriptions."""
    project = f"p-{uuid.uuid4().hex[:8]}"
    create_topics(project)
    return project
