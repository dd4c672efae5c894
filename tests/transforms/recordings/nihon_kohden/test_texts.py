from __future__ import annotations

from pathlib import Path

import pytest

from tests.transforms.recordings.made_nihon_kohden import VERSION
from transforms.recordings.nihon_kohden.texts import electrode_names, read_log


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "latin-1"])
def test_names_come_from_the_montage_in_whatever_encoding(tmp_path: Path, encoding):
    name = "Aµ1" if encoding != "cp932" else "左1"
    text = (
        f"[SD_DEF]\n0001=no\n[ELECTRODE]\n0000={name}\n0300=deep\nx=y\n7=\n[REFERENCE]\n0024=M1\n"
    )
    (tmp_path / "a.21e").write_bytes(text.encode(encoding))
    names = electrode_names(str(tmp_path / "A.EEG"))
    assert names[300] == "deep"
    assert (names[1], names[24], names[7]) == ("FP2", "M1", "P4")
    if encoding != "latin-1":  # whose bytes are characters of cp932 too
        assert names[0] == name


def test_inputs_that_no_montage_names_have_the_names_of_the_amplifier(tmp_path: Path):
    names = electrode_names(str(tmp_path / "a.EEG"))
    known = {0: "FP1", 19: "E", 26: "X1", 36: "X11", 42: "DC01", 73: "DC32", 76: "Mark1"}
    known |= {100: "X12/BP1", 104: "X16", 253: "X165", 255: "Z"}
    assert {code: names[code] for code in known} == known


def test_finer_times_follow_22_blocks_later(tmp_path: Path):
    content = bytearray(0x92 + 20 * 44)
    content[:16], content[0x91] = VERSION, 1
    for block, line in (
        (0, b"long text that goes ".ljust(20) + b"000010" + b" " * 19),
        (22, b"on here".ljust(24, b"\0") + b"250000" + b" " * 15),
    ):
        content[0x92 + 20 * block : 0x92 + 20 * block + 4] = len(content).to_bytes(4, "little")
        content += bytes(0x12) + b"\x01\x00" + line
    (tmp_path / "a.LOG").write_bytes(bytes(content))
    events = read_log(str(tmp_path / "a.EEG"))
    assert events is not None
    assert [(float(e.onset_s), e.text) for e in events] == [(10.25, "long text that goes on here")]


@pytest.mark.parametrize("content", [b"", b"EEG-1100C V01.00", b"x" * 500])
def test_a_log_that_is_none_is_not_read(tmp_path: Path, content):
    (tmp_path / "a.LOG").write_bytes(content)
    assert read_log(str(tmp_path / "a.EEG")) is None
