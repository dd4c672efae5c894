"""Which of several cells' windows count, where they are of one revision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from schemas.stream_descriptions import StreamDescription
from schemas.window_cells import WindowCell
from tests.transforms.made_windows import made_windows
from transforms.engine import Flag, StreamSpec
from transforms.stored_windows import merge_cells

SPEC = StreamSpec("eeg", 100, ("Cz", "O1"))
BATCH = made_windows(SPEC, range(4))
DESCRIPTION = StreamDescription(
    signal=SPEC.signal,
    rate_num=100,
    rate_den=1,
    channels=SPEC.channels,
    start_ns=0,
    line_hz=50,
    unit="uV",
    adc_range=None,
    pairs=(),
    windows_per_bucket=1200,
    feature_names=BATCH.feature_names,
    pair_feature_names=(),
    parameter_version="eeg-1",
    code_version="1",
)
FIELDS = ("index", "n_samples", "features", "pair_features", "flags", "quality")


def cell(**changed: Any) -> WindowCell:
    return WindowCell(**{name: getattr(BATCH, name) for name in FIELDS} | changed)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"n_samples": BATCH.n_samples}, {"n_samples": BATCH.n_samples - 1}),
        ({"flags": BATCH.flags & ~np.uint32(3)}, {"flags": BATCH.flags | np.uint32(Flag.SETTLING)}),
        (
            {"flags": BATCH.flags | np.uint32(3)},
            {"flags": BATCH.flags * 0, "n_samples": BATCH.n_samples - 1},
        ),
    ],
    ids=["more samples", "settled", "more samples, though it settles"],
)
def test_the_window_that_knows_more_counts_whatever_was_written_last(order, better, worse):
    """As where a job was cancelled: the next one computes some windows out of less."""
    cells = [(0, cell(**better)), (0, cell(**worse, features=-BATCH.features))]
    found = merge_cells({0: DESCRIPTION}, [cells[n] for n in order], 0, 4)
    np.testing.assert_array_equal(found.features, BATCH.features)
    np.testing.assert_array_equal(found.index, BATCH.index)
