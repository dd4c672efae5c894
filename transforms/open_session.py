"""A stored session as MNE knows recordings, for whoever has the right to its keys.

with SealedStore(address) as store:
    raw = open_session(store, SessionOwner(tenant, subject, session), start_ns, end_ns)
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import mne
import numpy as np

from transforms.read_windows import (
    NothingStoredError,
    SessionOwner,
    SessionReader,
    StoredEpoch,
    StoredSignal,
)
from transforms.sealed_store import SealedStore

_1970 = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_TYPES = {"eeg": "eeg", "ecog": "ecog", "lfp": "seeg", "spikes": "seeg", "emg": "emg", "ecg": "ecg"}
"""MNE's channel types, all in volt; an acc channel is `misc`, in g."""
_VOLTS_PER_UV = 1e-6


def open_session(
    store: SealedStore,
    owner: SessionOwner,
    start_ns: int,
    end_ns: int,
    *,
    stream: str | None = None,
    epoch: int | None = None,
) -> mne.io.RawArray:
    """The samples of [start_ns, end_ns), as recorded, in volt.

    Args:
      stream, epoch: needed only where the session has several in that time.

    Returns:
      Absent samples are NaN, and annotated `BAD_ACQ_SKIP` where no channel has any.

    Raises:
      NothingStoredError: nothing is stored there, or more than one stream or epoch is.
      SealError: it is not this subject's, or not for us to read.
    """
    reader = SessionReader(store)
    stored = [
        each
        for each in reader.epochs(owner)
        if stream in (None, each.place.stream) and epoch in (None, each.place.epoch)
    ]
    found = list(_present(reader, stored, start_ns, end_ns))
    if len(found) == 1:
        return raw_of(found[0][1])
    names = [f"{each.place.stream} epoch {each.place.epoch}" for each, _ in found]
    if not names:
        names = ["a time in which samples are stored"]
    raise NothingStoredError("stream", stream, " or ".join(names))


def _present(
    reader: SessionReader, stored: list[StoredEpoch], start_ns: int, end_ns: int
) -> Iterator[tuple[StoredEpoch, StoredSignal]]:
    for epoch in stored:
        try:
            yield epoch, reader.read_signal(epoch, start_ns, end_ns)
        except NothingStoredError:
            continue


def raw_of(signal: StoredSignal) -> mne.io.RawArray:
    """Samples as MNE keeps them; its numbers are `samples * 1e-6`."""
    spec = signal.spec
    kind = _TYPES.get(spec.signal, "misc")
    info = mne.create_info(list(spec.channels), spec.sampling_rate_hz, kind, verbose="error")
    values = signal.samples.T * (_VOLTS_PER_UV if kind != "misc" else 1.0)
    raw = mne.io.RawArray(values, info, copy="auto", verbose="error")
    raw.set_meas_date(_1970 + datetime.timedelta(microseconds=signal.start_ns // 1000))
    raw.set_annotations(_skips(signal))
    return raw


def _skips(signal: StoredSignal) -> mne.Annotations:
    gone = np.isnan(signal.samples).all(axis=1)
    edges = np.flatnonzero(np.diff(gone, prepend=False, append=False)).reshape(-1, 2)
    rate_hz = signal.spec.sampling_rate_hz
    onsets, durations = edges[:, 0] / rate_hz, (edges[:, 1] - edges[:, 0]) / rate_hz
    at = _1970 + datetime.timedelta(microseconds=signal.start_ns // 1000)
    return mne.Annotations(onsets, durations, "BAD_ACQ_SKIP", orig_time=at)
