"""Pair features equal numpy and scipy on the filtered signal, and come only where asked for."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal

from tests import recordings
from tests.transforms.engine.streams import assert_same, run
from transforms.engine import StreamSpec


def test_pairs_equal_their_formulas_on_a_real_recording():
    samples, rate, names = recordings.physionet("S001R02_first60s")
    pairs = [("O1", "O2"), ("C3", "C4")]
    spec = StreamSpec("eeg", rate, names, line_hz=60, pairs=pairs)
    windows = run(spec, [(0, samples[:3200])])
    assert windows.pair_feature_names == ("covariance", "alpha_coherence", "alpha_phase_locking")
    compared = 0
    for w in range(100, 400, 37):
        end = 8 * (w + 1)  # 160 Hz: eight samples a window
        for p, (a, b) in enumerate(pairs):
            x, y = windows.filtered[:, names.index(a)], windows.filtered[:, names.index(b)]
            second = slice(end - 160, end)
            expected = np.cov(x[second], y[second], ddof=0)[0, 1]
            np.testing.assert_allclose(windows.pair_features[w, p, 0], expected, rtol=1e-9)
            two = slice(end - 320, end)
            hz, coherence = scipy.signal.coherence(
                x[two], y[two], 160, window="hann", nperseg=80, noverlap=40, detrend="constant"
            )
            band = (hz >= 8) & (hz < 13)
            np.testing.assert_allclose(
                windows.pair_features[w, p, 1], coherence[band].mean(), rtol=1e-9
            )
            spectra = [
                scipy.signal.stft(
                    scipy.signal.detrend(z[two][k : k + 80], type="constant"),
                    window="hann", nperseg=80, noverlap=0, boundary=None, padded=False,
                )[2][:, 0]
                for k in range(0, 241, 40)
                for z in (x, y)
            ]  # fmt: skip
            phases = np.angle(np.array(spectra[::2]) * np.conj(spectra[1::2]))[:, band]
            locked = np.abs(np.exp(1j * phases).mean(axis=0)).mean()
            np.testing.assert_allclose(windows.pair_features[w, p, 2], locked, rtol=1e-9)
            compared += 1
    assert compared == 18
    locking = windows.pair_features[60:, :, 2]
    assert ((locking > 0) & (locking <= 1)).all()


def test_a_channel_is_locked_to_itself_delayed_and_not_to_noise():
    rng = np.random.default_rng(0)
    phase = 2 * np.pi * 10 * np.arange(2500) / 250
    samples = np.stack([np.sin(phase), np.sin(phase - 1), rng.normal(size=2500)], axis=1) * 20
    samples[:, :2] += rng.normal(size=(2500, 2))
    spec = StreamSpec("eeg", 250, ("a", "b", "c"), pairs=[("a", "b"), ("a", "c")])
    last = run(spec, [(0, samples)]).pair_features[-1]
    names = run(spec, [(0, samples)]).pair_feature_names
    assert last[0, names.index("alpha_phase_locking")] > 0.8
    assert last[0, names.index("alpha_coherence")] > 1.5 * last[1, names.index("alpha_coherence")]


@pytest.mark.parametrize("rate", [128.5, 250, 1000])
def test_pairs_do_not_depend_on_packets(rate: float):
    samples = np.random.default_rng(1).normal(size=(int(rate * 4), 3))
    samples[int(rate * 3) :: 200, 1] = np.nan
    spec = StreamSpec("eeg", rate, ("a", "b", "c"), start_ns=5, pairs=[("a", "b"), ("c", "a")])
    packets = [(at, samples[at : at + 37]) for at in range(0, len(samples), 37)]
    assert_same(run(spec, packets), run(spec, [(0, samples)]))


def test_without_pairs_there_are_none():
    windows = run(StreamSpec("eeg", 250, ("a", "b")), [(0, np.ones((500, 2)))])
    assert windows.pair_features.shape == (len(windows), 0, 0)


@pytest.mark.parametrize("signal", ["eeg", "ecog", "lfp", "spikes", "emg", "ecg", "acc"])
def test_pairs_can_be_asked_for_of_every_kind(signal: str):
    samples = np.random.default_rng(2).normal(size=(3000, 2)).cumsum(axis=0)
    spec = StreamSpec(signal, 1000, ("a", "b"), pairs=[("a", "b")])
    packets = [(at, samples[at : at + 250]) for at in range(0, 3000, 250)]
    windows = run(spec, packets)
    assert not np.isnan(windows.pair_features[-1]).any()
    assert_same(windows, run(spec, [(0, samples)]))
