from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import CellError
from schemas.window_rows import STREAMS, WINDOWS
from tests.sealed_stores import cells_of, connected, new_store
from tests.security.vaults import OTHER_SESSION, OTHER_TENANT
from tests.transforms.stored_sessions import (
    OWNER,
    PLACE,
    RATE,
    SPEC,
    START_NS,
    assert_same_windows,
    made_samples,
    rows_of,
    windows_between,
    without_filtered,
    write_rows,
)
from transforms.read_windows import NothingStoredError, SessionReader

SAMPLES = made_samples(130)
ROWS, WINDOWS_MADE = rows_of(SPEC, SAMPLES)
TIMES_NS = np.array([START_NS + math.ceil(n * 10**9 / RATE) for n in range(len(SAMPLES))])
FOREVER = (-(2**61), 2**61)
SECOND_NS = 10**9


@pytest.fixture(scope="module")
def written_at(kms):
    return new_store(kms)


@pytest.fixture(scope="module")
def written(written_at):
    with connected(written_at) as store:
        write_rows(store, ROWS)
        yield store


@pytest.fixture(scope="module")
def reader(written):
    return SessionReader(written)


@pytest.fixture(scope="module")
def epoch(reader):
    (epoch,) = reader.epochs(OWNER)
    return epoch


def test_the_whole_epoch_comes_back_bit_for_bit(reader, epoch):
    assert epoch.spec == SPEC
    assert epoch.place == PLACE
    assert_same_windows(reader.read_windows(epoch, *FOREVER), without_filtered(WINDOWS_MADE))
    signal = reader.read_signal(epoch, *FOREVER)
    assert (signal.first_sample, signal.start_ns, signal.spec) == (0, START_NS, SPEC)
    np.testing.assert_array_equal(signal.samples, SAMPLES)


def test_the_engine_makes_the_stored_windows_again_out_of_the_stored_samples(reader, epoch):
    signal = reader.read_signal(epoch, *FOREVER)
    _, again = rows_of(signal.spec, signal.samples)
    assert_same_windows(again, WINDOWS_MADE)


@settings(max_examples=25, deadline=None)
@given(st.integers(-2 * SECOND_NS, 132 * SECOND_NS), st.integers(1, 132 * SECOND_NS))
def test_any_time_gives_its_windows_and_its_samples(reader, epoch, offset_ns, duration_ns):
    start_ns, end_ns = START_NS + offset_ns, START_NS + offset_ns + duration_ns
    found = reader.read_windows(epoch, start_ns, end_ns)
    assert_same_windows(found, windows_between(WINDOWS_MADE, start_ns, end_ns))
    inside = (start_ns <= TIMES_NS) & (end_ns > TIMES_NS)
    wanted = np.flatnonzero(inside & ~np.isnan(SAMPLES).all(axis=1))
    try:
        signal = reader.read_signal(epoch, start_ns, end_ns)
    except NothingStoredError:
        assert len(wanted) == 0
        return
    first, stop = signal.first_sample, signal.first_sample + len(signal.samples)
    np.testing.assert_array_equal(signal.samples, SAMPLES[first:stop])
    assert inside[first:stop].all()
    assert set(wanted.tolist()) <= set(range(first, stop))


@pytest.mark.parametrize("cuts", [[1], [100, 101, 5000], list(range(0, 16_000, 321))])
def test_rows_do_not_depend_on_the_blocks(cuts):
    again, _ = rows_of(SPEC, SAMPLES, cuts=cuts)
    assert again == ROWS


def test_a_repeated_bundle_leaves_what_readers_see(store):
    write_rows(store, ROWS)
    before = cells_of(store, WINDOWS)
    write_rows(store, ROWS)
    after = cells_of(store, WINDOWS)
    assert after.keys() == before.keys()
    assert all(after[key] != before[key] for key in before)  # other nonces
    reader = SessionReader(store)
    (epoch,) = reader.epochs(OWNER)
    assert_same_windows(reader.read_windows(epoch, *FOREVER), without_filtered(WINDOWS_MADE))


