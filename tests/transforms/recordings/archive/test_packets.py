from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest

from schemas.archive import EpochPlace, record_of
from schemas.archive_writer import ArchiveWriter
from tests.transforms.recordings.made_archive import (
    FORMAT,
    SESSION,
    START_NS,
    SUBJECT,
    TENANT,
    packets_of,
    write_session,
)
from transforms.batch_records import StreamOutcome, StreamTask
from transforms.compute_stream import compute_stream
from transforms.recordings import (
    Reason,
    RecordingError,
    RecordingSettings,
    Run,
    open_recording,
    read_blocks,
)
from transforms.row_identity import RowIdentity

SETTINGS = RecordingSettings()
SAMPLES = np.random.default_rng(3).integers(-500, 500, (700, 2)).astype(np.int32)
HOUR = 3600 * 250


def test_overlapping_packets_tell_each_sample_once(tmp_path):
    first, again = packets_of(SAMPLES[:300]), packets_of(SAMPLES[200:700], first_sample=200)
    folder = write_session(tmp_path, again + first)
    plan = open_recording(folder, SETTINGS).streams[0]
    assert plan.runs == (Run(0, 0, 700),)
    blocks = list(read_blocks(folder, plan))
    np.testing.assert_array_equal(np.concatenate([b.samples for b in blocks]), SAMPLES * 0.1)


def changed_format(**changes):
    return packets_of(SAMPLES[:50], dataclasses.replace(FORMAT, **changes), first_sample=700)


@pytest.mark.parametrize(
    "strange",
    [
        changed_format(scale=(0.2,)),
        changed_format(channels=("C4", "C3")),
        changed_format(sampling_rate=Fraction(500)),
        packets_of(SAMPLES[:50], first_sample=700, start_ns=START_NS + 1),
        packets_of(SAMPLES[:50], first_sample=700, device="other00000000001"),
    ],
)
def test_a_packet_that_does_not_fit_the_others_is_left_out_and_told(tmp_path, strange):
    opened = open_recording(write_session(tmp_path, packets_of(SAMPLES) + strange), SETTINGS)
    (notice,) = opened.notices
    assert notice.kind == "packets_left_out"
    assert "1 packets do not fit" in notice.detail
    assert opened.streams[0].runs == (Run(0, 0, 700),)


def test_a_packet_of_another_session_is_left_out(tmp_path):
    other = "f" * 32
    folder = write_session(tmp_path, packets_of(SAMPLES), session=other)
    with pytest.raises(RecordingError, match="session is") as refused:
        open_recording(folder, SETTINGS)
    assert refused.value.reason is Reason.NO_SIGNAL


def test_a_packet_filed_at_another_place_than_its_own_is_left_out(tmp_path):
    ((_, packet),) = packets_of(SAMPLES)
    owner = EpochPlace(TENANT, SESSION, "eeg0", 0, SUBJECT)
    record = dataclasses.replace(record_of(packet), first_sample=5)
    with ArchiveWriter(tmp_path) as writer:
        writer.add(owner, record)
    with pytest.raises(RecordingError, match="first_sample is 0; expected 5, as in the record"):
        open_recording(str(tmp_path / TENANT / SESSION), SETTINGS)


def epochs_computed(folder: str) -> list[int | None]:
    epochs = []
    for plan in open_recording(folder, SETTINGS).streams:
        identity = RowIdentity(TENANT, SUBJECT, SESSION)
        task = StreamTask(folder, 1, identity, plan, ())
        results = compute_stream(task, read_blocks(folder, plan))
        epochs += [r.identity.epoch for r in results if isinstance(r, StreamOutcome)]
    return epochs


def test_no_two_epochs_of_rows_have_the_same_number(tmp_path):
    packets = packets_of(SAMPLES[:300]) + packets_of(SAMPLES, first_sample=HOUR + 301)
    packets += packets_of(SAMPLES, epoch=1, start_ns=START_NS + 10**13)
    assert epochs_computed(write_session(tmp_path, packets)) == [0, 100_000, 1]
