from __future__ import annotations

from fractions import Fraction

import pytest
from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions
from apache_beam.runners.runner import create_runner

from pipelines.batch_options import (
    DEFAULT_SUBJECT,
    DEFAULT_TENANT,
    FN_API_RUNNER,
    parse_batch_options,
)
from schemas.ids import check_subject_id, check_tenant_id
from transforms.recordings import RecordingSettings
from transforms.recordings.plan import ArchiveFence

NEEDED = ["--input", "a.edf", "--output", "out"]


def test_defaults_are_valid():
    settings, beam_options = parse_batch_options(NEEDED)
    assert check_tenant_id(settings.identity.tenant) == DEFAULT_TENANT
    assert check_subject_id(settings.identity.subject) == DEFAULT_SUBJECT
    assert settings.recordings == RecordingSettings(
        line_hz=50, line_hz_from_file=True, owner=ArchiveFence(DEFAULT_TENANT)
    )
    assert settings.subject_from_files
    assert settings.identity.revision == 0
    assert beam_options == ["--runner", FN_API_RUNNER]


def test_the_default_runner_needs_no_download():
    _, beam_options = parse_batch_options(NEEDED)
    name = PipelineOptions(beam_options).view_as(StandardOptions).runner
    assert type(create_runner(name)).__name__ == "FnApiRunner"


def test_every_option_reaches_the_settings():
    options = "--input a.edf b/*.fif --output gs://bucket/out --tenant clinic01 --revision 3"
    options += f" --subject {'s' * 16} --signal ecog --line-hz none --unit mV"
    options += " --sampling-rate-hz 500/3 --max-file-bytes 2G"
    settings, _ = parse_batch_options(options.split())
    assert settings.patterns == ("a.edf", "b/*.fif")
    assert settings.output == "gs://bucket/out"
    assert (settings.identity.tenant, settings.identity.subject) == ("clinic01", "s" * 16)
    assert settings.identity.revision == 3
    assert not settings.subject_from_files
    assert settings.recordings == RecordingSettings(
        signal="ecog",
        line_hz=None,
        unit="mV",
        sampling_rate=Fraction(500, 3),
        max_file_bytes=2 << 30,
        owner=ArchiveFence("clinic01", "s" * 16),
    )


def test_options_of_beam_are_passed_on():
    _, beam_options = parse_batch_options(
        [*NEEDED, "--no-reports", "--runner", "DataflowRunner", "--project=p", "--region", "r"]
    )
    assert beam_options == ["--runner", "DataflowRunner", "--project=p", "--region", "r"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--tenant", "Clinic 1"],
            "expected 8 characters out of a-z and 0-9, for example 'clinic01'",
        ),
        (["--subject", "sub-01"], "for example 'sub0000000000001'"),
        (["--signal", "eog"], "--signal"),
        (["--line-hz", "55"], "--line-hz"),
        (["--unit", "kV"], "--unit"),
        (["--sampling-rate-hz", "0"], "expected hertz, such as 256 or 500/3"),
        (["--sampling-rate-hz", "1/0"], "expected hertz"),
        (["--sampling-rate-hz", "nan"], "expected hertz"),
        (["--sampling-rate-hz", "9e999999999"], "expected hertz"),
        (["--max-file-bytes", "2 GB"], "expected bytes, such as 500M or 2G"),
        (["--revision", "-1"], "--revision"),
        (["--revision", "x"], "no whole number"),
    ],
)
def test_what_is_wrong_is_refused_with_what_would_be_right(capsys, options, message):
    with pytest.raises(SystemExit) as stopped:
        parse_batch_options([*NEEDED, *options])
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("options", [[], ["--input", "a.edf"], ["--output", "out"]])
def test_input_and_output_must_be_named(capsys, options):
    with pytest.raises(SystemExit):
        parse_batch_options(options)
    assert "required" in capsys.readouterr().err
