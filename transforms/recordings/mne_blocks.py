"""Blocks of the files that MNE reads piece by piece: EDF, BDF and FIF."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from transforms.recordings.blocks import Block, block_places
from transforms.recordings.plan import StreamPlan
from transforms.recordings.reader import open_edf, open_fif, quiet_mne


def read_mne_blocks(path: str, plan: StreamPlan) -> Iterator[Block]:
    """All samples of a stream, as `blocks.read_blocks`.

    Raises:
      RecordingError: MNE gave up on the way.
    """
    with quiet_mne(path):
        if plan.reader == "fif":
            raw = open_fif(path)
        else:
            raw = open_edf(path, plan.reader, plan.source_channels)
    factors = np.array(plan.factors)
    picks = [raw.ch_names.index(name) for name in plan.source_channels]
    for first_sample, start, stop in block_places(plan):
        with quiet_mne(path):
            volts = raw.get_data(picks=picks, start=start, stop=stop)
        yield Block(first_sample, np.ascontiguousarray(volts.T) * factors)
