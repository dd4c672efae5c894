"""BioSPPy's samples: weak contractions are found, and gravity weighs one g."""

from __future__ import annotations

import numpy as np
import pytest

from tests.science import body


def test_contracted_muscle_is_louder():
    assert body.rms_ratio() > 1.3  # measured 1.5: the contractions are weak


def test_weak_contractions_are_marked_and_calm_is_not():
    assert body.share_active(body.CONTRACTIONS_S) > 0.6  # measured 0.79
    assert body.share_active(body.CALM_S) < 0.02  # measured 0.008


def test_the_stronger_contraction_has_one_onset():
    seen = body.emg()
    onsets_s = seen.end_s[seen.feature("emg_onset")[:, 0] == 1]
    start_s, end_s = body.CONTRACTIONS_S[1]
    assert ((onsets_s > start_s - 1) & (onsets_s < end_s)).sum() == 1


@pytest.mark.parametrize("contraction_s", body.CONTRACTIONS_S)
def test_an_onset_is_found_as_a_contraction_begins(contraction_s):
    seen = body.emg()
    onsets_s = seen.end_s[seen.feature("emg_onset")[:, 0] == 1]
    assert np.abs(onsets_s - contraction_s[0]).min() < 1.5


def test_gravity_is_one_g_whichever_way_the_sensor_hangs():
    magnitude = body.acceleration().feature("magnitude")
    assert np.nanmin(magnitude) > 0.95
    assert np.nanmax(magnitude) < 1.08


def test_a_sensor_that_is_not_turned_keeps_its_tilt():
    tilt_deg = body.acceleration().feature("tilt_deg")
    assert (np.nanmax(tilt_deg, axis=0) - np.nanmin(tilt_deg, axis=0) < 8).all()
    cosines = np.cos(np.radians(np.nanmedian(tilt_deg, axis=0)))
    assert np.sum(cosines**2) == pytest.approx(1, abs=0.02)  # three axes of one direction
