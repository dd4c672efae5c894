"""Persyst recordings: a text file (.lay) and a binary one with the samples, channel by channel."""

from __future__ import annotations

import os
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from transforms.recordings.errors import Reason, RecordingError
from transforms.recordings.loaded import LoadedRecording
from transforms.recordings.loaded_channels import FoundChannel, choose_channels, loaded_streams
from transforms.recordings.nihon_kohden.labels import signal_of_input
from transforms.recordings.persyst.layout import PersystLayout, read_persyst_layout
from transforms.recordings.plan import Marker, Notice, RecordingSettings, Run
from transforms.recordings.times import date_ns, seconds_ns

_DAY_S = 86_400
# Times of pieces are written to the millisecond, and follow the clock of the recorder.
_ROUNDING_S = Fraction(1, 1000)
_MAX_STEP_BACK_S = 1
_REFERENCE = "-ref"


def load_persyst(path: str, settings: RecordingSettings) -> LoadedRecording:
    """The streams, comments and notices of one recording.

    Args:
      path: the .lay file; its .dat is beside it.

    Raises:
      RecordingError: it cannot be used.
    """
    layout = read_persyst_layout(path)
    stored = _open_samples(path, layout)
    notices: list[Notice] = []
    runs = _runs(layout, len(stored), notices)
    start_ns = _start_ns(layout, notices)
    chosen, more = choose_channels([_found(layout, label) for label in layout.labels], settings)

    def columns(places: list[int]) -> npt.NDArray[np.float64]:
        return stored[:, places].astype(np.float64) * layout.calibration_uv

    if layout.n_unreadable:
        detail = f"{layout.n_unreadable} lines of comments or times were not understood"
        notices.append(Notice("reader_warning", detail))
    return LoadedRecording(
        streams=loaded_streams(chosen, columns=columns, start_ns=start_ns, runs_at=lambda _: runs),
        notices=tuple(notices + more),
        markers=_markers(layout, start_ns),
    )


def _open_samples(path: str, layout: PersystLayout) -> npt.NDArray[np.signedinteger]:
    """(n_samples, n_channels) as stored, mapped."""
    data_path = _data_path(path, layout)
    row_bytes = np.dtype(layout.sample_type).itemsize * len(layout.labels)
    n_samples, rest = divmod(os.path.getsize(data_path) - layout.header_bytes, row_bytes)
    if n_samples < 0 or rest:
        raise RecordingError(
            Reason.TRUNCATED,
            f"{os.path.basename(data_path)} has {os.path.getsize(data_path)} bytes; expected"
            f" {layout.header_bytes} and whole rows of {row_bytes}: copy it again",
        )
    if n_samples == 0:
        raise RecordingError(Reason.NO_SAMPLES, "the header is there, but no samples")
    return np.memmap(
        data_path,
        dtype=layout.sample_type,
        mode="r",
        offset=layout.header_bytes,
        shape=(n_samples, len(layout.labels)),
    )


def _data_path(path: str, layout: PersystLayout) -> str:
    """The file it names, in whatever case; else, since people rename, the one of its own name."""
    folder, own = os.path.split(path)
    names = {name.lower(): name for name in os.listdir(folder or ".")}
    wanted = (layout.data_file, os.path.splitext(own)[0] + ".dat")
    found = next((names[name.lower()] for name in wanted if name.lower() in names), None)
    if found is None or found == own:
        raise RecordingError(
            Reason.MISSING_PART, f"the samples are in {layout.data_file}; expected it beside {own}"
        )
    return os.path.join(folder, found)


def _found(layout: PersystLayout, label: str) -> FoundChannel:
    if label.lower().endswith(_REFERENCE):  # common to all of them
        label = label[: -len(_REFERENCE)]
    ends = np.iinfo(layout.sample_type)
    is_converter = ends.bits == 16  # 32 bits are room to compute, no converter fills them
    cal = layout.calibration_uv
    return FoundChannel(
        label=label,
        signal=signal_of_input(label),
        dimension="uV",
        rate_hz=layout.rate_hz,
        adc_range=(ends.min * cal, ends.max * cal) if is_converter else None,
    )


def _runs(layout: PersystLayout, n_samples: int, notices: list[Notice]) -> tuple[Run, ...]:
    """Pieces of the recording, joined where one begins when the last one ends."""
    pieces = sorted(dict(layout.pieces).items())
    if len(pieces) < 2:
        return (Run(0, 0, n_samples),)
    if pieces[0][0] != 0 or pieces[-1][0] >= n_samples:
        # Persyst cuts clips without cutting this section.
        detail = "[SampleTimes] is not about these samples; they are taken for one piece"
        notices.append(Notice("reader_warning", detail))
        return (Run(0, 0, n_samples),)
    tolerance = _ROUNDING_S * layout.rate_hz + Fraction(1, 2)
    runs = [Run(0, 0, 0)]
    origin_s = time_s = pieces[0][1]
    for (place, at_s), (stop, _) in zip(
        pieces, [*pieces[1:], (n_samples, Fraction(0))], strict=True
    ):
        while at_s < time_s - _DAY_S // 2:  # past midnight
            at_s += _DAY_S
        time_s = at_s
        expected = runs[-1].first_sample + runs[-1].n_samples
        missing = (at_s - origin_s) * layout.rate_hz - expected
        if missing < -_MAX_STEP_BACK_S * layout.rate_hz:
            raise RecordingError(
                Reason.BAD_RECORD_TIMES,
                f"the piece at sample {place} begins {float(-missing / layout.rate_hz):g} s before"
                " the one in front of it has ended",
            )
        if missing > tolerance:
            runs.append(Run(expected + round(missing), place, stop - place))
        else:
            runs[-1] = Run(runs[-1].first_sample, runs[-1].file_sample, stop - runs[-1].file_sample)
    return tuple(runs)


def _start_ns(layout: PersystLayout, notices: list[Notice]) -> int:
    if layout.date is None or layout.time_s is None:
        detail = "the date or time of the test is missing or not understood; times count from 1970"
        notices.append(Notice("unknown_start", detail))
        return 0
    time_s = layout.time_s
    for place, at_s in layout.pieces:
        if place == 0 and abs(at_s - time_s) < 1:  # the same time, with its fraction
            time_s = at_s
    return date_ns(layout.date) + seconds_ns(time_s)


def _markers(layout: PersystLayout, start_ns: int) -> tuple[Marker, ...]:
    return tuple(
        Marker(
            start_ns=start_ns + seconds_ns(comment.onset_s),
            duration_ns=seconds_ns(comment.duration_s),
            description=comment.text,
        )
        for comment in layout.comments
    )
