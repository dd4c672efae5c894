"""What the pages say is so: links lead somewhere, code runs, generated parts are fresh."""

from __future__ import annotations

import doctest
import importlib.util
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from benchmarks import artifact_scores
from devices.simulate import main as simulate
from docs import example_queries, feature_reference, generate, notebook_image
from docs.reasons import reasons_of
from pipelines.batch import main as run_batch
from tests.transforms.engine import test_artifacts
from transforms.engine import FEATURES, Flag, SignalEngine, StreamSpec
from transforms.engine.profiles import Filters, Thresholds

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
MAX_IMAGE_BYTES = 60_000


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors_of(page: Path) -> set[str]:
    """The names that GitHub gives to the headings of a page."""
    text = FENCE.sub("", page.read_text())
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def broken_links(page: Path) -> Iterator[str]:
    for target in LINK.findall(FENCE.sub("", page.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = page.parent / name if name else page
        if not path.exists() or (anchor and anchor not in anchors_of(path)):
            yield target


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_relative_link_leads_somewhere(page):
    assert list(broken_links(page)) == []


def test_a_broken_link_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# One thing\n[a](gone.md) [b](#one-thing) [c](#other) [d](https://x.org/y)")
    assert list(broken_links(page)) == ["gone.md", "#other"]


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_make_command_is_a_target(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = page.read_text()
    fenced = [line for _, code in FENCE.findall(text) for line in code.splitlines()]
    commands = [line.removeprefix("$ ") for line in fenced] + re.findall(r"`([^`\n]+)`", text)
    named = {found[1] for line in commands if (found := re.match(r"make ([a-z-]+)", line))}
    assert named <= targets


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_module_and_file_that_a_page_names_exists(page):
    text = page.read_text()
    for module in re.findall(r"python -m ([\w.]+)", text):
        assert importlib.util.find_spec(module), module
    folders = "schemas|transforms|pipelines|devices|tests|benchmarks|docs"
    for path in re.findall(rf"`((?:{folders})/[\w/.]*)`", text):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize("page", generate.PAGES)
def test_generated_parts_are_fresh(page):
    assert page not in generate.stale_pages(), "run `make docs`"


def test_an_edited_generated_part_is_stale():
    text = (generate.DOCS / "artifacts.md").read_text()
    edited = text.replace("| `flat_peak_to_peak` | 0.5 |", "| `flat_peak_to_peak` | 0.6 |")
    assert edited != text
    assert generate.replaced(edited, generate.PAGES["artifacts.md"]) == text


def test_a_page_without_its_markers_is_refused():
    with pytest.raises(ValueError, match="no part 'tables'"):
        generate.replaced("# Nothing", {"tables": str})


@pytest.mark.parametrize("parameters", [Filters, Thresholds])
def test_every_parameter_has_its_reason_on_the_page(parameters):
    assert {name for name, reason in reasons_of(parameters).items() if not reason} == set()


@pytest.mark.parametrize("offset", [-0.2, 0.1])
def test_a_feature_exists_from_the_rate_that_the_page_names(offset):
    for feature in FEATURES:
        if not feature_reference.highest_hz(feature):
            continue
        rate = round(feature_reference.rate_needed_hz(feature) + offset, 1)
        signal = "emg" if feature.name == "median_frequency" else "eeg"
        noise = np.random.default_rng(0).normal(size=(int(4 * rate), 1))
        windows = SignalEngine(StreamSpec(signal, rate, ["a"])).push(0, noise)
        values = windows.features[:, 0, windows.feature_names.index(feature.name)]
        assert np.isfinite(values).any() == (offset > 0), (feature.name, rate)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """What `make run` leaves: a folder that holds out/, with the recording and the tables."""
    folder = tmp_path_factory.mktemp("run")
    recordings = folder / "out" / "recordings"
    assert simulate(["--output", str(recordings), "--seed", "1"]) == 0
    recording = recordings / "simulated-seed1.edf"
    assert run_batch(["--input", str(recording), "--output", str(folder / "out")]) == 0
    return folder


def test_the_readme_shows_what_make_run_batch_prints(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    simulate(["--output", "out/recordings/", "--seed", "1"])
    run_batch(["--input", "out/recordings/simulated-seed1.edf", "--output", "out/"])
    (shown,) = (c for _, c in FENCE.findall(PAGES[0].read_text()) if "$ make run-batch" in c)
    speed = re.compile(r"computed \d+ times")
    printed = speed.sub("computed", capsys.readouterr().out)
    assert speed.sub("computed", shown).splitlines()[1:] == printed.splitlines()


def test_the_readmes_lines_return_what_they_show():
    (lines,) = (code for kind, code in FENCE.findall(PAGES[0].read_text()) if kind == "python")
    test = doctest.DocTestParser().get_doctest(lines, {}, "README", None, None)
    results = doctest.DocTestRunner().run(test)
    assert results.attempted >= 6
    assert results.failed == 0


def test_the_notebook_plots_alpha_and_flags_of_a_recording(made, tmp_path):
    left = notebook_image.run_notebook(made / "out" / "recordings" / "simulated-seed1.edf")
    top, bottom = left["figure"].axes
    alpha = top.lines[0].get_ydata()
    assert len(alpha) == len(left["windows"]) == 2400
    closed = (left["time_s"] >= 59.4) & (left["time_s"] < 67.7)  # by the truth
    assert np.nanmean(alpha[closed]) > 2 * np.nanmean(alpha[~closed])
    assert [tick.get_text() for tick in bottom.get_yticklabels()][:2] == ["GAP", "SETTLING"]
    notebook_image.save(left["figure"], tmp_path / "picture.png")
    assert 10_000 < (tmp_path / "picture.png").stat().st_size < MAX_IMAGE_BYTES


def test_pictures_are_small():
    sizes = {path.name: path.stat().st_size for path in (ROOT / "docs" / "images").iterdir()}
    assert max(sizes.values()) < MAX_IMAGE_BYTES, sizes


@pytest.fixture(scope="module")
def database(made) -> Any:
    """DuckDB over the tables, as the page says."""
    if importlib.util.find_spec("duckdb") is None:
        command = "pip install duckdb"
        if os.environ.get("CI") == "true":
            pytest.fail(f"no duckdb: {command}")
        pytest.skip(f"no duckdb: {command}")
    duckdb = importlib.import_module("duckdb")
    connection = duckdb.connect()
    connection.execute(example_queries.DUCKDB_VIEWS.replace("'out/", f"'{made}/out/"))
    return connection


@pytest.mark.parametrize(
    ("question", "n_rows"),
    [
        ("Which channels can be trusted?", 8),  # one a channel
        ("Occipital alpha", 2),  # one a minute
        ("How many artifacts", 9),  # one a kind
        ("Every window with a blink", None),
        ("Each window once", 2400),  # every window of two minutes
    ],
)
def test_example_queries_answer(database, question, n_rows):
    (asked,) = (q for q in example_queries.QUESTIONS if q.text.startswith(question))
    rows = database.execute(asked.duckdb).fetchall()
    assert len(rows) == n_rows if n_rows else rows
    assert None not in rows[0]


def test_the_query_for_blinks_finds_all_of_them(made, database):
    (asked,) = (q for q in example_queries.QUESTIONS if "blink" in q.text)
    parts = [pq.ParquetFile(path).read() for path in (made / "out/features").rglob("*.parquet")]
    flags = pc.struct_field(pc.list_flatten(pa.concat_tables(parts)["channels"]), "flags")
    n_blinks = int(np.count_nonzero(flags.to_numpy() & int(Flag.BLINK)))
    assert len(database.execute(asked.duckdb).fetchall()) == n_blinks > 0


def test_scores_on_the_page_are_of_what_the_tests_hold():
    for name in ("SEEDS", "KINDS", "AMPLIFIERS", "ARTIFACTS"):
        assert getattr(artifact_scores, name) == getattr(test_artifacts, name), name


def test_the_page_has_a_score_for_every_amplifier():
    page = artifact_scores.PAGE.read_text()
    scores = page[page.index(artifact_scores.BEGIN) : page.index(artifact_scores.END)]
    assert all(f"| {amplifier} |" in scores for amplifier in artifact_scores.AMPLIFIERS)
    measured = [float(x) for x in re.findall(r"(\d\.\d\d) \(", scores)]
    assert len(measured) == len(artifact_scores.AMPLIFIERS) * len(artifact_scores.KINDS)
    assert min(measured) >= 0.9
