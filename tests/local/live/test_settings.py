from __future__ import annotations

from pathlib import Path

import pytest

from local.live.settings import TENANT, parse_live_options
from schemas.ids import check_subject_id, check_tenant_id


def test_by_default_eight_devices_post_for_a_minute():
    settings = parse_live_options([])
    assert (settings.n_devices, settings.seconds, settings.recording) == (8, 60.0, None)
    assert len({check_subject_id(subject) for subject in settings.subjects}) == 8
    check_tenant_id(TENANT)


def test_options_reach_the_settings(tmp_path):
    recording = tmp_path / "a recording.edf"
    recording.touch()
    options = ["--recording", str(recording), "--seconds=10", "--devices=2", "--output=out/x"]
    settings = parse_live_options(options)
    assert (settings.recording, settings.output) == (recording, Path("out/x"))
    assert (settings.seconds, settings.n_devices) == (10.0, 2)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--devices=0", "--devices is 0; expected 1 to 32"),
        ("--devices=33", "--devices is 33; expected 1 to 32"),
        ("--seconds=1", "--seconds is 1; expected 2 to 3600"),
        ("--recording=no-such-file", "expected the path of a recording"),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_be(option, said, capsys):
    with pytest.raises(SystemExit) as stopped:
        parse_live_options([option])
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err
