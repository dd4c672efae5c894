"""Loaders that do what parsers of damaged files do; named by test_contained, run in its child."""

from __future__ import annotations

import ctypes
import json
import time
from fractions import Fraction

import numpy as np

from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.loaded import LoadedRecording, LoadedStream
from transforms.recordings.plan import Marker, Notice, RecordingSettings, Run


def load(path: str, settings: RecordingSettings) -> LoadedRecording:
    """Does what the file says: {"do": "crash"}."""
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    return _DEEDS[content["do"]](settings)


def _read(settings: RecordingSettings) -> LoadedRecording:
    samples = np.arange(2000.0).reshape(1000, 2)
    two_runs = (Run(0, 0, 600), Run(700, 600, 400))
    eeg = LoadedStream("eeg", Fraction(250), ("Cz", "Pz"), 5, samples, two_runs)
    acc = LoadedStream("acc", Fraction(50), ("X", "Y"), 7, samples / 2, (Run(0, 0, 1000),))
    again = LoadedStream("eeg", Fraction(250), ("Cz", "Pz"), 9, -samples, (Run(0, 0, 1000),))
    notices = (Notice("reader_warning", str(settings.sampling_rate)),)
    return LoadedRecording((eeg, acc, again), notices, (Marker(11, 0, "go"),))


def _refuse(_: RecordingSettings) -> LoadedRecording:
    raise RecordingError(Reason.BAD_HEADER, "no such version")


def _fail(_: RecordingSettings) -> LoadedRecording:
    raise IndexError("list index out of range")


def _crash(_: RecordingSettings) -> LoadedRecording:
    ctypes.string_at(0)
    raise AssertionError


def _hang(_: RecordingSettings) -> LoadedRecording:
    while True:
        time.sleep(0.01)


def _take_all_memory(_: RecordingSettings) -> LoadedRecording:
    return LoadedRecording(tuple(np.ones(1 << 24) for _ in range(1000)))  # type: ignore[misc]


def _overlap(_: RecordingSettings) -> LoadedRecording:
    runs = (Run(0, 0, 600), Run(500, 600, 400))
    stream = LoadedStream("eeg", Fraction(250), ("Cz",), 5, np.zeros((1000, 1)), runs)
    return LoadedRecording((stream,))


_DEEDS = {
    "read": _read,
    "refuse": _refuse,
    "fail": _fail,
    "crash": _crash,
    "hang": _hang,
    "take all memory": _take_all_memory,
    "overlap": _overlap,
}
