from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.client.enrolment import Servers, enrol
from tests.devices.client.contract_server import CLAIM, ContractServer
from tests.devices.client.settings import HARDWARE


@pytest.fixture
def server() -> Iterator[ContractServer]:
    made = ContractServer()
    yield made
    made.stop()


@pytest.fixture
def folder(server: ContractServer, tmp_path: Path) -> Path:
    """Of an enrolled device."""
    enrol(tmp_path / "device", Servers(server.url), CLAIM, HARDWARE)
    return tmp_path / "device"
