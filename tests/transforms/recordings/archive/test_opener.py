from __future__ import annotations

import contextlib
import dataclasses
import random
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.packet import Packet
from schemas.packet_events import Event, EventKind, EventPacket, Reading
from schemas.packet_format import SignalFormat
from tests.recordings import openbci
from tests.schemas.real_counts import CYTON_UV, cyton
from tests.schemas.test_packet_wire import mutant
from tests.transforms.recordings.made_archive import (
    DEVICE,
    FORMAT,
    SESSION,
    START_NS,
    SUBJECT,
    TENANT,
    event_packet,
    packets_of,
    write_session,
)
from transforms.engine import SignalEngine, StreamSpec, WindowBatch
from transforms.recordings import (
    Block,
    Marker,
    Reason,
    RecordingError,
    RecordingSettings,
    Run,
    open_recording,
    read_blocks,
)
from transforms.recordings.plan import RecordingOwner

SETTINGS = RecordingSettings()
HOUR = 3600 * 250


def noise(n_samples: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-500, 500, (n_samples, 2)).astype(np.int32)


def batch_of(spec: StreamSpec, blocks) -> WindowBatch:
    engine = SignalEngine(spec)
    pushed = [engine.push(block.first_sample, block.samples) for block in blocks]
    return WindowBatch.concatenate([*pushed, engine.finish()])


def windows_of(folder: str, number: int = 0) -> WindowBatch:
    plan = open_recording(folder, SETTINGS).streams[number]
    return batch_of(plan.spec, read_blocks(folder, plan))


def assert_same_windows(found: WindowBatch, expected: WindowBatch) -> None:
    assert found.feature_names == expected.feature_names
    for field in dataclasses.fields(expected):
        one, other = getattr(found, field.name), getattr(expected, field.name)
        if isinstance(other, np.ndarray):
            np.testing.assert_array_equal(one, other, field.name)


def test_a_cytons_packets_give_the_bare_engines_windows(tmp_path):
    names = openbci()[2]
    format_ = SignalFormat("eeg", Fraction(250), names, scale=(CYTON_UV,), adc_bits=24)
    counts, chance = cyton()[:5000], random.Random(1)
    packets = packets_of(counts, format_, cuts=chance.sample(range(5000), 90))
    packets += chance.choices(packets, k=20)
    chance.shuffle(packets)
    folder = write_session(tmp_path, packets)
    full_scale = (-(2.0**23) * CYTON_UV, (2.0**23 - 1) * CYTON_UV)
    spec = StreamSpec("eeg", 250, names, START_NS, adc_range=full_scale)
    expected = batch_of(spec, [Block(0, counts * CYTON_UV)])
    assert_same_windows(windows_of(folder), expected)


SAMPLES = noise(700)


@settings(max_examples=25, deadline=None)
@given(
    cuts=st.lists(st.integers(1, 699), min_size=1, max_size=12, unique=True),
    seed=st.integers(0, 2**32),
    lost=st.sets(st.integers(0, 12), max_size=3),
    bits=st.sampled_from([0, 8, 16]),
)
def test_any_packets_give_the_windows_of_what_arrived(tmp_path_factory, cuts, seed, lost, bits):
    chance = random.Random(seed)
    arrived = packets_of(SAMPLES, cuts=cuts, counter_bits=bits)
    arrived = [packet for number, packet in enumerate(arrived) if number not in lost]
    if not arrived:
        return
    blocks = [Block(place, packet.samples_in_unit()) for place, packet in arrived]
    sent = arrived + chance.choices(arrived, k=4)
    chance.shuffle(sent)
    folder = write_session(tmp_path_factory.mktemp("archive"), sent)
    spec = open_recording(folder, SETTINGS).streams[0].spec
    assert_same_windows(windows_of(folder), batch_of(spec, blocks))


def test_gaps_are_between_runs_and_between_blocks(tmp_path):
    packets = packets_of(SAMPLES[:100], first_sample=50) + packets_of(
        SAMPLES[100:], first_sample=400
    )
    folder = write_session(tmp_path, packets)
    plan = open_recording(folder, SETTINGS).streams[0]
    assert plan.runs == (Run(50, 0, 100), Run(400, 100, 600))
    places = [(b.first_sample, len(b.samples)) for b in read_blocks(folder, plan)]
    assert places == [(50, 100), (400, 600)]


def test_blocks_are_bounded(tmp_path):
    long = noise(250 * 150)
    folder = write_session(tmp_path, packets_of(long, cuts=range(0, len(long), 500)))
    blocks = list(read_blocks(folder, open_recording(folder, SETTINGS).streams[0]))
    assert max(len(block.samples) for block in blocks) < 250 * 60 + 500
    np.testing.assert_array_equal(np.concatenate([b.samples for b in blocks]), long * 0.1)


def test_units_become_those_of_the_engine(tmp_path):
    eeg = dataclasses.replace(FORMAT, unit="mV", scale=(0.25,), adc_range=((-4.0, 8.0),))
    acc = SignalFormat("acc", Fraction(50), ("x",), unit="mg")
    folder = write_session(
        tmp_path,
        packets_of(noise(50), eeg) + packets_of(np.array([[1000], [250]]), acc, stream="acc0"),
    )
    acc0, eeg0 = open_recording(folder, SETTINGS).streams
    assert (acc0.stream, eeg0.stream) == ("acc0", "eeg0")
    assert [block.samples.tolist() for block in read_blocks(folder, acc0)] == [[[1.0], [0.25]]]
    assert eeg0.spec.adc_range == ((-1000.0, 2000.0),) * 2
    (block,) = read_blocks(folder, eeg0)
    np.testing.assert_array_equal(block.samples, noise(50) * 250.0)


