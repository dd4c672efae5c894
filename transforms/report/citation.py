"""How a report is cited: what was done, in words that can be copied into a methods section."""

from __future__ import annotations

from transforms.engine import BY_NAME, WINDOW_NS, profile_for
from transforms.report import words
from transforms.report.summary import StreamReport

FORMULAS = "docs/features.md, docs/artifacts.md and docs/report.md"


def citation(code_version: str, parameter_versions: list[str]) -> str:
    """One sentence that names everything on which the numbers depend."""
    parameters = words.listing(parameter_versions)
    with_them = f", parameters {parameters}" if parameters else ""
    return (
        f"Neural Engine, version {code_version}{with_them}. Formulas, thresholds and the making of"
        f" each figure: {FORMULAS} of that version."
    )


def methods(stream: StreamReport, code_version: str) -> str:
    """A paragraph on one stream, with its own numbers."""
    spec = stream.spec
    sentences = [
        f"{spec.signal.upper()} of {words.count(spec.n_channels, 'channel')}, sampled at"
        f" {words.number(spec.sampling_rate_hz)} Hz, was processed with the Neural Engine, version"
        f" {code_version} (parameters {stream.parameter_version}).",
        _filtering(stream),
        f"Artifacts were flagged, not removed, for each channel in windows of"
        f" {WINDOW_NS // 1_000_000} ms.",
        _features(stream),
    ]
    if stream.spectra is not None:
        sentences.append(
            "Spectra are means of one-sided Hann periodograms of seconds without artifact flags."
        )
    return " ".join(sentence for sentence in sentences if sentence)


def _filtering(stream: StreamReport) -> str:
    spec, filters = stream.spec, profile_for(stream.spec.signal).filters
    limit_hz = 0.45 * spec.sampling_rate_hz
    steps = []
    if filters.high_pass_hz is not None and filters.high_pass_hz < limit_hz:
        steps.append(
            f"high-passed at {filters.high_pass_hz:g} Hz (Butterworth, order"
            f" {filters.high_pass_order})"
        )
    mains_hz = spec.line_hz or 0
    if (
        mains_hz
        and filters.notch_q is not None
        and mains_hz < min(limit_hz, filters.notch_up_to_hz)
    ):
        highest_hz = min(filters.notch_up_to_hz, limit_hz)
        harmonics = (
            f" and its harmonics up to {highest_hz:g} Hz" if 2 * mains_hz < highest_hz else ""
        )
        steps.append(f"notched at {mains_hz} Hz{harmonics} (Q {filters.notch_q:g})")
    return f"The signal was causally {words.listing(steps)}." if steps else ""


def _features(stream: StreamReport) -> str:
    names = stream.over_time.trend_names
    bands = [name for name in names if name.endswith("_power")]
    if not bands:
        listed = words.listing([words.feature(name) for name in names])
        return f"The features followed are {listed}." if listed else ""
    parts = [
        f"{words.feature(name)} ({float(BY_NAME[name].look_back_s):g} s)"
        for name, seen in zip(names, stream.over_time.channel_trend.T, strict=True)
        if name in bands and not (seen != seen).all()
    ]
    if not parts:
        return ""
    return (
        "Band power is the sum of the one-sided Hann periodogram of the filtered signal over"
        f" the look-back that ends with the window: {words.listing(parts)}."
    )
