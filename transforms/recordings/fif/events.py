"""Events that MNE keeps in a file of their own, beside the recording: x-eve.fif for x_raw.fif."""

from __future__ import annotations

import dataclasses
import os

import mne

from transforms.recordings.errors import RecordingError
from transforms.recordings.fif.opener import exact_rate
from transforms.recordings.fif.tags import check_fif_whole
from transforms.recordings.plan import Marker, Notice, OpenedRecording
from transforms.recordings.reader import open_fif, quiet_mne
from transforms.recordings.times import sample_ns


def with_event_file(opened: OpenedRecording, path: str, events_path: str) -> OpenedRecording:
    """The recording with its events as markers, described by their number.

    Events count samples as the recording does, from the start of the acquisition. A file that
    cannot be read is told in a notice: the samples are as good without it.

    Args:
      path: of the recording, in FIF.
    """
    name = os.path.basename(events_path)
    try:
        check_fif_whole(events_path)
        with quiet_mne(events_path):
            events = mne.read_events(events_path)
        with quiet_mne(path):
            raw = open_fif(path)
            first_sample, rate_hz = int(raw.first_samp), exact_rate(raw.info["sfreq"])
    except RecordingError as error:
        notice = Notice("sidecar_unreadable", f"{name} is left aside: {error.message}")
        return dataclasses.replace(opened, notices=(*opened.notices, notice))
    markers = tuple(
        Marker(sample_ns(opened.start_ns, sample - first_sample, rate_hz), 0, str(number))
        for sample, _, number in events.tolist()
    )
    return dataclasses.replace(opened, markers=(*opened.markers, *markers))
