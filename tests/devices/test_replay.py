from __future__ import annotations

import numpy as np
import pytest

from devices.client.client import DeviceClient
from devices.client.places import Outcome
from devices.replay import main
from devices.replay_play import Awaiter, Pace, play
from devices.replay_source import RecordingSource, SimulatedSource
from devices.simulator import P300, SimulatorSettings, simulate
from devices.simulator.files import write_recording
from schemas.packet_events import EventPacket
from tests.devices.client.settings import QUICK
from tests.recordings import recording
from transforms.recordings import RecordingSettings, open_recording, read_blocks

SUBJECT = "subject000000001"


class QuickClock:
    """Every wait comes true at once, and the clock shows it."""

    def __init__(self):
        self.s = 0.0
        self.waits = []

    def wait_until(self, at_s):
        self.waits.append(at_s)
        self.s = max(self.s, at_s)
        return True

    def now_s(self):
        return self.s


def played(server, folder, source, pace, awaiter=None):
    device = DeviceClient.open(
        folder, subject=SUBJECT, experiment="replay", streams=source.formats, settings=QUICK
    )
    made = play(device, source, pace, awaiter)
    assert device.close()
    for stream, count in made.items():
        assert device.account.samples(Outcome.ACCEPTED, stream) == count
    found = server.sample_packets()
    return [found[key] for key in sorted(found)]


def in_unit(packets):
    return np.concatenate([one.samples_in_unit() for one in packets])


def test_a_replayed_simulation_arrives_as_it_was_with_its_marks(server, folder):
    truth = simulate(SimulatorSettings(seed=3, duration_s=20, paradigm=P300()))
    packets = played(server, folder, SimulatedSource(truth), Pace(is_live=False))
    np.testing.assert_array_equal(in_unit(packets), truth.samples)
    told = [one.events[0] for one in server.packets if isinstance(one, EventPacket)]
    start_ns = packets[0].start_ns
    assert [one.description for one in told] == [trial.label for trial in truth.trials]
    for event, trial in zip(told, truth.trials, strict=True):
        assert abs(event.time_ns - start_ns - trial.onset_s * 1e9) < 1e4


@pytest.mark.parametrize(
    "name",
    [
        "physionet_eegmmidb_S001/S001R01_first60s.edf",
        "openbci_gui_blinks_jaw_alpha/OpenBCI_GUI-v6-blinks-jawClench-alpha.txt",
    ],
)
def test_a_recordings_numbers_are_sent_as_the_amplifiers_integers(server, folder, name):
    path = str(recording(name))
    packets = played(server, folder, RecordingSource(path), Pace(is_live=False, seconds=20))
    assert all(one.is_integer for one in packets)
    (plan,) = (
        one for one in open_recording(path, RecordingSettings()).streams if one.stream == "eeg0"
    )
    whole = np.concatenate([block.samples for block in read_blocks(path, plan)])
    sent = in_unit([one for one in packets if one.stream == "eeg0"])
    assert len(sent) >= 19 * plan.spec.sampling_rate
    np.testing.assert_allclose(sent, whole[: len(sent)], rtol=1e-12, atol=1e-9)


def test_samples_on_no_grid_are_sent_as_they_are(server, folder, tmp_path):
    values = np.random.default_rng(0).normal(size=(500, 2)) * 20
    path = tmp_path / "plain.csv"
    rows = [f"{n / 250},{a!r},{b!r}" for n, (a, b) in enumerate(values.tolist())]
    path.write_text("\n".join(["time,C3,C4", *rows]) + "\n")
    packets = played(server, folder, RecordingSource(str(path)), Pace(is_live=False))
    np.testing.assert_array_equal(in_unit(packets), values)


def test_live_chunks_wait_for_their_time_and_a_short_source_begins_again(server, folder):
    truth = simulate(SimulatorSettings(seed=1, duration_s=5))
    clock = QuickClock()
    packets = played(server, folder, SimulatedSource(truth), Pace(seconds=12.5, chunk_s=0.5), clock)
    assert clock.waits == pytest.approx(np.arange(1, 26) * 0.5)
    sent = in_unit(packets)
    np.testing.assert_array_equal(sent, np.concatenate([truth.samples] * 3)[: len(sent)])
    assert len(sent) == 12.5 * 250
    assert {one.epoch for one in packets} == {0}
    assert packets[-1].first_sample + packets[-1].n_samples == len(sent)


def test_an_ended_awaiter_ends_the_replay(server, folder):
    awaiter = Awaiter()
    awaiter.end()
    truth = simulate(SimulatorSettings(seed=1, duration_s=5))
    device = DeviceClient.open(
        folder, subject=SUBJECT, experiment="x", streams=SimulatedSource(truth).formats
    )
    assert not play(device, SimulatedSource(truth), Pace(), awaiter)
    device.close()


def test_the_command_replays_a_file_stamped_with_the_present(server, folder, tmp_path, capsys):
    truth = simulate(SimulatorSettings(seed=2, duration_s=20))
    path = write_recording(truth, tmp_path / "files", "x").recording
    before_s = server.now_s()
    options = ["--folder", str(folder), "--subject", SUBJECT, "--post-interval-ms", "20"]
    assert main(["--recording", str(path), *options, "--fast"]) == 0
    assert "eeg0: 5000 samples, 5000 accepted" in capsys.readouterr().out
    packets = [one for _, one in sorted(server.sample_packets().items())]
    (plan,) = open_recording(str(path), RecordingSettings()).streams
    (block,) = read_blocks(str(path), plan)
    np.testing.assert_allclose(in_unit(packets), block.samples, rtol=1e-9, atol=1e-9)
    end_s = packets[0].start_ns / 1e9 + 20
    assert before_s - 1 < end_s < server.now_s() + 1


def test_what_is_no_recording_is_refused_by_name(folder, tmp_path, capsys):
    (tmp_path / "x.edf").write_bytes(b"nothing")
    options = ["--folder", str(folder), "--subject", SUBJECT]
    assert main(["--recording", str(tmp_path / "x.edf"), *options]) == 2
    assert capsys.readouterr().err.startswith("replay: ")
