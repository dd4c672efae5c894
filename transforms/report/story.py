"""The report's first words: what was recorded, how long, how good, in sentences with numbers."""

from __future__ import annotations

import numpy as np

from transforms.engine import BY_NAME, Flag
from transforms.engine.measures import NYQUIST_MARGIN
from transforms.report import words
from transforms.report.kinds import KINDS, NOT_ARTIFACTS
from transforms.report.summary import StreamReport
from transforms.report.timeline import WINDOWS_PER_S
from transforms.report.trends import is_logarithmic

NAMED_CHANNELS = 5  # a sentence with more is not read
BAD_QUALITY = 0.5
OFTEN = 0.5
NOT_BAD = Flag.SETTLING | Flag.LINE_NOISE  # the first passes, the second is filtered out


def verdict(stream: StreamReport) -> str:
    """Two or three words on the median quality; the page says where they change."""
    if not stream.per_channel.n_windows:
        return "nothing to judge"
    if stream.per_channel.overall_quality >= 0.8:
        return "mostly clean"
    return "usable with care" if stream.per_channel.overall_quality >= 0.5 else "poor"


def sentences(stream: StreamReport) -> list[str]:
    """What a newcomer should know about a stream, in the order of asking."""
    told = [_what(stream), _missing(stream)]
    if stream.per_channel.n_windows:
        told += [_quality(stream), _artifacts(stream)]
        told += [_hum(stream), _channels(stream), _settling(stream)]
    return [sentence for sentence in told if sentence]


def absent_trends(stream: StreamReport) -> list[str]:
    """Why a feature is not drawn over time, one sentence a reason."""
    if not stream.per_channel.n_windows:
        return []
    over_time, limit_hz = stream.over_time, float(NYQUIST_MARGIN) * stream.spec.sampling_rate_hz
    seen = np.asarray(np.isfinite(over_time.trend).any(axis=0)).tolist()
    absent = [name for name, shown in zip(over_time.trend_names, seen, strict=True) if not shown]
    too_high = [name for name in absent if (BY_NAME[name].band_hz or (0, 0))[1] > limit_hz]
    spoiled = [name for name in absent if name not in too_high]
    told = []
    if too_high:
        labels = words.listing([words.feature(name) for name in too_high])
        told.append(f"Not shown: {labels}. The sampling rate is too low.")
    if spoiled:
        labels = words.listing([words.feature(name) for name in spoiled])
        told.append(f"Not shown: {labels}. There is no clean stretch that is long enough.")
    return told


def trend_caption(stream: StreamReport) -> str:
    """How features over time were averaged."""
    logarithmic = [is_logarithmic(name) for name in stream.over_time.trend_names]
    scale = "Mean, of strengths the geometric mean on a logarithmic scale,"
    if all(logarithmic):
        scale = "Geometric mean, on a logarithmic scale,"
    elif not any(logarithmic):
        scale = "Mean"
    return (
        f"{scale} over all channels and over the windows that no artifact spoils; empty where there"
        " is none, cut off where the scale ends."
    )


def _what(stream: StreamReport) -> str:
    signal = words.SIGNAL_NAMES[stream.spec.signal]
    started = f", from {words.moment(stream.spec.start_ns)}" if stream.spec.start_ns else ""
    return (
        f"{words.duration(stream.duration_s)} of {signal} from"
        f" {words.count(len(stream.spec.channels), 'channel')},"
        f" {words.number(stream.spec.sampling_rate_hz)} samples a second{started}."
    )


def _missing(stream: StreamReport) -> str:
    if not stream.n_samples:
        return "No sample is present: the stream is empty, or every value in it is absent."
    gaps = stream.gaps
    if not gaps.count:
        return "No sample is missing on all channels at once."
    lost = words.duration(gaps.total_length / stream.spec.sampling_rate_hz)
    share = words.percent(gaps.total_length / stream.n_samples)
    number = words.count(gaps.count, "gap")
    return f"Samples are missing on all channels in {number}, {lost} altogether ({share})."


def _quality(stream: StreamReport) -> str:
    counts = stream.per_channel
    clean = words.percent(float(counts.share(counts.unflagged).mean()))
    return (
        f"{clean} of all 50 ms windows, counted for every channel, carry no flag; the median"
        f" quality is {counts.overall_quality:.2f} on a scale from 0 (useless) to 1 (clean):"
        f" {verdict(stream)}."
    )


def _artifacts(stream: StreamReport) -> str:
    shares = stream.per_channel.share(stream.per_channel.flagged)
    artifacts = [k for k, kind in enumerate(KINDS) if not kind.flag & NOT_ARTIFACTS]
    found = sorted((k for k in artifacts if shares[k].any()), key=lambda k: -shares[k].mean())
    if not found:
        return "No artifact was found."
    told = []
    for k in found[:3]:
        worst = int(shares[k].argmax())
        most = f", most on {words.safe(stream.spec.channels[worst])}" if len(shares[k]) > 1 else ""
        told.append(f"{KINDS[k].label} ({words.percent(float(shares[k].mean()))} of windows{most})")
    return (
        f"The most frequent {'flag is' if len(told) == 1 else 'flags are'} {words.listing(told)}."
    )


def _hum(stream: StreamReport) -> str:
    hum = stream.per_channel.share(stream.per_channel.flagged[_position(Flag.LINE_NOISE)]) > OFTEN
    if not hum.any():
        return ""
    channels = words.count(int(hum.sum()), "channel")
    return (
        f"Mains hum is most of the raw signal on {channels} more than half of the time. The filter"
        " removes it; better contact, or distance from cables, would too."
    )


def _channels(stream: StreamReport) -> str:
    counts = stream.per_channel
    kinds = [k for k, kind in enumerate(KINDS) if not kind.flag & NOT_BAD]
    often = counts.share(counts.flagged)[kinds].max(axis=0) > OFTEN
    bad = np.flatnonzero(often | (counts.median_quality < BAD_QUALITY)).tolist()
    if not bad:
        return "No channel is bad more than half of the time."
    names = [words.safe(stream.spec.channels[at]) for at in bad[:NAMED_CHANNELS]]
    if len(bad) > NAMED_CHANNELS:
        names.append(f"{len(bad) - NAMED_CHANNELS} more")
    channels = "One channel is" if len(bad) == 1 else f"{len(bad)} channels are"
    return f"{channels} bad more than half of the time: {words.listing(names)}."


def _settling(stream: StreamReport) -> str:
    settling = stream.per_channel.flagged[_position(Flag.SETTLING)]
    if not settling.any():
        return ""
    longest = words.duration(int(settling.max()) / WINDOWS_PER_S)
    return f"After the start and after gaps the filters settle: up to {longest} a channel, flagged."


def _position(flag: Flag) -> int:
    return next(k for k, kind in enumerate(KINDS) if kind.flag == flag)