def test_what_the_user_says_of_files_counts_here_too(tmp_path):
    folder = write_session(tmp_path, packets_of(SAMPLES))
    told = RecordingSettings(signal="lfp", line_hz=60, unit="mV")
    (plan,) = open_recording(folder, told).streams
    assert (plan.spec.signal, plan.spec.line_hz, plan.factors) == ("lfp", 60, (1000.0, 1000.0))


def test_restarts_are_epochs_that_begin_where_they_say(tmp_path):
    later_ns = START_NS + 10**10
    packets = packets_of(SAMPLES) + packets_of(SAMPLES[:200], epoch=3, start_ns=later_ns)
    first, second = open_recording(write_session(tmp_path, packets), SETTINGS).streams
    assert [(p.epoch, p.packet_epoch, p.spec.start_ns) for p in (first, second)] == [
        (0, 0, START_NS),
        (3, 3, later_ns),
    ]
    folder = str(tmp_path / TENANT / SESSION)
    assert_same_windows(
        windows_of(folder, 1), batch_of(second.spec, [Block(0, SAMPLES[:200] * 0.1)])
    )


def test_a_pause_of_an_hour_leaves_the_numbers_of_later_epochs_alone(tmp_path):
    packets = packets_of(SAMPLES[:300]) + packets_of(SAMPLES, first_sample=HOUR + 301)
    packets += packets_of(SAMPLES, epoch=1, start_ns=START_NS + 10**13)
    plans = open_recording(write_session(tmp_path, packets), SETTINGS).streams
    assert [(plan.epoch, plan.packet_epoch) for plan in plans] == [(0, 0), (1, 1)]
    assert [plan.jump_epochs for plan in plans] == [100_000, 100_000]


def test_events_become_markers_and_health_becomes_notices(tmp_path):
    battery = [
        Event(START_NS + i, EventKind.DEVICE_HEALTH, readings=(Reading("battery", level, "%"),))
        for i, level in enumerate([97.0, 80.5])
    ]
    impedance = (Reading("impedance", 5.0, "kOhm", "C3"), Reading("firmware", "3.1.2"))
    packets: list[tuple[int, Packet | EventPacket]] = [
        *packets_of(SAMPLES),
        event_packet(battery[1], Event(START_NS + 9, EventKind.MARKER, "left", 5, ("C3",))),
        event_packet(Event(START_NS + 3, EventKind.BEHAVIOUR, "key press"), sequence=1),
        event_packet(
            battery[0],
            Event(START_NS, EventKind.DEVICE_HEALTH, readings=impedance),
            sequence=2,
        ),
    ]
    opened = open_recording(write_session(tmp_path, packets), SETTINGS)
    assert opened.markers == (
        Marker(START_NS + 3, 0, "key press"),
        Marker(START_NS + 9, 5, "left", ("C3",)),
    )
    assert [(n.kind, n.detail, n.channel) for n in opened.notices] == [
        ("device_health", "battery: 80.5 to 97 % (2 readings)", None),
        ("device_health", "firmware: 3.1.2 (1 readings)", None),
        ("device_health", "impedance: 5 to 5 kOhm (1 readings)", "C3"),
    ]


def test_whose_it_is_comes_from_the_archive(tmp_path):
    opened = open_recording(write_session(tmp_path, packets_of(SAMPLES)), SETTINGS)
    assert opened.owner == RecordingOwner(TENANT, SUBJECT, SESSION)
    assert opened.start_ns == START_NS


def test_a_damaged_file_is_told_and_the_rest_is_read(tmp_path):
    minutes = packets_of(noise(250 * 150), cuts=range(0, 250 * 150, 250))
    folder = write_session(tmp_path, minutes)
    second = sorted(Path(folder).rglob("*.nepk"))[1]
    second.write_bytes(b"x" + second.read_bytes()[1:])
    opened = open_recording(folder, SETTINGS)
    assert [notice.kind for notice in opened.notices] == ["archive_damaged"]
    assert len(opened.streams[0].runs) == 2


def test_a_session_of_two_subjects_is_refused(tmp_path):
    write_session(tmp_path, packets_of(SAMPLES))
    packets = packets_of(SAMPLES, stream="eeg1")
    folder = write_session(tmp_path, packets, subject="subject000000002")
    with pytest.raises(RecordingError, match="2 subjects"):
        open_recording(folder, SETTINGS)


def test_a_session_without_samples_is_refused(tmp_path):
    events = [event_packet(Event(START_NS, EventKind.MARKER, "cue"))]
    with pytest.raises(RecordingError) as refused:
        open_recording(write_session(tmp_path, events), SETTINGS)
    assert refused.value.reason is Reason.NO_SIGNAL


def test_an_archive_that_went_away_while_it_is_read_is_our_refusal(tmp_path):
    folder = write_session(tmp_path, packets_of(SAMPLES, device=DEVICE))
    plan = open_recording(folder, SETTINGS).streams[0]
    for path in Path(folder).rglob("*.nepk"):
        path.unlink()
    with pytest.raises(RecordingError):
        list(read_blocks(folder, plan))


def test_a_thousand_damaged_archives_are_read_or_refused(tmp_path):
    packets = packets_of(SAMPLES, cuts=range(0, 700, 100))
    folder = write_session(
        tmp_path, [*packets, event_packet(Event(START_NS, EventKind.MARKER, "cue"))]
    )
    (path,) = Path(folder, "eeg0").rglob("*.nepk")
    good, chance, n_read = path.read_bytes(), random.Random(8), 0
    for _ in range(1000):
        path.write_bytes(mutant(good, chance))
        with contextlib.suppress(RecordingError):
            plan = open_recording(folder, SETTINGS).streams[0]
            n_read += sum(len(block.samples) for block in read_blocks(folder, plan))
    assert n_read > 1000
