"""Sessions written to a store as the batch job does, and what their engine returned."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from schemas.archive import EpochPlace
from tests.security.vaults import SESSION, SUBJECT, TENANT
from transforms.engine import SignalEngine, StreamSpec, WindowBatch
from transforms.epoch_rows import EpochRows
from transforms.read_windows import SessionOwner
from transforms.row_identity import RowIdentity
from transforms.rows_to_seal import RowToSeal
from transforms.sealed_store import SealedStore
from transforms.sealed_writer import SealedWriter, WriterSettings

RATE = Fraction(257, 2)
START_NS = 1_700_000_000_012_345_678
SPEC = StreamSpec("eeg", RATE, ("Fp1", "Cz"), START_NS, pairs=[("Fp1", "Cz")])
OWNER = SessionOwner(TENANT, SUBJECT, SESSION)
PLACE = EpochPlace(TENANT, SESSION, "eeg0", 0, SUBJECT)
QUICK_WRITER = WriterSettings(retry_s=1.0)


def made_samples(duration_s: float, seed: int = 0) -> np.ndarray:
    """Counts of 0.1 uV on one channel and floats on the other, with every sort of absence."""
    rng = np.random.default_rng(seed)
    n_samples = int(duration_s * RATE)
    samples = rng.normal(0, 5, (n_samples, 2)).cumsum(axis=0)
    samples -= samples.mean(axis=0)
    samples[:, 0] = np.rint(samples[:, 0]) * 0.1
    samples[n_samples // 2 : n_samples // 2 + 40, 1] = np.nan
    samples[n_samples // 3 : n_samples // 3 + 300] = np.nan
    return samples


def rows_of(
    spec: StreamSpec,
    samples: np.ndarray,
    place: EpochPlace = PLACE,
    *,
    revision: int = 0,
    cuts: Sequence[int] = (),
) -> tuple[list[RowToSeal], WindowBatch]:
    """The rows of an epoch, and the windows that are in them; pushed in pieces."""
    identity = RowIdentity(
        *(place.tenant, place.subject, place.session, place.stream, place.epoch),
        revision=revision,
        parameter_version="test",
    )
    engine, epoch = SignalEngine(spec), EpochRows(spec, identity, "made.edf")
    rows: list[RowToSeal] = []
    batches = []
    edges = [0, *sorted(min(cut, len(samples)) for cut in cuts), len(samples)]
    for low, high in itertools.pairwise(edges):
        batches.append(engine.push(low, samples[low:high]))
        rows += epoch.add(low, samples[low:high], batches[-1])
    batches.append(engine.finish())
    rows += [*epoch.add(0, samples[:0], batches[-1]), *epoch.finish()]
    return rows, WindowBatch.concatenate(batches)


def write_rows(store: SealedStore, rows: list[RowToSeal]) -> None:
    """All of them, or an assertion."""
    writer = SealedWriter(store, QUICK_WRITER)
    refused = [one for row in rows for one in writer.add(row)] + writer.flush()
    assert refused == []


def without_filtered(batch: WindowBatch) -> WindowBatch:
    return dataclasses.replace(batch, filtered=batch.filtered[:0])


def assert_same_windows(found: WindowBatch, expected: WindowBatch) -> None:
    for name in WindowBatch.ARRAYS:
        one, other = getattr(found, name), getattr(expected, name)
        assert (one.dtype, one.shape) == (other.dtype, other.shape), name
        np.testing.assert_array_equal(one, other, err_msg=name)
    assert found.feature_names == expected.feature_names
    assert found.pair_feature_names == expected.pair_feature_names


def windows_between(batch: WindowBatch, start_ns: int, end_ns: int) -> WindowBatch:
    """Those that have any time in [start_ns, end_ns)."""
    inside = (batch.start_ns + 50_000_000 > start_ns) & (batch.start_ns < end_ns)
    names = [name for name in WindowBatch.ARRAYS if name != "filtered"]
    return dataclasses.replace(
        without_filtered(batch), **{name: getattr(batch, name)[inside] for name in names}
    )
