from __future__ import annotations

import os
from pathlib import Path

import pytest

from schemas.ids import subject_id_of_label
from tests.transforms.elsewhere import elsewhere
from tests.transforms.recordings.made_brainvision import MadeBrainvision, counted, write_brainvision
from tests.transforms.recordings.made_edf import MadeSignal, noise, write_edf
from tests.transforms.recordings.made_neuralynx import changed, write_ncs
from tests.transforms.recordings.real_files import real_file
from transforms.batch_records import OpenedFile
from transforms.find_recordings import find_recordings
from transforms.open_recordings import OpenRecordings, content_digest, open_found
from transforms.recordings import Reason, RecordingError, RecordingSettings, read_blocks
from transforms.row_identity import RowIdentity
from transforms.stored_files import StoredFile, match_files, split

WHO = RowIdentity("clinic01", "a" * 16, None)
SETTINGS = RecordingSettings(line_hz_from_file=True)


def opened(path: object, settings: RecordingSettings = SETTINGS, **options: bool) -> OpenedFile:
    (file,) = match_files(str(path))
    (found,) = find_recordings(split(file.path)[0], [file])
    return open_found(found, WHO, settings, **options)


def refusal(path: object, settings: RecordingSettings = SETTINGS) -> RecordingError:
    with pytest.raises(RecordingError) as caught:
        opened(path, settings)
    return caught.value


def session(path: object) -> str | None:
    return opened(path).identity.session


def test_the_session_follows_from_the_content_not_from_the_name(tmp_path):
    first = write_edf(tmp_path / "a.edf", [MadeSignal("Cz", noise(200), 100)])
    copy = tmp_path / "renamed.edf"
    copy.write_bytes(first.read_bytes())
    other = write_edf(tmp_path / "c.edf", [MadeSignal("Cz", noise(200, 9), 100)])
    assert session(first) == session(copy)
    assert session(first) != session(other)


@pytest.mark.parametrize("changed", [".vhdr", ".eeg", ".vmrk"])
def test_the_session_follows_from_the_bytes_of_all_parts(tmp_path, changed):
    header = write_brainvision(tmp_path, MadeBrainvision(counted(50)))
    (tmp_path / "copy").mkdir()
    write_brainvision(tmp_path / "copy", MadeBrainvision(counted(50)))
    assert session(header) == session(tmp_path / "copy" / "a.vhdr")
    assert session(header) == session(elsewhere(header))
    part = header.with_suffix(changed)
    part.write_bytes(part.read_bytes().replace(b"20240102", b"20250102") + b"\n\n\n\n")
    assert session(header) != session(tmp_path / "copy" / "a.vhdr")


def test_the_order_of_parts_does_not_count(tmp_path):
    paths = [str(tmp_path / name) for name in "abc"]
    for path in paths:
        Path(path).write_text(path)
    a, b, c = paths
    assert content_digest([a, b, c]) == content_digest([a, c, b]) != content_digest([b, a, c])


def test_a_recording_elsewhere_is_read_with_all_its_parts(tmp_path):
    header = write_brainvision(tmp_path, MadeBrainvision(counted(50)))
    recording = opened(elsewhere(header)).recording
    assert recording.streams[0].n_samples == 50
    assert opened(header).recording == recording


def test_a_dataset_names_the_subject_unless_the_user_did():
    path = real_file(
        "pynm_ecog_bids/sub-testsub/ses-EphysMedOff/ieeg/"
        "sub-testsub_ses-EphysMedOff_task-gripforce_run-0_ieeg.eeg"
    )
    found = opened(path, subject_from_files=True)
    assert found.name.endswith("_ieeg.vhdr")  # though its data were named
    assert found.identity.subject == "subtestsub000000"
    assert opened(path).identity.subject == WHO.subject
    streams = {plan.stream: plan for plan in found.recording.streams}
    assert {name: plan.spec.n_channels for name, plan in streams.items()} == {"ecog0": 6, "lfp0": 3}
    assert {plan.spec.line_hz for plan in streams.values()} == {60}
    assert streams["ecog0"].positions is not None
    assert streams["ecog0"].positions[0] == pytest.approx((0.0373, -0.0486, 0.0618), abs=1e-4)
    (left_out,) = [n for n in found.recording.notices if n.kind == "channels_left_out"]
    assert "MOV_RIGHT" in left_out.detail


def test_subjects_of_long_or_odd_labels_stay_apart():
    assert subject_id_of_label("sub-01") == "sub0000000000001"
    labels = ["sub-NDARINV003RTV85", "sub-NDARINV003RTV86", "sub-é1", "sub-è1", "sub-1"]
    assert len({subject_id_of_label(label) for label in labels}) == len(labels)


