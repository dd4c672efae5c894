from __future__ import annotations

import argparse

import pytest

from pipelines.flex_templates.arguments import command_line
from schemas.errors import SchemaError


@pytest.fixture
def parser():
    made = argparse.ArgumentParser()
    made.add_argument("--input", nargs="+")
    made.add_argument("--kms-location")
    made.add_argument("--no-reports", action="store_true")
    return made


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--kms_location=europe-west3"], ["--kms-location=europe-west3"]),
        (["--kms-location=europe-west3"], ["--kms-location=europe-west3"]),
        (["--kms-location", "europe-west3"], ["--kms-location", "europe-west3"]),
        (["--kms_location="], []),
        (["--no_reports=true"], ["--no-reports"]),
        (["--no_reports=True"], ["--no-reports"]),
        (["--no_reports=false"], []),
        (["--no_reports="], []),
        (["--no-reports"], ["--no-reports"]),
        (["--input=gs://a/1.edf gs://a/2.edf"], ["--input", "gs://a/1.edf", "gs://a/2.edf"]),
        (["--input='gs://a/with blank.edf'"], ["--input", "gs://a/with blank.edf"]),
        (["--temp_location=gs://b/t", "--runner=X"], ["--temp_location=gs://b/t", "--runner=X"]),
    ],
)
def test_a_parameter_is_the_option_of_the_same_name(parser, given, words):
    assert command_line(parser, given) == words


def test_a_flag_that_is_neither_true_nor_false_is_refused(parser):
    with pytest.raises(SchemaError, match="true or false"):
        command_line(parser, ["--no_reports=maybe"])
