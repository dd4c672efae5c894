"""The job with a sealed store: whole recordings in, and the same numbers back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import mne
import numpy as np
import pytest

from local.kms.server import LocalKms
from pipelines.batch import main
from pipelines.batch_options import parse_batch_options
from schemas.keyset_rows import subject_keyset
from schemas.window_rows import STREAMS, WINDOWS
from tests.pipelines.job_runs import Ran
from tests.pipelines.test_batch import assert_rows_equal_windows
from tests.sealed_stores import cells_of, connected, new_store
from tests.security.vaults import NAMES, TENANT, make_tenant_keys
from tests.transforms.recordings.real_files import S001R04, UNEVEN, real_file
from transforms.open_session import open_session
from transforms.read_windows import SessionOwner, SessionReader
from transforms.recordings import RecordingSettings, open_recording, read_blocks
from transforms.sealed_store import StoreAddress

FOREVER = (-(2**61), 2**61)
SUBJECT = "subject000000000"
NEEDED = ["--input", "a.edf", "--output", "out"]
STORE = ["--bigtable-project=p", "--bigtable-instance=i", "--kms-location=europe-west3"]


@pytest.fixture(scope="module")
def kms(bigtable, tmp_path_factory):
    with LocalKms(tmp_path_factory.mktemp("kms")) as running:
        make_tenant_keys(running)
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sealed")
    for name in (S001R04, UNEVEN):
        shutil.copy(real_file(name), folder)
    return folder


@pytest.fixture(scope="module")
def short(folder):
    return folder / Path(UNEVEN).name


def run(folder: Path, output: Path, address: StoreAddress, *options: str) -> Ran:
    place = ["--bigtable-project", address.project, "--bigtable-instance", address.instance]
    keys = ["--kms-project", NAMES.project, "--kms-location", NAMES.location]
    keys += ["--kms-loopback-address", address.vault.kms_loopback_address]
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.print", lambda *words, **_: said.append(" ".join(words)))
        tenant = ["--tenant", TENANT, "--subject", SUBJECT]
        files = ["--input", str(folder), "--output", str(output)]
        code = main([*files, *tenant, *place, *keys, *options])
    return Ran(code, output, "\n".join(said))


@pytest.fixture(scope="module")
def address(kms):
    return new_store(kms)


@pytest.fixture(scope="module")
def ran(folder, address, tmp_path_factory):
    return run(folder, tmp_path_factory.mktemp("job") / "out", address)


@pytest.fixture(scope="module")
def store(address, ran):
    with connected(address) as store:
        yield store


def owner_of(ran: Ran, source: str) -> SessionOwner:
    return SessionOwner(TENANT, SUBJECT, ran.sessions()[source][0]["session"])


def test_every_stream_reads_back_as_its_file_and_its_tables(ran, store, folder):
    assert (ran.code, ran.reasons()) == (0, {})
    reader = SessionReader(store)
    for source in ("S001R04.edf", Path(UNEVEN).name):
        plans = {
            plan.stream: plan
            for plan in open_recording(str(folder / source), RecordingSettings()).streams
        }
        epochs = reader.epochs(owner_of(ran, source))
        assert [epoch.place.stream for epoch in epochs] == list(plans)
        for epoch in epochs:
            plan = plans[epoch.place.stream]
            assert epoch.spec == plan.spec
            signal = reader.read_signal(epoch, *FOREVER)
            blocks = [block.samples for block in read_blocks(str(folder / source), plan)]
            np.testing.assert_array_equal(signal.samples, np.concatenate(blocks))
            rows = [
                row
                for row in ran.rows("features")
                if (row["session"], row["stream"]) == (epoch.place.session, plan.stream)
            ]
            assert_rows_equal_windows(rows, reader.read_windows(epoch, *FOREVER))


def test_a_researcher_opens_the_recording_as_mne_does(ran, store, folder):
    found = open_session(store, owner_of(ran, "S001R04.edf"), *FOREVER)
    raw = mne.io.read_raw_edf(folder / "S001R04.edf", verbose="error")
    assert found.ch_names == raw.ch_names
    assert found.info["sfreq"] == raw.info["sfreq"]
    assert found.info["meas_date"] == raw.info["meas_date"]
    np.testing.assert_allclose(found.get_data(), raw.get_data(), rtol=1e-15, atol=0)


def test_a_second_run_leaves_what_readers_see(ran, store, folder, address, tmp_path):
    before = {table: cells_of(store, table) for table in (STREAMS, WINDOWS)}
    again = run(folder, tmp_path / "again", address, "--no-reports")
    assert again.code == 0
    assert {t: cells_of(store, t).keys() for t in before} == {t: before[t].keys() for t in before}
    reader = SessionReader(store)
    (epoch,) = reader.epochs(owner_of(ran, "S001R04.edf"))
    assert len(reader.read_windows(epoch, *FOREVER)) == 2500
    assert not (tmp_path / "again" / "reports").exists()
    summary = json.loads((tmp_path / "again" / "summary.json").read_text())
    assert {stream["report"] for stream in summary["streams"]} == {None}


def test_the_key_service_is_asked_once_a_subject_and_process(kms, short, tmp_path):
    kms.calls.clear()
    run(short, tmp_path / "out", new_store(kms), "--no-reports")
    assert kms.calls.count() == kms.calls.count("Encrypt") == 1


def test_an_erased_subject_gets_no_rows_and_no_new_key(kms, short, tmp_path):
    address = new_store(kms)
    with connected(address) as store:
        store.vault.store.erase(subject_keyset(TENANT, SUBJECT), 1_700_000_000_000)
        ran = run(short, tmp_path / "out", address, "--no-reports")
        assert set(ran.reasons().values()) == {"erased_subject"}
        assert len(ran.rows("dead_letters")) == 1  # for its two streams and all their rows
        assert cells_of(store, STREAMS) == cells_of(store, WINDOWS) == {}


def test_a_stream_too_wide_for_a_row_is_told_and_its_tables_are_made(kms, tmp_path):
    noise = np.random.default_rng(0).integers(-100, 100, (2500, 600)).astype(np.int16)
    np.save(tmp_path / "wide.npy", noise)
    address = new_store(kms)
    options = ["--no-reports", "--sampling-rate-hz", "50000", "--signal", "ecog", "--unit", "uV"]
    ran = run(tmp_path / "wide.npy", tmp_path / "out", address, *options)
    assert ran.code == 0
    assert ran.reasons() == {"wide.npy": "too_wide"}
    assert "split the stream by groups of channels" in ran.rows("dead_letters")[0]["message"]
    assert len(ran.rows("features")) == 1
    with connected(address) as store:
        assert cells_of(store, STREAMS) == cells_of(store, WINDOWS) == {}


def test_without_a_key_the_job_fails_and_writes_nothing_in_the_clear(kms, short, tmp_path):
    address = new_store(kms)
    with pytest.raises(Exception, match="the key is absent"):
        run(short, tmp_path / "out", address, "--no-reports", "--kms-key-ring", "missing")
    with connected(address) as store:
        assert cells_of(store, STREAMS) == cells_of(store, WINDOWS) == {}


def test_the_summary_says_where_signals_are(ran, address):
    assert f"Signals and windows: sealed, in Bigtable local/{address.instance}" in ran.text


def test_options_of_the_store_reach_the_settings():
    settings, _ = parse_batch_options([*NEEDED, *STORE, "--kms-key-ring", "ring"])
    assert settings.store is not None
    assert (settings.store.project, settings.store.instance) == ("p", "i")
    names = settings.store.vault.key_names
    assert (names.project, names.location, names.key_ring) == ("p", "europe-west3", "ring")
    assert parse_batch_options(NEEDED)[0].store is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (STORE[:2], "expected --kms-location with them"),
        (["--kms-location=r"], "expected --bigtable-project and --bigtable-instance with them"),
        (["--kms-key-ring=r"], "--bigtable-project and --bigtable-instance and --kms-location"),
        ([*STORE[:2], "--kms-location=global"], "location is 'global'; expected a region"),
        (["--runner=DataflowRunner"], "or --no-reports: reports show traces of the signal"),
        (["--runner", "dataflow", *STORE], "or --no-reports"),
        (
            ["--runner=DataflowRunner", "--no-reports", *STORE, "--kms-loopback-address=[::1]:1"],
            "reach no key service on this machine",
        ),
    ],
)
def test_options_that_cannot_be_right_are_refused_with_what_would_be(options, said, capsys):
    with pytest.raises(SystemExit) as stopped:
        parse_batch_options([*NEEDED, *options])
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err
