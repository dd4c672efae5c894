"""autoreject (Jas et al. 2017): thresholds per sensor by cross-validation, on epochs of 1 s."""

from __future__ import annotations

import autoreject
import mne
import numpy as np

from benchmarks.contenders.detector import Detector, Found
from benchmarks.labelled import Labelled
from devices.scoring import Span

EPOCH_S = 1.0
REJECTED = "epochs it rejects"
ANY_SENSOR = "epochs with a bad sensor"


def _find(recording: Labelled, settings: tuple[str, ...]) -> Found:
    raw = recording.raw()
    if np.isnan([channel["loc"][:3] for channel in raw.info["chs"]]).any():
        raise ValueError("autoreject interpolates, and needs to know where the electrodes are")
    raw.filter(1.0, None, verbose="error")
    epochs = mne.make_fixed_length_epochs(raw, EPOCH_S, preload=True, verbose="error")
    n_channels = len(recording.channels)
    search = autoreject.AutoReject(
        n_interpolate=[n for n in (1, 2, 4, 32) if n <= n_channels // 2],
        random_state=0,
        n_jobs=1,
        verbose=False,
    )
    log = search.fit(epochs).get_reject_log(epochs)
    bad = {REJECTED: log.bad_epochs, ANY_SENSOR: log.bad_epochs | (log.labels > 0).any(axis=1)}
    return {setting: _spans(bad[setting]) for setting in settings}


def _find_perfectly(recording: Labelled, settings: tuple[str, ...]) -> Found:
    truth = [span for spans in recording.truth.values() for span in spans]
    starts_s = np.arange(0.0, recording.duration_s - EPOCH_S + 1e-9, EPOCH_S)
    bad = [any(a < start + EPOCH_S and b > start for a, b in truth) for start in starts_s]
    return dict.fromkeys(settings, _spans(np.array(bad)))


def _spans(bad: np.ndarray) -> list[Span]:
    return [(float(i) * EPOCH_S, float(i + 1) * EPOCH_S) for i in np.flatnonzero(bad)]


ALL = Detector(
    name="autoreject `AutoReject`",
    kinds=(),
    recommended=REJECTED,
    settings=(REJECTED, ANY_SENSOR),
    parameters="high-pass 1 Hz, epochs of 1 s, standard montage, random_state 0, cv and consensus"
    " as by default, n_interpolate 1, 2 and 4 (8 channels) or 1, 2, 4 and 32 (64 channels)",
    causal=False,
    find=_find,
)

PERFECT = Detector(
    name="whoever knows the truth, in epochs of 1 s",
    kinds=(),
    recommended="epochs with an artifact",
    settings=("epochs with an artifact",),
    parameters="the bound for anything that marks whole epochs",
    causal=False,
    find=_find_perfectly,
)
