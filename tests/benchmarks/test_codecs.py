from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from benchmarks.codecs import CONTENDERS, Recording, rows, score

WALK = np.cumsum(np.random.default_rng(0).integers(-9, 9, (1000, 4)), axis=0).astype(np.int32)
RECORDING = Recording("walk", lambda: WALK, 16)


@pytest.mark.parametrize("contender", CONTENDERS, ids=lambda contender: contender.name)
def test_what_is_installed_is_measured(contender):
    if not contender.is_installed():
        pytest.skip(f"{contender.module} is not installed; benchmarks/codecs.py says how")
    found = score(contender, RECORDING)
    assert found.ratio >= 0.9
    assert min(found.encode_us, found.decode_us) > 0
    assert len(list(rows([found]))) == 3


def test_a_codec_that_loses_numbers_is_found():
    lossy = dataclasses.replace(
        CONTENDERS[0], decode=lambda payload, shape, bits: np.zeros(shape, np.int32)
    )
    with pytest.raises(ValueError, match="lost numbers of walk"):
        score(lossy, RECORDING)
