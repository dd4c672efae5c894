"""Nihon Kohden recordings: an .EEG file, and beside it names (.21E) and events (.LOG)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from transforms.recordings.loaded import LoadedRecording
from transforms.recordings.loaded_channels import FoundChannel, choose_channels, loaded_streams
from transforms.recordings.nihon_kohden.blocks import (
    NihonKohdenBlock,
    pause_after,
    read_blocks_of,
)
from transforms.recordings.nihon_kohden.labels import signal_of_input
from transforms.recordings.nihon_kohden.texts import electrode_names, read_log
from transforms.recordings.pauses import Pause, notices_of, runs_between
from transforms.recordings.plan import Marker, Notice, RecordingSettings
from transforms.recordings.times import date_ns, seconds_ns

# Inputs of direct current and the marks are in millivolt, all others in microvolt.
_MILLIVOLT_CODES = {*range(42, 74), 76, 77}
_RANGES = {"uV": (-3200.0, 3199.902), "mV": (-12002.9, 12002.56)}
_STEPS = 65_535
_LOWEST, _HIGHEST = -32_768, 32_767


def load_nihon_kohden(path: str, settings: RecordingSettings) -> LoadedRecording:
    """The streams, events and notices of one recording.

    Args:
      path: the .EEG file; the others are beside it.

    Raises:
      RecordingError: it cannot be used.
    """
    blocks = read_blocks_of(path)
    names, events = electrode_names(path), read_log(path)
    rate_hz = Fraction(blocks[0].rate_hz)
    found = [_found(code, names.get(code, f"code {code}"), rate_hz) for code in blocks[0].codes]
    chosen, notices = choose_channels(found, settings)
    pauses = _pauses(blocks)
    n_stored = sum(block.n_samples for block in blocks)
    start = blocks[0].start
    if start is None:
        detail = "the first block has no valid date; times count from 1970"
        notices.append(Notice("unknown_start", detail))
    if events is None:
        detail = "there is no .LOG file with events beside it, or none that we can read"
        notices.append(Notice("markers_missing", detail))
    start_ns = 0 if start is None else date_ns(start)

    def columns(places: list[int]) -> npt.NDArray[np.float64]:
        return _physical(path, blocks, places)

    return LoadedRecording(
        streams=loaded_streams(
            chosen,
            columns=columns,
            start_ns=start_ns,
            runs_at=lambda at_hz: runs_between(pauses, n_stored, at_hz),
        ),
        notices=tuple(notices + notices_of(pauses)),
        markers=tuple(
            Marker(start_ns + seconds_ns(event.onset_s), 0, event.text) for event in events or ()
        ),
    )


def _found(code: int, name: str, rate_hz: Fraction) -> FoundChannel:
    unit = _unit(code)
    ends = [_scaled(np.array(end, dtype=np.float64), unit) for end in (_LOWEST, _HIGHEST)]
    return FoundChannel(
        label=name,
        signal=signal_of_input(name),
        dimension=unit,
        rate_hz=rate_hz,
        adc_range=(float(ends[0]), float(ends[1])),
    )


def _unit(code: int) -> str:
    return "mV" if code in _MILLIVOLT_CODES else "uV"


def _scaled(stored: npt.NDArray[np.float64], unit: str) -> npt.NDArray[np.float64]:
    low, high = _RANGES[unit]
    step = (high - low) / _STEPS
    return stored * step + (low - _LOWEST * step)


def _physical(
    path: str, blocks: Sequence[NihonKohdenBlock], places: list[int]
) -> npt.NDArray[np.float64]:
    parts = []
    for block in blocks:
        if block.n_samples == 0:  # nothing to map
            continue
        words = np.memmap(
            path,
            dtype="<u2",
            mode="r",
            offset=block.data_place,
            shape=(block.n_samples, block.row_words),
        )
        parts.append(words[:, places].astype(np.float64) + _LOWEST)
    stored = np.concatenate(parts)
    units = [_unit(blocks[0].codes[place]) for place in places]
    return np.stack([_scaled(stored[:, i], unit) for i, unit in enumerate(units)], axis=1)


def _pauses(blocks: Sequence[NihonKohdenBlock]) -> list[Pause]:
    pauses, stored_s = [], Fraction(0)
    for block, following in itertools.pairwise(blocks):
        stored_s += Fraction(block.n_samples, block.rate_hz)
        pauses.append(Pause(stored_s, pause_after(block, following)))
    return pauses
