"""MNE-Python's detectors, used as its documentation does; they see the whole recording."""

from __future__ import annotations

import mne
import numpy as np

from benchmarks.contenders.detector import Detector, Found
from benchmarks.labelled import Labelled
from devices.scoring import Span

HALF_BLINK_S = 0.25
"""MNE's tutorial on rejecting bad spans marks 0.25 s on either side of a blink."""

_MUSCLE_Z = {f"z > {z:g}": z for z in (0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0)}
_BLINK_UV: dict[str, float | None] = {
    "a quarter of the range": None,
    **{f"{uv} uV": float(uv) for uv in (30, 40, 50, 60, 80, 100, 150)},
}
_FLAT_UV = {f"<= {uv:g} uV": uv for uv in (0.0, 0.1, 0.5, 1.0, 2.0)}
_PEAK_UV = {f">= {uv} uV": float(uv) for uv in (30, 40, 60, 80, 100, 150, 200, 300, 500, 1000)}
FLAT_S = 0.2


def _muscle_band(recording: Labelled) -> tuple[float, float]:
    """110 to 140 Hz as by default; below 300 Hz the highest 30 Hz, as "adjust" asks for."""
    if recording.sampling_rate_hz >= 300:
        return 110.0, 140.0
    top = 0.44 * recording.sampling_rate_hz
    return top - 30.0, top


def _find_muscle(recording: Labelled, settings: tuple[str, ...]) -> Found:
    raw = recording.raw()
    harmonics = np.arange(recording.line_hz, recording.sampling_rate_hz / 2, recording.line_hz)
    raw.notch_filter(harmonics, verbose="error")
    found: Found = {}
    for setting in settings:
        notes, _ = mne.preprocessing.annotate_muscle_zscore(
            raw,
            threshold=_MUSCLE_Z[setting],
            ch_type="eeg",
            min_length_good=0.2,
            filter_freq=_muscle_band(recording),
            verbose="error",
        )
        found[setting] = _spans(notes)
    return found


def _find_blinks(recording: Labelled, settings: tuple[str, ...]) -> Found:
    raw = recording.raw()
    found: Found = {}
    for setting in settings:
        uv = _BLINK_UV[setting]
        events = mne.preprocessing.find_eog_events(
            raw,
            ch_name=list(recording.frontal),
            thresh=None if uv is None else uv * 1e-6,
            verbose="error",
        )
        times_s = events[:, 0] / recording.sampling_rate_hz
        found[setting] = [(float(t) - HALF_BLINK_S, float(t) + HALF_BLINK_S) for t in times_s]
    return found


def _find_flat(recording: Labelled, settings: tuple[str, ...]) -> Found:
    return {one: _amplitude(recording, "flat", _FLAT_UV[one], FLAT_S) for one in settings}


def _find_peaks(recording: Labelled, settings: tuple[str, ...]) -> Found:
    # A pop is a single step: it lasts for one sample, less than the default of 5 ms.
    return {one: _amplitude(recording, "peak", _PEAK_UV[one], 0.0) for one in settings}


def _amplitude(recording: Labelled, what: str, uv: float, min_duration_s: float) -> list[Span]:
    # Channels that are flat for longer than bad_percent are returned as bad instead: never here.
    notes, _ = mne.preprocessing.annotate_amplitude(
        recording.raw(),
        **{what: uv * 1e-6},
        bad_percent=100,
        min_duration=min_duration_s,
        verbose="error",
    )
    return _spans(notes)


def _spans(notes: mne.Annotations) -> list[Span]:
    return [(float(a), float(a + d)) for a, d in zip(notes.onset, notes.duration, strict=True)]


MUSCLE = Detector(
    name="MNE `annotate_muscle_zscore`",
    kinds=("muscle",),
    recommended="z > 5",
    settings=tuple(_MUSCLE_Z),
    parameters="as in its example: mains notched, z > 5, min_length_good 0.2 s, 110-140 Hz (80-110"
    " Hz at 250 Hz, 40-70 Hz at 160 Hz)",
    causal=False,
    find=_find_muscle,
)
BLINK = Detector(
    name="MNE `find_eog_events`",
    kinds=("blink",),
    recommended="a quarter of the range",
    settings=tuple(_BLINK_UV),
    parameters="the default threshold, on Fp1 and Fp2 (EXG0 and EXG1 of the Cyton); 0.25 s on"
    " either side of each event",
    causal=False,
    find=_find_blinks,
)
FLAT = Detector(
    name="MNE `annotate_amplitude(flat)`",
    kinds=("flat", "saturated"),  # a converter at its end does not move either
    recommended="<= 0.5 uV",
    settings=tuple(_FLAT_UV),
    parameters="no value is recommended: ours, 0.5 uV for 0.2 s; bad_percent 100",
    causal=False,
    find=_find_flat,
)
POP = Detector(
    name="MNE `annotate_amplitude(peak)`",
    kinds=("pop",),
    recommended=">= 60 uV",
    settings=tuple(_PEAK_UV),
    parameters="no value is recommended: ours, a step of 60 uV; min_duration 0; bad_percent 100",
    causal=False,
    find=_find_peaks,
)