@pytest.mark.parametrize("order", [(0, 3), (3, 0)])
def test_a_higher_revision_counts_wherever_it_is_written(store, order):
    """Over other stretches of time, in cells of other places, before or after the lower one."""
    shorter = SAMPLES[:9000].copy()
    shorter[:2000] = np.nan
    shorter[2000:] += 1.0
    later, later_windows = rows_of(SPEC, shorter, revision=3)
    for revision in order:
        write_rows(store, ROWS if revision == 0 else later)
    reader = SessionReader(store)
    (epoch,) = reader.epochs(OWNER)
    assert sorted(epoch.descriptions) == [0, 3]
    found = reader.read_windows(epoch, *FOREVER)
    np.testing.assert_array_equal(found.index, WINDOWS_MADE.index)
    is_later = np.isin(found.index, later_windows.index)
    assert 0 < is_later.sum() < len(found)
    for name in ("features", "flags", "quality", "pair_features", "n_samples"):
        values = getattr(found, name)
        np.testing.assert_array_equal(values[is_later], getattr(later_windows, name))
        np.testing.assert_array_equal(values[~is_later], getattr(WINDOWS_MADE, name)[~is_later])
    signal = reader.read_signal(epoch, *FOREVER)
    np.testing.assert_array_equal(signal.samples[2000:9000], shorter[2000:])
    np.testing.assert_array_equal(signal.samples[9000:], SAMPLES[9000:])


def test_windows_in_several_cells_of_one_revision_are_there_once(store):
    """As when a stream emitted what a batch job then wrote again by whole seconds."""
    write_rows(store, ROWS)
    shifted, _ = rows_of(SPEC, np.where(np.arange(len(SAMPLES))[:, None] < 70, np.nan, SAMPLES))
    write_rows(store, [row for row in shifted if row.table is WINDOWS])
    reader = SessionReader(store)
    (epoch,) = reader.epochs(OWNER)
    found = reader.read_windows(epoch, *FOREVER)
    np.testing.assert_array_equal(found.index, WINDOWS_MADE.index)


def test_a_feature_that_a_revision_did_not_have_is_absent(reader, epoch):
    newer = dataclasses.replace(epoch.newest, feature_names=("new", *epoch.newest.feature_names))
    reprocessed = dataclasses.replace(epoch, descriptions={**epoch.descriptions, 1: newer})
    found = reader.read_windows(reprocessed, *FOREVER)
    assert np.isnan(found.features[:, :, 0]).all()
    np.testing.assert_array_equal(found.features[:, :, 1:], WINDOWS_MADE.features)


@pytest.mark.parametrize(
    "changed", [{"channels": ("Fp1", "C4")}, {"feature_names": ("rms",)}, {"rate_num": 258}]
)
def test_a_description_that_does_not_fit_is_an_error_never_a_wrong_number(reader, epoch, changed):
    other = dataclasses.replace(epoch.newest, **changed)
    descriptions = {0: other} if "feature_names" in changed else {0: epoch.newest, 1: other}
    with pytest.raises(CellError):
        reader.read_windows(dataclasses.replace(epoch, descriptions=descriptions), *FOREVER)


def test_a_cell_of_a_revision_that_nothing_describes_is_an_error(reader, epoch):
    undescribed = dataclasses.replace(epoch, descriptions={7: epoch.newest})
    with pytest.raises(CellError, match="revision is 0"):
        reader.read_windows(undescribed, *FOREVER)


@pytest.mark.parametrize("changed", [{"tenant": OTHER_TENANT}, {"session": OTHER_SESSION}])
def test_what_another_tenant_or_session_has_is_not_there(reader, changed):
    with pytest.raises(NothingStoredError, match="expected a session of tenant"):
        reader.epochs(dataclasses.replace(OWNER, **changed))


def test_no_row_key_or_content_names_the_subject_or_a_channel(written):
    for table in (STREAMS, WINDOWS):
        for (row, _, column, _), value in cells_of(written, table).items():
            for name in (OWNER.subject.encode(), b"Fp1", b"delta_power"):
                assert name not in row + column + value


def test_reading_asks_the_key_service_once(written, written_at, kms):
    with connected(written_at) as process:
        kms.calls.clear()
        reader = SessionReader(process)
        for _ in range(2):
            (epoch,) = reader.epochs(OWNER)
            reader.read_windows(epoch, *FOREVER)
        assert kms.calls.count() == kms.calls.count("Decrypt") == 1


def test_reprs_name_no_subject_and_hold_no_content(epoch):
    for each in (OWNER, epoch, ROWS[0], ROWS[-1]):
        assert OWNER.subject not in repr(each)
    assert ROWS[0].cells[0].content.decode()[:20] not in repr(ROWS[0])
