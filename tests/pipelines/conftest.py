from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from pipelines.batch import main
from tests.pipelines.job_runs import Ran
from tests.security.conftest import clinic as clinic
from tests.security.conftest import clock as clock
from tests.transforms.recordings.made_edf import MadeSignal, noise, write_edf
from tests.transforms.recordings.real_files import DUPLICATES, KALUNGA, S001R04, UNEVEN, real_file


@pytest.fixture(scope="session")
def recordings(tmp_path_factory):
    """Good files, and damaged ones of every sort, in one folder."""
    folder = tmp_path_factory.mktemp("recordings")
    good = Path(real_file(S001R04))
    for name in (S001R04, UNEVEN, DUPLICATES, KALUNGA):
        shutil.copy(real_file(name), folder)
    (folder / "copy.edf").write_bytes(good.read_bytes())
    (folder / "truncated.edf").write_bytes(good.read_bytes()[:1_000_001])
    (folder / "crlf.edf").write_bytes(good.read_bytes().replace(b"\n", b"\r\n"))
    (folder / "empty.edf").touch()
    (folder / "text.edf").write_text("not a recording\n" * 100)
    (folder / "notes.txt").write_text("The subject was tired.\n")
    (folder / "damaged_raw.fif").write_bytes(Path(real_file(KALUNGA)).read_bytes()[:900_000])
    dead = np.zeros(3000, np.int16)
    signals = [MadeSignal("Fp1", noise(3000), 100), MadeSignal("Cz", dead, 100)]
    write_edf(folder / "constant.edf", signals)
    onsets = [f"+{i}" for i in range(10)] + [f"+{i}" for i in range(15, 35)]
    write_edf(folder / "paused.edf", signals[:1], kind="EDF+D", onsets=onsets)
    return folder


@pytest.fixture(scope="session")
def ran(recordings, tmp_path_factory):
    # capsys is there for one test only; this output is shared by all.
    output = tmp_path_factory.mktemp("job") / "out"
    with pytest.MonkeyPatch.context() as patch:
        lines: list[str] = []
        patch.setattr("builtins.print", lambda *words, **_: lines.append(" ".join(map(str, words))))
        code = main(["--input", str(recordings), "--output", str(output), "--tenant", "clinic01"])
    return Ran(code, output, "\n".join(lines))
