from __future__ import annotations

import dataclasses
import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.archive import JUMP_EPOCHS, MAX_JUMPS
from transforms import window_chunks
from transforms.batch_records import StreamOutcome, StreamTask
from transforms.compute_stream import compute_stream
from transforms.engine import Flag, SignalEngine, StreamSpec, WindowBatch
from transforms.recordings import Block, RecordingError, Run, StreamPlan
from transforms.row_identity import RowIdentity
from transforms.table_part import TablePart
from transforms.write_tables import parquet_bytes

RATE = 100
HOUR = 3600 * RATE


def task_of(spec: StreamSpec) -> StreamTask:
    names = spec.channels
    plan = StreamPlan("eeg0", spec, "edf", names, (1.0,) * len(names), (Run(0, 0, 1),))
    identity = RowIdentity("clinic01", "a" * 16, "0" * 32)
    return StreamTask("folder/made.edf", 1, identity, plan, ())


def results_of(spec, blocks):
    results = list(compute_stream(task_of(spec), blocks))
    parts = [r for r in results if isinstance(r, TablePart)]
    return parts, [r for r in results if isinstance(r, StreamOutcome)]


def rows_of(parts, table):
    return [row for part in parts if part.table == table for row in part.rows.to_pylist()]


def signal(n_samples, n_channels=2, seed=0):
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 20, (n_samples, n_channels))
    samples[n_samples // 3 : n_samples // 3 + 40, 0] += 400  # something to flag
    return samples


SPEC = StreamSpec("eeg", RATE, ("Fp1", "Cz"), start_ns=1_700_000_000_012_345_678)
SAMPLES = signal(1500)
SAMPLES[600:640, 1] = np.nan
for first in (900, 1060, 1310):
    SAMPLES[first : first + 50] = np.nan


def test_rows_are_the_bare_engines_windows():
    engine = SignalEngine(SPEC)
    batch = WindowBatch.concatenate([engine.push(0, SAMPLES), engine.finish()])
    parts, (outcome,) = results_of(SPEC, [Block(0, SAMPLES)])
    rows = rows_of(parts, "features")
    assert [row["window"] for row in rows] == batch.index.tolist()
    for f, name in enumerate(batch.feature_names):
        written = [[np.nan if c[name] is None else c[name] for c in r["channels"]] for r in rows]
        np.testing.assert_array_equal(np.array(written), batch.features[:, :, f])
    flags = [[c["flags"] for c in row["channels"]] for row in rows]
    np.testing.assert_array_equal(flags, batch.flags)
    assert outcome.n_windows == len(batch)
    assert outcome.any_flagged == np.count_nonzero(batch.flags)
    assert outcome.flagged["gap"] == np.count_nonzero(batch.flags & Flag.GAP)


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, len(SAMPLES)), max_size=6))
def test_any_blocks_give_the_same_files(cuts):
    edges = [0, *sorted(cuts), len(SAMPLES)]
    pieces = [Block(a, SAMPLES[a:b]) for a, b in itertools.pairwise(edges)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(window_chunks, "CHANNEL_SECONDS", 4)  # two seconds a file: several of them
        whole, _ = results_of(SPEC, [Block(0, SAMPLES)])
        cut, _ = results_of(SPEC, pieces)
    assert len([part for part in whole if part.table == "events"]) >= 4
    assert [(p.table, p.name) for p in cut] == [(p.table, p.name) for p in whole]
    for one, other in zip(whole, cut, strict=True):
        assert parquet_bytes(one) == parquet_bytes(other)


def test_a_stretch_without_samples_is_one_gap_event():
    parts, _ = results_of(SPEC, [Block(0, SAMPLES)])
    gaps = [row for row in rows_of(parts, "events") if row["category"] == "stream"]
    told = [(gap["kind"], gap["channel"], gap["detail"]) for gap in gaps]
    assert told == [("gap", None, "50 samples")] * 3
    assert gaps[0]["start_ns"] == SPEC.start_ns + 900 * 10_000_000
    assert gaps[0]["end_ns"] == SPEC.start_ns + 950 * 10_000_000


def test_the_session_says_what_is_there():
    parts, (outcome,) = results_of(SPEC, [Block(0, SAMPLES)])
    (row,) = rows_of(parts, "sessions")
    assert row["source"] == "made.edf"
    assert (row["rate_num"], row["rate_den"], row["unit"]) == (100, 1, "uV")
    assert (row["n_samples"], row["n_windows"]) == (1350, outcome.n_windows)
    assert row["end_ns"] == SPEC.start_ns + 15_000_000_000
    n_values = outcome.n_windows * 2
    assert row["share_flagged"] == outcome.any_flagged / n_values


@pytest.mark.parametrize("lead_in", [0, 7])
def test_a_pause_of_more_than_an_hour_begins_an_epoch(lead_in):
    later = HOUR + 2000
    again = np.concatenate([np.full((lead_in, 2), np.nan), SAMPLES[:800]])
    blocks = [Block(0, SAMPLES[:800]), Block(later - lead_in, again)]
    parts, outcomes = results_of(SPEC, blocks)
    assert [o.identity.epoch for o in outcomes] == [0, 1]
    sessions = rows_of(parts, "sessions")
    assert [row["start_ns"] - SPEC.start_ns for row in sessions] == [0, later * 10_000_000]
    (restart,) = [row for row in rows_of(parts, "events") if row["kind"] == "restart"]
    assert (restart["epoch"], restart["start_ns"]) == (1, sessions[1]["start_ns"])
    second = StreamSpec("eeg", RATE, SPEC.channels, start_ns=sessions[1]["start_ns"])
    fresh, _ = results_of(second, [Block(0, SAMPLES[:800])])
    expected = [row["channels"] for row in rows_of(fresh, "features")]
    written = [row["channels"] for row in rows_of(parts, "features") if row["epoch"] == 1]
    assert written == expected


def test_a_recording_of_nothing_but_absent_samples_is_told():
    parts, (outcome,) = results_of(SPEC, [Block(0, np.full((500, 2), np.nan))])
    assert outcome.n_windows == 0
    assert rows_of(parts, "features") == []
    events = rows_of(parts, "events")
    assert [(e["kind"], e["channel"]) for e in events] == [
        ("absent_channel", "Fp1"),
        ("absent_channel", "Cz"),
    ]
    (session,) = rows_of(parts, "sessions")
    assert (session["n_samples"], session["share_flagged"]) == (0, 0.0)


def test_memory_is_bounded_by_the_chunk_not_by_the_recording():
    spec = StreamSpec("eeg", Fraction(20), tuple(f"E{i}" for i in range(512)))
    block = np.random.default_rng(1).normal(0, 20, (20 * 20, 512))
    blocks = (Block(i * len(block), block) for i in range(3))
    sizes = [part.rows.nbytes for part in results_of(spec, blocks)[0] if part.table == "features"]
    assert len(sizes) == 6
    assert max(sizes) < 40_000_000


def test_a_pause_for_which_no_epoch_is_left_ends_the_stream_like_a_break():
    """An archive's epoch leaves room for nine; the next would be another restart's number."""
    task = task_of(SPEC)
    task = dataclasses.replace(task, plan=dataclasses.replace(task.plan, jump_epochs=JUMP_EPOCHS))
    blocks = [Block(n * (HOUR + 1000), signal(200, seed=n)) for n in range(MAX_JUMPS + 2)]
    found: list[Any] = []
    with pytest.raises(RecordingError, match=r"too_many_jumps: .*expected epochs up to 999999"):
        found.extend(compute_stream(task, blocks))  # keeps what came before the error
    epochs = [one.identity.epoch for one in found if isinstance(one, StreamOutcome)]
    assert epochs == [n * JUMP_EPOCHS for n in range(MAX_JUMPS + 1)]
    assert len(rows_of([one for one in found if isinstance(one, TablePart)], "sessions")) == 10
