from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.client.cutting import Sender, StreamCutter
from devices.client.epochs import Epochs
from devices.client.errors import ClientError
from devices.client.taking import codec_for
from schemas.codec import Codec
from tests.devices.client.clocks import ManualClock
from tests.devices.client.settings import FORMAT

ROOT = Path(__file__).resolve().parents[3]
SENDER = Sender("device0000000001", "0" * 32)
SAMPLES = np.arange(2000, dtype=np.int32).reshape(1000, 2)


class CountedEpochs(Epochs):
    def __init__(self):
        self.count = 0

    def begin(self, stream):
        self.count += 1
        return self.count - 1


def cutter(clock=None, epochs=None):
    return StreamCutter(
        "eeg0", FORMAT, SENDER, epochs or CountedEpochs(), clock or ManualClock(), packet_s=0.25
    )


def places(packets):
    return [(one.epoch, one.sequence, one.first_sample, one.n_samples) for one in packets]


@given(cuts=st.lists(st.integers(0, 1000), max_size=12))
@settings(max_examples=50, deadline=None)
def test_packets_do_not_depend_on_how_the_samples_came(cuts):
    made, bounds = cutter(), [0, *sorted(cuts), 1000]
    packets = []
    for low, high in itertools.pairwise(bounds):
        packets += made.push(SAMPLES[low:high])
    packets += made.flush()
    np.testing.assert_array_equal(np.concatenate([one.samples for one in packets]), SAMPLES)
    assert places(packets) == [
        (0, n, first, min(62, 1000 - first)) for n, first in enumerate(range(0, 1000, 62))
    ]


def test_sample_0_is_timed_from_the_moment_of_the_first_push_and_stays():
    clock = ManualClock()
    made, began_ns = cutter(clock), clock.ns
    (first,) = made.push(SAMPLES[:62])
    clock.pass_s(0.248)
    clock.ns += 10**15  # the clock is set while it records
    (second,) = made.push(SAMPLES[62:124])
    assert first.start_ns == second.start_ns == began_ns - 62 * 4_000_000
    assert second.device_time_ns == began_ns + 248_000_000


def test_a_gap_keeps_its_place_and_a_used_place_is_refused():
    made = cutter()
    packets = made.push(SAMPLES[:70], first_sample=500)  # wherever a device begins to count
    packets += made.push(SAMPLES[:70], first_sample=1000)
    packets += made.flush()
    assert places(packets) == [(0, 0, 0, 62), (0, 1, 62, 8), (0, 2, 500, 62), (0, 3, 562, 8)]
    with pytest.raises(ClientError, match="first_sample is 1069; expected 1070 or later"):
        made.push(SAMPLES[:5], first_sample=1069)


@pytest.mark.parametrize(("paused_s", "epochs"), [(3599, [0, 0]), (3602, [0, 1])])
def test_a_pause_of_more_than_an_hour_begins_an_epoch(paused_s, epochs):
    clock = ManualClock()
    made = cutter(clock)
    packets = made.push(SAMPLES[:62])
    clock.pass_s(paused_s)
    packets += made.push(SAMPLES[:62])
    assert [one.epoch for one in packets] == epochs
    assert packets[1].first_sample == (62 if epochs[1] == 0 else 0)


@pytest.mark.parametrize(("gap", "place"), [(900_000, (0, 1, 900_062)), (900_001, (1, 0, 0))])
def test_a_gap_of_more_than_an_hour_begins_an_epoch(gap, place):
    made = cutter()
    made.push(SAMPLES[:62])
    (after,) = made.push(SAMPLES[:62], first_sample=62 + gap)
    assert (after.epoch, after.sequence, after.first_sample) == place


def test_a_restart_sends_what_is_held_and_counts_anew():
    made = cutter()
    made.push(SAMPLES[:10])
    packets = made.restart()
    packets += made.push(SAMPLES[:62])
    assert places(packets) == [(0, 0, 0, 10), (1, 0, 0, 62)]


def test_absent_numbers_stay_with_their_samples():
    made = cutter()
    absent = np.zeros((100, 2), bool)
    absent[70, 1] = True
    packets = made.push(SAMPLES[:100], absent) + made.push(SAMPLES[100:124])
    found = np.concatenate([np.isnan(one.samples_in_unit()) for one in packets])
    assert np.argwhere(found).tolist() == [[70, 1]]


def test_a_buffer_that_is_filled_again_changes_nothing():
    made, buffer = cutter(), SAMPLES[:40].copy()
    made.push(buffer)
    buffer[:] = 0
    (packet,) = made.push(SAMPLES[40:62])
    np.testing.assert_array_equal(packet.samples, SAMPLES[:62])


def test_integers_that_no_packet_holds_are_refused():
    with pytest.raises(ClientError, match="expected integers from -2147483648 to 2147483647"):
        cutter().push(np.full((3, 2), 2**31))
    with pytest.raises(ClientError, match="expected integers, float32 or float64"):
        cutter().push(np.zeros((3, 2), np.float16))


def test_an_epoch_is_never_used_twice_and_every_session_has_its_own():
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "epochs.json"
        assert [Epochs(path, "a").begin("eeg0") for _ in range(3)] == [0, 1, 2]
        assert Epochs(path, "a").begin("acc0") == 0
        assert Epochs(path, "b").begin("eeg0") == 0
        path.write_text('{"session": "b", "next": {"eeg0": 100000}}')
        with pytest.raises(ClientError, match="open another session"):
            Epochs(path, "b").begin("eeg0")


def test_a_machine_without_numba_takes_the_narrowest_plain_codec():
    def of(highest, dtype=np.int32):
        return codec_for(np.array([[-5, highest]], dtype), has_rice=False)

    assert [of(2**15 - 1), of(2**15), of(2**23)] == [Codec.INT16, Codec.INT24, Codec.INT32]
    assert of(1, np.float32) is None
    assert codec_for(np.array([[1]], np.int32), has_rice=True) is None


def test_the_client_needs_neither_beam_nor_numba_nor_a_google_client():
    program = (
        "import sys\n"
        "for name in ('apache_beam', 'numba', 'scipy', 'mne', 'pyarrow', 'grpc', 'tink',"
        " 'google.cloud'):\n"
        "    sys.modules[name] = None\n"  # an import raises
        "import devices.client.client, devices.client.enrolment\n"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)
