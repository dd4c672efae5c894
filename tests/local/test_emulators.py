from __future__ import annotations

import dataclasses
import os
import stat

import grpc
import pytest
from google.cloud.bigtable.data import BigtableDataClient, SetCell

from local.bigtable import ADDRESS_VARIABLE, BIGTABLE, bigtable_emulator, create_table
from local.emulators import Emulator, EmulatorError
from schemas.bigtable_tables import BigtableTable
from tests.emulators import require_emulator

ABSENT = dataclasses.replace(BIGTABLE, program="no-such-emulator")


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A program on PATH that says and does what a test wants."""

    def make(script):
        path = tmp_path / "odd-emulator"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
        return dataclasses.replace(BIGTABLE, program="odd-emulator")

    return make


def test_a_table_of_the_emulator_keeps_what_is_written():
    require_emulator(BIGTABLE)
    with bigtable_emulator() as address:
        assert os.environ[ADDRESS_VARIABLE] == address
        create_table(BigtableTable("rows", ("f",)), project="local", instance="telemetry")
        with BigtableDataClient(project="local") as client:
            table = client.get_table("telemetry", "rows")
            table.mutate_row("key", SetCell("f", b"q", b"value", timestamp_micros=1000))
            row = table.read_row("key")
            assert row is not None
            assert [cell.value for cell in row] == [b"value"]
    assert os.environ.get(ADDRESS_VARIABLE) != address


def test_a_stopped_emulator_answers_no_more():
    require_emulator(BIGTABLE)
    with Emulator(BIGTABLE) as emulator:
        address = emulator.address
    with grpc.insecure_channel(address) as channel, pytest.raises(grpc.FutureTimeoutError):
        grpc.channel_ready_future(channel).result(timeout=0.2)


def test_a_missing_emulator_names_the_command_that_installs_it():
    with pytest.raises(EmulatorError, match="gcloud components install bigtable"):
        ABSENT.find()


def test_a_missing_emulator_skips_a_test_but_fails_it_in_ci(monkeypatch):
    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception, match="gcloud components install"):
        require_emulator(ABSENT)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="gcloud components install"):
        require_emulator(ABSENT)


def test_an_emulator_that_ends_at_once_says_why(program):
    with pytest.raises(EmulatorError, match="no memory left"):
        Emulator(program("echo no memory left; exit 3")).start()
