from __future__ import annotations

import dataclasses

import numpy as np

from tests.transforms.report.windows_by_hand import at_rate, gap_free, windows_of
from transforms.engine import Flag
from transforms.report import ReportCollector, StreamReport
from transforms.report.figures import close_up, flags_over_time, traces, trend
from transforms.report.kinds import KINDS

COLOURS = {kind.flag: kind.colour for kind in KINDS}


def report_with(flags: dict[tuple[int, int], Flag]) -> StreamReport:
    """20 s at 100 Hz with a flag on channel 1 from one window up to another."""
    spec = at_rate(100)
    samples = gap_free(spec, 2000)
    batch = windows_of(spec, samples)
    masks = np.zeros_like(batch.flags)
    for (first, end), flag in flags.items():
        masks[first:end, 1] |= np.uint32(flag)
    collector = ReportCollector(spec)
    collector.add(0, samples, dataclasses.replace(batch, flags=masks))
    return collector.summary()


def test_flagged_time_is_shaded_in_the_colour_of_its_kind():
    report = report_with({(40, 50): Flag.BLINK, (100, 120): Flag.MUSCLE})
    quiet, flagged, _ = traces(report, 16)
    assert "shade" not in quiet.drawing
    assert f'fill:{COLOURS[Flag.BLINK]};opacity:0.6" d="M40 0h10v200h-10z"' in flagged.drawing
    assert f'fill:{COLOURS[Flag.MUSCLE]};opacity:0.6" d="M100 0h20v200h-20z"' in flagged.drawing


def test_a_blink_is_seen_through_hum_that_lasts():
    report = report_with({(0, 400): Flag.LINE_NOISE, (40, 50): Flag.BLINK})
    drawing = traces(report, 16)[1].drawing
    assert f'{COLOURS[Flag.BLINK]};opacity:0.6" d="M40 0h10v200h-10z"' in drawing
    assert f'{COLOURS[Flag.LINE_NOISE]};opacity:0.35" d="M0 0h40v200h-40zM50 0h350' in drawing


def test_a_gap_is_shaded_though_it_holds_no_windows():
    spec = at_rate(100)
    samples = gap_free(spec, 2000)
    samples[1000:1503] = np.nan
    batch = windows_of(spec, samples)
    batch.flags[:] = 0
    collector = ReportCollector(spec)
    collector.add(0, samples, batch)
    drawing = traces(collector.summary(), 16)[0].drawing
    assert f'{COLOURS[Flag.GAP]};opacity:0.35" d="M200 0h100v200h-100z"' in drawing


def test_lanes_say_in_words_what_they_show():
    report = report_with({(40, 60): Flag.BLINK})
    lane = traces(report, 16)[1]
    assert lane.name == "E1"
    assert lane.alternative.startswith("E1: raw 9")
    assert lane.alternative.endswith("flagged blink 5.0 %")
    assert traces(report, 16)[0].alternative.endswith("never flagged")


def test_the_close_up_shades_single_windows_and_draws_every_sample():
    report = report_with({(41, 42): Flag.POP})
    excerpt = report.excerpt
    assert excerpt is not None
    lanes = close_up(report, excerpt, 6)
    assert lanes[0].name == "E1"  # the channel with most artifacts comes first
    assert f'{COLOURS[Flag.POP]};opacity:0.6" d="M205 0h5v200h-5z"' in lanes[0].drawing
    assert lanes[0].alternative.endswith("flagged here: pop")
    assert lanes[0].drawing.count("l1 ") + lanes[0].drawing.count("h1") >= 2 * 999
    assert len(close_up(report, excerpt, 1)) == 1


def test_only_kinds_that_occur_have_a_row():
    rows = flags_over_time(report_with({(40, 60): Flag.BLINK, (399, 400): Flag.FLAT}))
    assert [row.name for row in rows] == ["flat", "blink"]
    assert rows[0].alternative == "flat: up to 33 % of channels, at 19.95 s"


def test_a_trend_is_drawn_for_each_band_that_exists():
    rows = trend(report_with({}))
    assert [row.name for row in rows][2] == "alpha 8\N{EN DASH}13 Hz"
    assert all("median" in row.alternative and "µV²" in row.scale for row in rows)
    assert all("M10 " in row.drawing for row in rows)  # the first ten windows have no features
