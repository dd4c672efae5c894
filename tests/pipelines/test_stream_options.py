"""Options of the stream job: what they become, and what is refused."""

from __future__ import annotations

import pytest

from pipelines.stream_options import parse_stream_options, stream_parser

NEEDED = [
    "--subscription=projects/some-project/subscriptions/telemetry-stream",
    *("--archive=archive", "--dead-letters=letters", "--table-files=tables"),
    *("--bigtable-project=p", "--bigtable-instance=i", "--kms-location=europe-west3"),
]


def test_options_reach_the_settings():
    more = ["--reorder-ms=900", "--archive-seconds=5", "--line-hz=none", "--state-cache-mb=64"]
    settings, beam_options = parse_stream_options([*NEEDED, *more, "--num_workers=3"])
    assert settings.follow.reorder_ms == 900
    assert settings.follow.line_hz is None
    assert not settings.follow.feedback
    assert settings.archive_settings.every_s == 5
    assert settings.store.instance == "i"
    assert beam_options[-2:] == ["--max_cache_memory_usage_mb=64", "--num_workers=3"]
    topic = "--feedback-topic=projects/some-project/topics/feedback"
    assert parse_stream_options([*NEEDED, topic])[0].follow.feedback


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--subscription=telemetry"], "expected projects/PROJECT/subscriptions/NAME"),
        (["--feedback-topic=feedback"], "expected projects/PROJECT/topics/NAME"),
        (["--device-events-subscription=x"], "--device-events-subscription is 'x'"),
        (["--reorder-ms=-1"], "reorder_ms is -1; expected 0 to 60000"),
        (["--archive-seconds=0"], "expected 1 to 3600"),
        (["--runner=DataflowRunner"], "--archive is 'archive'; expected gs://BUCKET/FOLDER"),
        (["--table-files="], "--table-files is ''; expected a folder"),
        (["--kms-location="], "expected --kms-location with them"),
        (["stray"], "'stray' belongs to no option"),
    ],
)
def test_options_that_cannot_be_right_are_refused_with_what_would_be(options, said, capsys):
    with pytest.raises(SystemExit) as stopped:
        parse_stream_options([*NEEDED, *options])
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err


def test_a_store_has_to_be_named(capsys):
    with pytest.raises(SystemExit):
        parse_stream_options(
            [option for option in NEEDED if "bigtable" not in option and "kms" not in option]
        )
    assert "expected an instance, with --bigtable-project" in capsys.readouterr().err


def test_help_explains_every_option():
    assert all(action.help for action in stream_parser()._actions)
