from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow.parquet as pq
import pytest

from local.live.equality import BatchFailedError, compare, compute_again, read_features
from tests.local.live.books import KEY, OTHER
from transforms.engine import SignalEngine, StreamSpec
from transforms.row_identity import RowIdentity
from transforms.window_rows import features_part

SPEC = StreamSpec("eeg", 250, ("C3", "C4"), line_hz=50)


@pytest.fixture(scope="module")
def windows():
    noise = np.random.default_rng(1).normal(scale=10, size=(1500, 2))
    noise[500:600, 1] = np.nan
    return SignalEngine(SPEC).push(0, noise)


@pytest.fixture
def features(windows, tmp_path):
    """As the batch job writes them: in several files, the later windows first."""
    identity = RowIdentity("clinic01", "subject000000001", KEY.session, "eeg0", 0)
    identity = dataclasses.replace(identity, parameter_version="1")
    rows = features_part(windows, SPEC, identity, "whole").rows
    folder = tmp_path / "features" / KEY.session
    folder.mkdir(parents=True)
    pq.write_table(rows.slice(60), folder / "0.parquet")
    pq.write_table(rows.slice(0, 60), folder / "1.parquet")
    return read_features(tmp_path)


def without_the_last(windows, n_left_out):
    per_window = ("index", "start_ns", "n_samples", "features", "pair_features", "flags", "quality")
    kept = {name: getattr(windows, name)[:-n_left_out] for name in per_window}
    return dataclasses.replace(windows, **kept)


def test_the_same_windows_are_found_equal(windows, features):
    found = compare({KEY: windows}, {KEY: SPEC}, features)
    assert (found.holds, found.n_windows) == (True, len(windows))
    assert str(found) == f"all {len(windows)} windows are the same, bit for bit"


@pytest.mark.parametrize("field", ["features", "flags", "quality", "n_samples"])
def test_one_number_that_differs_in_its_last_bit_is_found(windows, features, field):
    values = getattr(windows, field).copy()
    at = (-1,) * values.ndim
    values[at] = np.nextafter(values[at], np.inf) if values.dtype.kind == "f" else values[at] ^ 1
    spoilt = dataclasses.replace(windows, **{field: values})
    found = compare({KEY: spoilt}, {KEY: SPEC}, features)
    assert (found.holds, found.n_other, found.differing) == (False, 1, (KEY,))
    assert str(found).startswith(f"1 of {len(windows)} windows differ: 00000000 eeg0")


def test_windows_that_only_one_side_has_are_no_equality(windows, features):
    assert compare({KEY: without_the_last(windows, 3)}, {KEY: SPEC}, features).n_other == 3
    assert compare({OTHER: windows}, {OTHER: SPEC}, features).n_other == 2 * len(windows)
    assert compare({}, {}, features).n_other == len(windows)


def test_nothing_equals_nothing_is_no_evidence():
    assert not compare({}, {}, {}).holds


def test_a_batch_job_that_computes_nothing_says_so(tmp_path):
    (tmp_path / "archive").mkdir()
    with pytest.raises(BatchFailedError):
        compute_again(tmp_path / "archive", tmp_path / "out", [])
