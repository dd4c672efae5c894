"""The whole job on real and on damaged files, and what it leaves."""

from __future__ import annotations

import json
from pathlib import Path

import mne
import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.pipelines.job_runs import events_of, rows_of_source
from tests.transforms.recordings.real_files import DUPLICATES, KALUNGA, S001R04, UNEVEN, real_file
from transforms.engine import SignalEngine, StreamSpec, WindowBatch, profile_for
from transforms.table_part import ARROW_SCHEMAS
from transforms.version import CODE_VERSION

TABLES = ("features", "features_1s", "events", "sessions", "markers", "dead_letters")


def bare_engine(path: str, spec_of, factor: float = 1e6) -> WindowBatch:
    """The windows of a whole file, read at once and pushed at once."""
    read = mne.io.read_raw_fif if path.endswith(".fif") else mne.io.read_raw_edf
    raw = read(path, verbose="error")
    engine = SignalEngine(spec_of(raw))
    return WindowBatch.concatenate([engine.push(0, raw.get_data().T * factor), engine.finish()])


def assert_rows_equal_windows(rows: list[dict], batch: WindowBatch) -> None:
    assert [row["window"] for row in rows] == batch.index.tolist()
    assert [row["start_ns"] for row in rows] == batch.start_ns.tolist()
    assert [row["n_samples"] for row in rows] == batch.n_samples.tolist()
    for key, values in (("flags", batch.flags), ("quality", batch.quality)):
        written = [[channel[key] for channel in row["channels"]] for row in rows]
        np.testing.assert_array_equal(np.array(written), values)
    for f, name in enumerate(batch.feature_names):
        written = [[channel[name] for channel in row["channels"]] for row in rows]
        np.testing.assert_array_equal(np.array(written, float), batch.features[:, :, f])


def test_an_edf_gives_the_bare_engines_windows(ran):
    path = real_file(S001R04)

    def spec_of(raw):
        start_ns = int(raw.info["meas_date"].timestamp()) * 1_000_000_000
        return StreamSpec("eeg", 160, raw.ch_names, start_ns, adc_range=(-8092.0, 8092.0))

    rows = rows_of_source(ran, Path(path).name)
    assert len(rows) == 2500
    assert_rows_equal_windows(rows, bare_engine(path, spec_of))


def test_a_fif_gives_the_bare_engines_windows(ran):
    path = real_file(KALUNGA)

    def spec_of(raw):
        start_ns = int(raw.info["meas_date"].timestamp()) * 1_000_000_000
        return StreamSpec("eeg", 256, raw.ch_names, start_ns)

    assert_rows_equal_windows(rows_of_source(ran, Path(path).name), bare_engine(path, spec_of))


def test_one_bad_file_does_not_stop_the_others(ran):
    assert ran.code == 0
    assert set(ran.sessions()) == {
        *(Path(name).name for name in (UNEVEN, DUPLICATES, KALUNGA)),
        "S001R04.edf",
        "constant.edf",
        "paused.edf",
    }


def test_every_file_left_out_has_its_reason(ran):
    assert ran.reasons() == {
        "truncated.edf": "truncated",
        "crlf.edf": "size_mismatch",
        "empty.edf": "empty",
        "text.edf": "unknown_format",
        "notes.txt": "unknown_format",
        "damaged_raw.fif": "truncated",
        "copy.edf": "duplicate",
    }
    for row in ran.rows("dead_letters"):
        assert row["stage"] == "OpenRecordings"
        assert len(row["message"]) > 20
        assert row["size_bytes"] == Path(row["path"]).stat().st_size


def test_the_summary_tells_what_came_out_and_what_did_not(ran):
    assert "6 recordings, 7 streams, " in ran.text
    assert "7 files not used, or not to the end:" in ran.text
    for name, reason in ran.reasons().items():
        assert f"{name}: {reason}: " in ran.text
    assert "S001R04.edf" in ran.text
    assert str(ran.output / "features") in ran.text
    for report in (ran.output / "reports").rglob("report.html"):
        assert str(report) in ran.text


def test_every_row_says_whose_it_is_and_what_made_it(ran):
    for table in TABLES:
        rows = ran.rows(table)
        assert rows, table
        for row in rows:
            assert row["tenant"] == "clinic01"
            assert row["subject"] == "subject000000000"
            assert (row["revision"], row["code_version"]) == (0, CODE_VERSION)
            if row["stream"] is not None and table != "dead_letters":
                assert row["parameter_version"] == profile_for("eeg").parameter_version


def test_files_have_exactly_the_columns_of_their_table(ran):
    for table in TABLES:
        for path in (ran.output / table).rglob("*.parquet"):
            assert pq.read_schema(path).equals(ARROW_SCHEMAS[table]), path


def test_mixed_rates_are_one_stream_each_at_their_own_rate(ran):
    rows = ran.sessions()[Path(UNEVEN).name]
    assert [(r["stream"], r["rate_num"], r["rate_den"], r["n_samples"]) for r in rows] == [
        ("eeg0", 100, 1, 11000),
        ("eeg1", 64, 5, 1408),
    ]
    for stream, n_windows in (("eeg0", 2200), ("eeg1", 1408)):
        assert len(rows_of_source(ran, Path(UNEVEN).name, stream)) == n_windows


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (Path(DUPLICATES).name, [("duplicate_labels", None)]),
        (Path(KALUNGA).name, [("implausible_unit", None)]),
        ("constant.edf", [("constant_channel", "Cz")]),
        ("S001R04.edf", []),
    ],
)
def test_what_is_odd_about_a_file_is_an_event(ran, source, expected):
    assert events_of(ran, source, "warning") == expected


def test_a_pause_of_the_recorder_is_a_gap(ran):
    assert events_of(ran, "paused.edf", "stream") == [("gap", None)]
    rows = rows_of_source(ran, "paused.edf")
    assert len(rows) == 20 * 30
    assert rows[200]["start_ns"] - rows[199]["start_ns"] == 5_050_000_000


def test_a_constant_channel_is_flagged_and_has_no_features(ran):
    rows = rows_of_source(ran, "constant.edf")
    values = [row["channels"][1]["alpha_power"] for row in rows]
    assert set(values) == {None}
    assert any(row["channels"][0]["alpha_power"] is not None for row in rows)


def test_annotations_are_markers(ran):
    session = ran.sessions()["S001R04.edf"][0]["session"]
    markers = [row for row in ran.rows("markers") if row["session"] == session]
    raw = mne.io.read_raw_edf(real_file(S001R04), verbose="error")
    assert [m["description"] for m in markers] == list(raw.annotations.description)
    start_ns = ran.sessions()["S001R04.edf"][0]["start_ns"]
    onsets = [(m["start_ns"] - start_ns) / 1e9 for m in markers]
    assert onsets == pytest.approx(raw.annotations.onset)


def test_every_recording_has_its_page(ran):
    pages = {
        path.parent.name: path.read_text() for path in (ran.output / "reports").rglob("*.html")
    }
    sessions = ran.sessions()
    assert set(pages) == {rows[0]["session"] for rows in sessions.values()}
    for source, rows in sessions.items():
        assert source in pages[rows[0]["session"]]


def test_the_summary_file_holds_no_clock(ran):
    summary = json.loads((ran.output / "summary.json").read_text())
    assert len(summary["streams"]) == 7
    assert len(summary["dead_letters"]) == 7
    assert [s["path"] for s in summary["streams"]] == sorted(s["path"] for s in summary["streams"])
