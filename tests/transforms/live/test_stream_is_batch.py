"""Promise 3: the stream, the batch job over the archive it wrote, and the bare engine agree."""

from __future__ import annotations

import random

import numpy as np
import pytest

from schemas.packet_format import SignalFormat
from tests.schemas.real_counts import CYTON_UV, cyton
from tests.transforms.live.followed import (
    COMPARED,
    Followed,
    assert_same_windows,
    bare_windows,
    batch_parts,
    comparable,
    follow,
    made_packets,
    noise,
)
from tests.transforms.recordings.made_archive import FORMAT
from tests.transforms.recordings.real_files import S001R04, real_file
from transforms.recordings import RecordingSettings, open_recording, read_blocks

HOUR = 3600 * 250


def shaken(packets, *, loss=0.05, seed=5):
    """As a network leaves them: within the bound, some twice, some not at all."""
    chance = random.Random(seed)
    kept = [packet for packet in packets if chance.random() >= loss]
    bound = 0.5 * float(packets[0].format.sampling_rate)

    def arrives(packet) -> float:
        # In front of an epoch's first sample nothing can wait.
        return packet.first_sample + chance.uniform(0, bound)

    order = sorted(kept, key=arrives)
    for packet in chance.choices(order, k=len(order) // 8):
        order.insert(order.index(packet) + 1, packet)
    return kept, order


def assert_batch_agrees(root, packets, followed: Followed) -> None:
    parts = batch_parts(root, list(zip(packets, followed.steps, strict=False)))
    for table in COMPARED:
        found, expected = comparable(followed.parts, table), comparable(parts, table)
        assert len(found) == len(expected), table
        for row, other in zip(found, expected, strict=True):
            assert row == other, table


def test_a_cyton_recording(tmp_path):
    numbers = cyton()[: 250 * 20]
    names = tuple(f"EXG{i}" for i in range(numbers.shape[1]))
    format_ = SignalFormat("eeg", FORMAT.sampling_rate, names, scale=(CYTON_UV,), adc_bits=24)
    packets = made_packets(numbers=numbers, every=62, format_=format_)
    kept, order = shaken(packets)
    followed = follow(order)
    assert_same_windows(followed.windows[0], bare_windows(kept))
    assert followed.account["samples_late"] == 0
    assert_batch_agrees(tmp_path, order, followed)


def test_64_channels_of_scalp_eeg(tmp_path):
    path = real_file(S001R04)
    (plan,) = open_recording(path, RecordingSettings()).streams
    block = next(iter(read_blocks(path, plan)))
    format_ = SignalFormat(
        "eeg", plan.spec.sampling_rate, plan.spec.channels, adc_range=plan.spec.adc_range or ()
    )
    packets = made_packets(numbers=block.samples[:1600], every=40, format_=format_)
    kept, order = shaken(packets)
    followed = follow(order)
    assert_same_windows(followed.windows[0], bare_windows(kept))
    assert_batch_agrees(tmp_path, order, followed)


@pytest.mark.parametrize(
    ("pause", "epochs"),
    [(HOUR, [0, 100_000]), (HOUR + 1, [0, 100_000, 200_000]), (5 * HOUR, [0, 100_000, 200_000])],
)
def test_a_pause_of_more_than_an_hour_is_the_same_epoch_on_both_ways(tmp_path, pause, epochs):
    before = made_packets(600, every=60)
    after = made_packets(600, every=60, first_sample=600 + pause)
    again = made_packets(300, every=60, first_sample=1200 + 3 * pause)
    packets = [*before, *after, *again]
    followed = follow(packets, restart_every=7)
    assert sorted(row["epoch"] for row in followed.rows("sessions")) == epochs
    assert followed.account["windows_emitted"] == sum(map(len, followed.windows.values()))
    # Snapshots flush: the parts differ, the rows do not.
    steps = follow(packets)
    assert_batch_agrees(tmp_path, packets, steps)
    for table in COMPARED:
        assert comparable(followed.parts, table) == comparable(steps.parts, table)


@pytest.mark.parametrize("bits", [8, 16])
def test_a_counter_that_wraps_over_real_loss_is_counted_on(tmp_path, bits):
    numbers = noise(250 * 30)
    packets = made_packets(numbers=numbers, every=25, counter_bits=bits)
    chance = random.Random(8)
    kept = [p for p in packets if chance.random() > 0.1]
    del kept[40:58]  # 1.8 s in a row: more than an 8-bit counter has values
    order = list(kept)
    for at in range(0, len(order) - 2, 3):  # neighbours swapped
        if order[at + 1].sequence - order[at].sequence <= 5:  # within the bound
            order[at], order[at + 1] = order[at + 1], order[at]
    order.insert(90, order[30])  # and an old one again, a turn of the counter and more later
    followed = follow(order, restart_every=11)
    plain = {p.sequence: p for p in made_packets(numbers=numbers, every=25)}
    assert_same_windows(followed.windows[0], bare_windows(plain[p.sequence] for p in kept))
    assert followed.account["samples_late"] == 0
    assert followed.account["counter_wraps"] == 7499 >> bits
    assert followed.account["samples_duplicate"] == 25
    assert_batch_agrees(tmp_path, order, follow(order))


def test_late_packets_are_taken_in_by_the_next_revision(tmp_path):
    packets = made_packets(2000, every=50)
    kept = [p for n, p in enumerate(packets) if n not in (7, 8)]
    order = [*kept, packets[8], packets[7]]
    followed = follow(order)
    assert_same_windows(followed.windows[0], bare_windows(kept))
    parts = batch_parts(tmp_path, list(zip(order, followed.steps, strict=False)))
    whole = comparable(follow(packets).parts, "features")
    assert comparable(parts, "features") == whole


def test_sixteen_jumps_end_in_letters_not_in_a_crash():
    packets = []
    for turn in range(16):
        packets += made_packets(120, every=60, first_sample=turn * (HOUR + 1000))
    followed = follow(packets)
    refused = [step.refusal.reason for step in followed.steps if step.refusal]
    assert refused == ["too_many_jumps"] * 12
    assert sorted(followed.windows) == [100_000 * n for n in range(10)]


def test_places_beyond_the_calendar_are_refused():
    first, second = made_packets(120, every=60), made_packets(60, first_sample=2**53 - 100)
    followed = follow([*first, *second])
    assert [s.refusal.reason for s in followed.steps if s.refusal] == ["impossible_time"]


def test_an_hour_of_absent_rows_within_one_packet_is_a_jump(tmp_path):
    slow = SignalFormat("acc", FORMAT.sampling_rate / 250, ("x", "y"), unit="g")
    numbers = noise(8000).astype(np.float64) / 1000
    numbers[100:3800] = np.nan
    packets = made_packets(numbers=numbers, every=5000, format_=slow)
    followed = follow(packets)
    assert sorted(followed.windows) == [0, 100_000]
    assert_batch_agrees(tmp_path, packets, followed)
