from __future__ import annotations

import dataclasses

import grpc
import numpy as np
import pytest

from local.kms.faults import Fault
from schemas.archive import EpochPlace
from security.errors import KeyAccessDeniedError, SealError
from tests.sealed_stores import connected, new_store
from tests.security.vaults import OTHER_SUBJECT, OTHER_TENANT, SESSION, SUBJECT, TENANT
from tests.transforms.stored_sessions import (
    OWNER,
    RATE,
    SPEC,
    START_NS,
    made_samples,
    rows_of,
    write_rows,
)
from transforms.engine import StreamSpec
from transforms.open_session import open_session
from transforms.read_windows import NothingStoredError

SAMPLES = made_samples(20)
END_NS = START_NS + 20 * 10**9
ACC = StreamSpec("acc", 50, ("x", "y", "z"), START_NS)
SHAKEN = np.random.default_rng(0).normal(0, 1, (500, 3))
LATER_NS = START_NS + 3600 * 10**9


@pytest.fixture(scope="module")
def address(kms):
    """Two streams, and a restart of the first an hour later."""
    address = new_store(kms)
    with connected(address) as store:
        write_rows(store, rows_of(SPEC, SAMPLES)[0])
        write_rows(store, rows_of(ACC, SHAKEN, EpochPlace(TENANT, SESSION, "acc0", 0, SUBJECT))[0])
        restarted = dataclasses.replace(SPEC, start_ns=LATER_NS)
        again = EpochPlace(TENANT, SESSION, "eeg0", 1, SUBJECT)
        write_rows(store, rows_of(restarted, SAMPLES[:500], again)[0])
    return address


def test_a_stream_is_an_mne_raw_of_the_recorded_samples(store):
    raw = open_session(store, OWNER, START_NS, END_NS, stream="eeg0")
    np.testing.assert_array_equal(raw.get_data(), SAMPLES.T * 1e-6)
    assert raw.ch_names == ["Fp1", "Cz"]
    assert raw.get_channel_types() == ["eeg", "eeg"]
    assert raw.info["sfreq"] == float(RATE)
    assert raw.info["meas_date"].timestamp() == pytest.approx(START_NS / 1e9, abs=1e-6)


def test_where_nothing_was_recorded_is_annotated(store):
    raw = open_session(store, OWNER, START_NS, END_NS, stream="eeg0")
    assert list(raw.annotations.description) == ["BAD_ACQ_SKIP"]
    gone = np.flatnonzero(np.isnan(SAMPLES).all(axis=1))
    assert raw.annotations.onset[0] == pytest.approx(gone[0] / RATE, abs=1e-6)
    assert raw.annotations.duration[0] == pytest.approx(len(gone) / RATE)


def test_a_stretch_of_time_begins_with_its_first_sample(store):
    raw = open_session(store, OWNER, START_NS + 10**9, START_NS + 3 * 10**9, stream="eeg0")
    np.testing.assert_array_equal(raw.get_data(), SAMPLES[129:386].T * 1e-6)


def test_acceleration_is_in_g(store):
    raw = open_session(store, OWNER, START_NS, END_NS, stream="acc0")
    np.testing.assert_array_equal(raw.get_data(), SHAKEN.T)
    assert set(raw.get_channel_types()) == {"misc"}


def test_time_alone_tells_an_epoch_where_it_can(store):
    raw = open_session(store, OWNER, LATER_NS, LATER_NS + 10**9)
    np.testing.assert_array_equal(raw.get_data(), SAMPLES[:129].T * 1e-6)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({}, "acc0 epoch 0 or eeg0 epoch 0 or eeg0 epoch 1"),
        ({"stream": "eeg0"}, "eeg0 epoch 0 or eeg0 epoch 1"),
        ({"stream": "eeg7"}, "a time in which samples are stored"),
    ],
)
def test_several_streams_or_none_are_refused_with_their_names(store, choice, expected):
    with pytest.raises(NothingStoredError, match=expected):
        open_session(store, OWNER, START_NS, LATER_NS + 10**9, **choice)
    raw = open_session(store, OWNER, START_NS, LATER_NS + 10**9, stream="eeg0", epoch=1)
    assert raw.n_times == 129


def test_another_subject_or_tenant_gets_nothing(store):
    other = dataclasses.replace(OWNER, subject=OTHER_SUBJECT)
    with pytest.raises(SealError):
        open_session(store, other, START_NS, END_NS)
    with pytest.raises(NothingStoredError):
        open_session(store, dataclasses.replace(OWNER, tenant=OTHER_TENANT), START_NS, END_NS)


def test_without_the_right_to_the_key_nothing_opens(store, kms):
    kms.faults.add(Fault(status=grpc.StatusCode.PERMISSION_DENIED, method="Decrypt"))
    try:
        with pytest.raises(KeyAccessDeniedError, match="access denied"):
            open_session(store, OWNER, START_NS, END_NS)
    finally:
        kms.faults.clear()
