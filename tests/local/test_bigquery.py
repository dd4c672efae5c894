from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from local.bigquery import BIGQUERY, BigQueryKind, bigquery_emulator
from local.bigquery_environment import INSTALL_COMMAND, BigQueryEnvironment
from local.emulators import EmulatorError
from tests.emulators import require_emulator


def listens(address: str) -> bool:
    host, port = address.split(":")
    with socket.socket() as asked:
        return asked.connect_ex((host, int(port))) == 0


def files_below(folder: Path) -> set[Path]:
    return set(folder.rglob("*")) if folder.exists() else set()


def test_it_serves_on_this_machine_alone_and_stops(monkeypatch):
    require_emulator(BIGQUERY)
    monkeypatch.delenv("BIGQUERY_EMULATOR_HOST", raising=False)
    in_home = files_below(Path.home() / ".duckdb")
    with bigquery_emulator() as address:
        served = (address.loopback_address, address.storage_loopback_address)
        assert all(one.startswith("127.0.0.1:") and listens(one) for one in served)
        assert os.environ["BIGQUERY_EMULATOR_HOST"] == f"http://{address.loopback_address}"
        client = address.client()
        assert [tuple(row) for row in client.query("SELECT 1 + 1").result()] == [(2,)]
        client.close()
    assert not any(map(listens, served))
    assert "BIGQUERY_EMULATOR_HOST" not in os.environ
    assert files_below(Path.home() / ".duckdb") == in_home  # extensions are in its own home


def test_where_it_is_not_installed_the_command_is_named(tmp_path):
    kind = BigQueryKind(
        *(BIGQUERY.name, BIGQUERY.program, BIGQUERY.arguments, BIGQUERY.ready, BIGQUERY.install),
        environment=BigQueryEnvironment(tmp_path),
    )
    with pytest.raises(EmulatorError, match=INSTALL_COMMAND):
        kind.find()


def test_an_environment_of_other_versions_counts_as_missing(tmp_path):
    (tmp_path / "installed").write_text("local-bigquery==0.0.1\n")
    assert not BigQueryEnvironment(tmp_path).is_installed()


def test_where_python_is_too_old_the_command_that_brings_one_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setattr("local.bigquery_environment._VERSION", "import sys; sys.exit(1)")
    with pytest.raises(EmulatorError, match=r"needs Python 3\.13 or later.*pyenv install 3\.13"):
        BigQueryEnvironment(tmp_path / "environment").install()