def test_a_file_that_cannot_be_used_is_refused(tmp_path):
    path = tmp_path / "empty.edf"
    path.touch()
    assert refusal(path).reason is Reason.EMPTY


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.vmrk", r"without its header \(.vhdr\)"),
        ("a.eeg", r"without its header \(.vhdr or .ahdr\)"),
        ("a.dat", "without the header that names them"),
        ("a.fdt", "without its .set file"),
    ],
)
def test_a_part_without_its_header_is_refused_with_the_name_of_what_is_missing(
    tmp_path, name, message
):
    (tmp_path / name).write_bytes(bytes(100))
    error = refusal(tmp_path / name)
    assert error.reason is Reason.MISSING_PART
    with pytest.raises(RecordingError, match=message):
        raise error


def test_an_unknown_file_is_refused_with_what_would_be_right(tmp_path):
    (tmp_path / "a.mat").write_bytes(b"MATLAB")
    error = refusal(tmp_path / "a.mat")
    assert error.reason is Reason.UNKNOWN_FORMAT
    assert ".edf, .bdf, .fif, .vhdr" in error.message


def test_a_link_to_what_was_not_fetched_is_refused_with_how_to_fetch_it(tmp_path):
    (tmp_path / "a.edf").symlink_to(tmp_path / "annex")
    found = find_recordings(str(tmp_path), [StoredFile(str(tmp_path / "a.edf"), 0)])[0]
    with pytest.raises(RecordingError, match="datalad get"):
        open_found(found, WHO, SETTINGS)


def test_a_format_that_is_read_whole_is_refused_above_the_limit_with_advice():
    path = real_file("raw_formats/mne-testing-data/GDF/test_1ch.gdf")
    error = refusal(path, RecordingSettings(max_file_bytes=18_511))
    assert error.reason is Reason.TOO_LARGE
    assert "18512 bytes of gdf" in error.message
    assert "convert it to EDF, BDF, FIF or BrainVision" in error.message
    assert "--max-file-bytes" in error.message
    found = opened(path, RecordingSettings(max_file_bytes=18_512))
    (block,) = read_blocks(path, found.recording.streams[0])
    assert block.samples.shape == (4500, 1)


def test_the_limit_counts_all_parts_and_no_format_that_is_read_in_blocks(tmp_path):
    header = write_brainvision(tmp_path, MadeBrainvision(counted(50)))
    assert opened(header, RecordingSettings(max_file_bytes=1)).size_bytes > 200
    name = "sub-pt1_ses-02_task-monitor_acq-ecog_run-01_clip2"
    path = real_file(f"raw_formats/mne-testing-data/Persyst/{name}.lay")
    assert refusal(path, RecordingSettings(max_file_bytes=283_000)).reason is Reason.TOO_LARGE


def test_of_neuralynx_a_channel_that_was_asked_for_alone_is_read_alone(tmp_path):
    for number in (1, 2):
        header = changed(AcqEntName=f"CSC{number}")
        write_ncs(tmp_path / f"{number}.ncs", [0, 256_000], noise(1024), header=header)
    (plan,) = opened(tmp_path / "1.ncs").recording.streams
    assert plan.spec.channels == ("CSC1",)


def test_a_name_that_is_no_utf8_is_refused_by_a_letter_that_tables_take(tmp_path):
    content = write_edf(tmp_path / "a.edf", [MadeSignal("Cz", noise(200), 100)]).read_bytes()
    path = os.path.join(str(tmp_path), "b\udcff.edf")
    Path(path).write_bytes(content)
    (file,) = match_files(path)
    step = OpenRecordings(WHO, SETTINGS)
    (found,) = find_recordings(split(path)[0], [file])
    (tagged,) = step._open(found)
    assert tagged.value.path == f"{tmp_path}/b\\udcff.edf"
    assert "rename it" in tagged.value.message
    assert tagged.value.part().rows.num_rows == 1


def test_a_file_that_the_job_may_not_read_is_a_letter(tmp_path, monkeypatch):
    path = write_edf(tmp_path / "a.edf", [MadeSignal("Cz", noise(200), 100)])
    real = open

    def locked(file: object, *args: object, **named: object) -> object:
        if str(file) == str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return real(file, *args, **named)  # type: ignore[call-overload]

    monkeypatch.setattr("builtins.open", locked)  # root may read everything
    assert refusal(path).message.startswith("a.edf cannot be read: the job may not read it")
