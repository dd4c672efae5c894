"""docs/validation.md shows what is measured."""

from __future__ import annotations

import re

import pytest

from benchmarks.recordings import DATA
from docs import validation_figures, validation_page
from docs.generate import replaced

MAX_FIGURE_BYTES = 60_000


@pytest.fixture
def page() -> str:
    if not DATA.exists():
        pytest.skip(f"no {DATA}: set NEURAL_ENGINE_DATA to the folder of recordings")
    return validation_page.PAGE.read_text()


def test_its_tables_are_fresh(page):
    assert not validation_page.is_stale(), "run `python -m docs.validation_page`"


def test_an_edited_table_is_stale(page):
    edited = page.replace("| nothing | 0.", "| nothing | 9.")
    assert edited != page
    assert replaced(edited, validation_page.PARTS) == page


def test_every_figure_is_drawn_shown_and_small(page, tmp_path, monkeypatch):
    monkeypatch.setattr(validation_figures, "FIGURES", tmp_path)
    drawn = {path.name for path in validation_figures.draw_all()}
    assert drawn == set(re.findall(r"\(figures/(\w+\.svg)\)", page))
    for path in tmp_path.iterdir():
        stored = validation_page.PAGE.parent / "figures" / path.name
        assert 5_000 < stored.stat().st_size < MAX_FIGURE_BYTES
        assert path.read_text().startswith("<?xml")


def test_a_figure_is_the_same_each_time(page, tmp_path, monkeypatch):
    texts = []
    for _ in range(2):
        monkeypatch.setattr(validation_figures, "FIGURES", tmp_path)
        validation_figures.draw_all()
        texts.append((tmp_path / "ssvep.svg").read_text())
    assert texts[0] == texts[1]
