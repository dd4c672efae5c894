from __future__ import annotations

from tests.transforms.recordings.made_edf import MadeSignal, noise, write_edf
from transforms.describe_sessions import describe_session, list_streams
from transforms.find_recordings import FoundRecording
from transforms.open_recordings import open_found
from transforms.recordings import RecordingSettings
from transforms.row_identity import RowIdentity
from transforms.stored_files import StoredFile

WHO = RowIdentity("clinic01", "a" * 16, None, revision=4)


def opened_of(tmp_path, signals, **more):
    path = write_edf(tmp_path / "a.edf", signals, **more)
    files = (StoredFile(str(path), path.stat().st_size),)
    return open_found(FoundRecording(str(path), files), WHO, RecordingSettings())


def test_notices_and_markers_are_rows_of_the_session(tmp_path):
    signals = [MadeSignal("Cz", noise(300), 100), MadeSignal("Status", 0 * noise(300), 100)]
    notes = [b"+2\x14late\x14\x00", b"+0.5\x151\x14early\x14\x00"]
    opened = opened_of(tmp_path, signals, onsets=["+0", "+1", "+2"], notes=notes)
    parts = {part.table: part for part in describe_session(opened)}
    assert set(parts) == {"events", "markers"}
    for part in parts.values():
        assert part.name == f"{opened.identity.session}/session-r4-00000.parquet"
        for row in part.rows.to_pylist():
            assert (row["session"], row["stream"]) == (opened.identity.session, None)
    (event,) = parts["events"].rows.to_pylist()
    assert (event["kind"], event["category"]) == ("channels_left_out", "warning")
    assert event["end_ns"] - event["start_ns"] == 3_000_000_000
    markers = parts["markers"].rows.to_pylist()
    start_ns = opened.recording.start_ns
    assert [(m["description"], m["start_ns"] - start_ns, m["duration_ns"]) for m in markers] == [
        ("early", 500_000_000, 1_000_000_000),
        ("late", 2_000_000_000, 0),
    ]


def test_a_file_that_says_nothing_more_has_no_parts(tmp_path):
    assert list(describe_session(opened_of(tmp_path, [MadeSignal("Cz", noise(300), 100)]))) == []


def test_every_stream_is_a_task_of_its_own(tmp_path):
    signals = [MadeSignal("Cz", noise(300), 100), MadeSignal("ECG", noise(600), 200)]
    opened = opened_of(tmp_path, signals)
    tasks = list(list_streams(opened))
    assert [task.plan.stream for task in tasks] == ["eeg0", "ecg0"]
    assert {(task.path, task.identity) for task in tasks} == {(opened.path, opened.identity)}
