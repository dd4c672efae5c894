from __future__ import annotations

import argparse

import pytest

from pipelines.bigquery_options import add_bigquery_options, bigquery_settings
from schemas.errors import SchemaError
from transforms.bigquery_address import BigQueryAddress
from transforms.write_bigquery import BigQuerySettings, WriteMethod


def parsed(*argv: str, folder: str = "gs://bucket/tables", runner: str = "DirectRunner"):
    parser = argparse.ArgumentParser()
    add_bigquery_options(parser.add_argument)
    return bigquery_settings(parser.parse_args(argv), folder, runner)


@pytest.fixture(autouse=True)
def _no_emulator(monkeypatch):
    monkeypatch.delenv("BIGQUERY_EMULATOR_HOST", raising=False)
    monkeypatch.delenv("BIGQUERY_STORAGE_EMULATOR_HOST", raising=False)


def test_without_a_project_tables_are_files():
    folder = "gs://bucket/tables"
    assert parsed() == BigQuerySettings(None, WriteMethod.FILES, WriteMethod.FILES, folder)


def test_with_a_project_windows_are_loaded_and_the_rest_is_streamed():
    settings = parsed("--bigquery-project=p", "--bigquery-dataset=d", runner="DataflowRunner")
    assert settings.address == BigQueryAddress("p", "d")
    assert (settings.rows, settings.logs) == (WriteMethod.STORAGE_WRITE, WriteMethod.LOAD_JOBS)


def test_each_group_of_tables_has_its_own_method():
    settings = parsed(
        "--bigquery-project=p", "--bigquery-rows=streaming_inserts", "--bigquery-features=none"
    )
    assert (settings.rows, settings.logs) == (WriteMethod.STREAMING_INSERTS, WriteMethod.NONE)


def test_an_emulator_is_found_where_googles_clients_find_it(monkeypatch):
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", "http://127.0.0.1:5")
    monkeypatch.setenv("BIGQUERY_STORAGE_EMULATOR_HOST", "127.0.0.1:6")
    address = parsed("--bigquery-project=p", "--bigquery-load-seconds=1").address
    assert address is not None
    assert address.loopback_address == "127.0.0.1:5"
    assert address.storage_loopback_address == "127.0.0.1:6"


@pytest.mark.parametrize(
    ("argv", "changed", "problem"),
    [
        (("--bigquery-load-seconds=59",), {}, "expected 60 or more: 1,500 load jobs"),
        ((), {"folder": "/tables", "runner": "DataflowRunner"}, "expected one in gs://"),
        (
            ("--bigquery-loopback-address=127.0.0.1:5",),
            {"runner": "DataflowRunner"},
            "reach no emulator",
        ),
        (("--bigquery-features=storage_write",), {"folder": ""}, None),
    ],
)
def test_options_that_cannot_be_right_are_refused(argv, changed, problem):
    if problem is None:
        assert parsed("--bigquery-project=p", *argv, **changed).folder == ""
    else:
        with pytest.raises(SchemaError, match=problem):
            parsed("--bigquery-project=p", *argv, **changed)
