from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.transforms.recordings.made_edf import MadeSignal, noise, write_edf
from transforms.recordings import RecordingSettings, blocks, open_recording, read_blocks


@pytest.fixture
def opened(tmp_path):
    onsets = ["+0", "+1", "+2", "+5", "+6"]
    signals = [MadeSignal(name, noise(500, i), 100) for i, name in enumerate("ABC")]
    path = str(write_edf(tmp_path / "a.edf", signals, kind="EDF+D", onsets=onsets))
    return path, open_recording(path, RecordingSettings()).streams[0]


@pytest.mark.parametrize("n_bytes", [1, 24 * 7, 24 * 100, 24 * 1000])
def test_blocks_keep_to_their_budget_and_hold_every_sample(opened, monkeypatch, n_bytes):
    path, plan = opened
    whole = np.concatenate([block.samples for block in read_blocks(path, plan)])
    monkeypatch.setattr(blocks, "BLOCK_BYTES", n_bytes)
    small = list(read_blocks(path, plan))
    assert max(block.samples.nbytes for block in small) <= max(n_bytes, 24)
    np.testing.assert_array_equal(np.concatenate([block.samples for block in small]), whole)
    places = [b.first_sample + i for b in small for i in range(len(b.samples))]
    assert places == [*range(300), *range(500, 700)]


def test_a_block_is_a_minute_at_most(opened):
    _, plan = opened
    assert blocks.block_samples(plan) == 6000


def test_one_channel_of_several_can_be_read(opened):
    path, plan = opened
    only = dataclasses.replace(plan, source_channels=("B",), factors=plan.factors[1:2])
    whole = np.concatenate([block.samples for block in read_blocks(path, plan)])
    alone = np.concatenate([block.samples for block in read_blocks(path, only)])
    np.testing.assert_array_equal(alone[:, 0], whole[:, 1])
