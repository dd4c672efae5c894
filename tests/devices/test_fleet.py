from __future__ import annotations

import json

import numpy as np
import pytest

from devices.client.errors import ClientError
from devices.fleet import FleetSettings, main, run_fleet
from devices.fleet_network import NetworkFaults
from devices.simulator import simulate
from devices.simulator.presets import preset
from tests.devices.client.settings import QUICK


def test_on_a_bad_network_every_sample_is_accepted_and_counts_once(server, folder):
    faults = NetworkFaults(loss=0.3, duplicates=0.2, reorder=0.2)
    settings = FleetSettings(seconds=30, is_live=False, faults=faults, client=QUICK, seed=4)
    settings = FleetSettings(**{**vars(settings), "client": _small_posts()})
    (account,) = run_fleet([folder], ["subject000000001"], settings)
    stream = account["streams"]["eeg0"]
    assert account["all_sent"]
    assert stream["samples_made"] == stream["samples_taken"] == stream["samples_accepted"] == 7500
    assert min(account["posts"][name] for name in ("lost_before", "lost_after", "repeated")) > 0
    assert account["posts"]["late"] > 0
    truth = simulate(preset("eeg", "motor-imagery", seed=4, duration_s=30))
    packets = [one for _, one in sorted(server.sample_packets().items())]
    got = np.concatenate([one.samples for one in packets])
    np.testing.assert_array_equal(got, truth.codes())
    assert len(server.packets) > len(packets) + len(truth.trials)  # some came twice
    told = [one for one in account["accepted"] if one["stream"] == "eeg0"]
    assert [(one["epoch"], one["sequence"], one["first_sample"]) for one in told] == [
        (one.epoch, one.sequence, one.first_sample) for one in packets
    ]


def _small_posts():
    return QUICK.__class__(**{**vars(QUICK), "max_post_packets": 4})


def test_the_command_enrols_plays_and_writes_the_account(server, tmp_path, capsys):
    claims = tmp_path / "claims.txt"
    claims.write_text("D" * 22 + "\n")
    options = ["--folder", str(tmp_path / "fleet"), "--devices", "1", "--seconds", "20", "--fast"]
    options += ["--account", str(tmp_path / "account.json"), "--post-interval-ms", "20"]
    assert main([*options]) == 2
    assert "--claims and --enrolment-url" in capsys.readouterr().err
    assert main([*options, "--claims", str(claims), "--enrolment-url", server.url]) == 0
    printed = json.loads(capsys.readouterr().out)
    (written,) = json.loads((tmp_path / "account.json").read_text())
    assert printed["streams"] == written["streams"]
    assert sum(one["n_samples"] for one in written["accepted"]) == 5000


def test_faults_that_leave_nothing_through_are_refused():
    with pytest.raises(ClientError, match=r"0\.9 at most"):
        NetworkFaults(loss=0.8, duplicates=0.2)
