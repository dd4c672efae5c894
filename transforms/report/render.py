"""One recording's report.html: everything inline, nothing fetched, the same bytes every time."""

from __future__ import annotations

import functools
import importlib.resources
import itertools
from collections.abc import Sequence
from typing import Any

import jinja2
import numpy as np

from transforms.report import figures, png, story, tables, words
from transforms.report.channels import MAX_SHOWN
from transforms.report.citation import citation, methods
from transforms.report.excerpt import MAX_CHANNELS as MAX_CLOSE_UP
from transforms.report.kinds import KINDS
from transforms.report.marker_figures import look_backs, marker_figures
from transforms.report.marker_figures import ticks as marker_ticks
from transforms.report.scalp_figures import scalp_maps
from transforms.report.spectrum_figures import (
    channel_spectra,
    density_range,
    density_unit,
    median_spectrum,
    relative_spectrogram,
    spectrogram,
)
from transforms.report.summary import StreamReport
from transforms.report.timeline import WINDOWS_PER_S

MAX_NOTES = 50
MAP_HEIGHT_PX, LABEL_PX = 480, 13


@functools.cache
def _template() -> jinja2.Template:
    folder = importlib.resources.files(__package__)
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["scale"] = {
        "power": png.POWER,
        "change": png.CHANGE,
        "quality": png.QUALITY,
    }
    environment.globals["style"] = folder.joinpath("report.css").read_text("utf-8")
    return environment.from_string(folder.joinpath("report.html.j2").read_text("utf-8"))


