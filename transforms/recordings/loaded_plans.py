"""From what a loader returns to plans: streams named, checked, and told how to be read again."""

from __future__ import annotations

import dataclasses

from transforms.engine import SpecError, StreamSpec
from transforms.engine.spec import SIGNALS
from transforms.recordings.loaded import LoadedRecording, LoadedStream
from transforms.recordings.plan import OpenedRecording, RecordingSettings, StreamPlan
from transforms.recordings.streams import refused_stream


def named_streams(loaded: LoadedRecording) -> dict[str, LoadedStream]:
    """Streams by kind and number, in the order of the file: eeg0, eeg1, acc0.

    Unlike channels of an EDF, streams of one kind stay apart: each has a clock of its own.
    """
    return {
        f"{signal}{number}": stream
        for signal in SIGNALS
        for number, stream in enumerate(s for s in loaded.streams if s.signal == signal)
    }


def plan_loaded(
    loaded: LoadedRecording, *, reader: str, settings: RecordingSettings
) -> OpenedRecording:
    """Plans of all streams.

    Raises:
      RecordingError: no stream, or one that the engine refuses.
      ValueError: the loader broke its contract.
    """
    plans = []
    for name, stream in named_streams(loaded).items():
        _check_runs(name, stream)
        plans.append(
            StreamPlan(
                stream=name,
                spec=_spec(stream, settings.line_hz),
                reader=reader,
                source_channels=stream.channels,
                factors=(1.0,) * len(stream.channels),
                runs=stream.runs,
                positions=stream.positions,
                # What stands beside the file has been used: it need not be read again.
                settings=dataclasses.replace(settings, line_hz_from_file=False),
            )
        )
    return OpenedRecording(
        start_ns=min((plan.spec.start_ns for plan in plans), default=0),
        streams=tuple(plans),
        notices=loaded.notices,
        markers=loaded.markers,
    )


def _spec(stream: LoadedStream, line_hz: int | None) -> StreamSpec:
    try:
        return StreamSpec(
            signal=stream.signal,
            sampling_rate=stream.sampling_rate,
            channels=stream.channels,
            start_ns=stream.start_ns,
            line_hz=line_hz,
            adc_range=stream.adc_range,
        )
    except SpecError as error:
        raise refused_stream(error, stream.channels) from error


def _check_runs(name: str, stream: LoadedStream) -> None:
    if stream.samples.ndim != 2 or stream.samples.shape[1] != len(stream.channels):
        raise ValueError(f"{name}: samples {stream.samples.shape}, {len(stream.channels)} channels")
    if not stream.runs:
        raise ValueError(f"{name} has no run; a stream without samples is a notice")
    place = row = 0
    for run in stream.runs:
        if run.n_samples < 1 or run.first_sample < place or run.file_sample < row:
            raise ValueError(f"{name}: {run} overlaps the one in front of it, or is empty")
        place, row = run.first_sample + run.n_samples, run.file_sample + run.n_samples
    if row > len(stream.samples):
        raise ValueError(f"{name}: runs reach row {row} of {len(stream.samples)}")