def render_report(
    name: str,
    streams: Sequence[StreamReport],
    *,
    stream_names: Sequence[str] = (),
    code_version: str,
    parameter_versions: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> str:
    """A self-contained HTML page about one recording.

    Args:
      name: the recording's, as people know it; like channel names, it may hold anything.
      streams: of `ReportCollector.summary()`; none is allowed. The more there are, the fewer
        channels each of them draws and lists.
      stream_names: one a stream, as in the tables; shown where there are several streams.
      code_version: of this package.
      parameter_versions: beyond those of the streams, which are shown anyway.
      notes: sentences on what happened while reading, one paragraph each.

    Returns:
      HTML5, to be written as UTF-8, less than 3 MB for up to 8 streams. The same arguments give
      the same text.
    """
    versions = dict.fromkeys([*parameter_versions, *(s.parameter_version for s in streams)])
    named = stream_names if len(streams) > 1 else ()
    return _template().render(
        name=words.safe(name),
        streams=[
            {**_stream(stream, len(streams)), "name": own, "methods": methods(stream, code_version)}
            for stream, own in itertools.zip_longest(streams, named[: len(streams)], fillvalue="")
            if isinstance(stream, StreamReport)
        ],
        code_version=code_version,
        citation=citation(code_version, list(versions)),
        marker_ticks=marker_ticks(),
        notes=[words.printable(note) for note in notes[:MAX_NOTES]],
        more_notes=max(0, len(notes) - MAX_NOTES),
    )


def _stream(stream: StreamReport, n_streams: int) -> dict[str, Any]:
    spec, over_time = stream.spec, stream.over_time
    return {
        "signal": spec.signal,
        "title": f"{spec.signal.upper()}, {words.count(spec.n_channels, 'channel')}",
        "n_channels": spec.n_channels,
        "verdict": story.verdict(stream),
        "sentences": story.sentences(stream),
        "tiles": _tiles(stream),
        "ticks": words.ticks(0, over_time.span_s),
        "bin": words.duration(over_time.bin_s),
        "traces": figures.traces(stream, max(1, MAX_SHOWN // n_streams))
        if stream.n_samples
        else [],
        "close_up": _close_up(stream, n_streams),
        "flags": figures.flags_over_time(stream),
        "trend": figures.trend(stream),
        "trend_caption": story.trend_caption(stream),
        "trend_absent": story.absent_trends(stream),
        "frequency": _frequency(stream, n_streams),
        "scalp": scalp_maps(stream),
        "markers": marker_figures(stream),
        "marker_look_backs": look_backs(stream),
        "markers_left_out": stream.marker_locked.n_left_out,
        "map": _map(stream),
        **_tables(stream, n_streams),
        "parameter_version": stream.parameter_version,
        "parameters": [
            ("sampling rate", f"{spec.sampling_rate} Hz"),
            ("mains", f"{spec.line_hz} Hz" if spec.line_hz else "none"),
            *stream.parameters,
        ],
    }


def _frequency(stream: StreamReport, n_streams: int) -> dict[str, Any] | None:
    spectra = stream.spectra
    if spectra is None:
        return None
    limit = max(1, MAX_SHOWN // n_streams)
    drawn = list(stream.shown[:limit])
    others = [at for at in spectra.channels if at not in drawn] if n_streams == 1 else []
    return {
        "spectrogram": spectrogram(stream, spectra),
        "relative": relative_spectrogram(stream, spectra),
        "median": median_spectrum(stream, spectra),
        "panels": channel_spectra(stream, spectra, drawn) if len(spectra.channels) > 1 else [],
        "others": channel_spectra(stream, spectra, others),
        "range": density_range(stream, spectra),
        "unit": density_unit(stream),
        "n_channels": len(spectra.channels),
        "column": words.duration(spectra.bin_s),
        "n_clean": words.count(int(np.median(spectra.n_clean)), "second"),
        "n_segments": words.count(spectra.n_segments, "second"),
    }


def _tables(stream: StreamReport, n_streams: int) -> dict[str, Any]:
    worst = tables.worst_channels(stream, tables.WORST_CHANNELS)
    listed = sorted(tables.worst_channels(stream, tables.MAX_CHANNELS // n_streams))
    return {
        "kinds": tables.kind_rows(stream),
        "columns": [KINDS[k].label for k in tables.present_kinds(stream)],
        "worst": tables.channel_rows(stream, worst),
        "channels": tables.channel_rows(stream, listed),
        "n_gaps": stream.gaps.count,
        "gaps": tables.gap_rows(stream),
    }


def _tiles(stream: StreamReport) -> list[tuple[str, str]]:
    counts = stream.per_channel
    unflagged = words.percent(float(counts.share(counts.unflagged).mean()))
    return [
        ("length", words.duration(stream.duration_s) if stream.n_samples else "empty"),
        ("channels", f"{stream.spec.n_channels:,}"),
        ("samples a second", words.number(stream.spec.sampling_rate_hz)),
        ("median quality", f"{counts.overall_quality:.2f}" if counts.n_windows else words.NONE),
        ("unflagged", unflagged if counts.n_windows else words.NONE),
        ("gaps", f"{stream.gaps.count:,}"),
    ]


def _close_up(stream: StreamReport, n_streams: int) -> dict[str, Any] | None:
    excerpt = stream.excerpt
    if excerpt is None:
        return None
    span_s = len(excerpt.raw) / stream.spec.sampling_rate_hz
    return {
        "lanes": figures.close_up(stream, excerpt, max(1, MAX_CLOSE_UP // n_streams)),
        "ticks": words.ticks(excerpt.start_s, span_s),
        "what": f"the {words.duration(span_s)} with the most artifacts"
        if excerpt.n_events
        else f"the first {words.duration(span_s)}",
        "when": words.stretch(excerpt.start_s, excerpt.start_s + span_s, stream.duration_s),
    }


def _map(stream: StreamReport) -> dict[str, Any] | None:
    values = stream.per_channel.quality_map.astype(np.float64)
    if not values.size:
        return None
    n_channels = len(stream.spec.channels)
    row_px = min(18.0, max(1.0, MAP_HEIGHT_PX / n_channels))
    every = int(-(-LABEL_PX // row_px))
    worst = int(np.nanargmin(np.nan_to_num(stream.per_channel.median_quality)))
    return {
        "picture": png.picture(values.T, png.QUALITY),
        "height": round(row_px * n_channels),
        "labels": [
            ((at + 0.5) / n_channels, words.safe(stream.spec.channels[at]))
            for at in range(0, n_channels, every)
        ],
        "ticks": words.ticks(0, len(values) * stream.per_channel.map_windows / WINDOWS_PER_S),
        "worst": words.safe(stream.spec.channels[worst]),
        "worst_quality": f"{np.nan_to_num(stream.per_channel.median_quality)[worst]:.2f}",
    }
