"""The page says what was measured, and keeps what people wrote."""

from __future__ import annotations

import pytest

from benchmarks import page
from benchmarks.targets import TARGETS, verdicts


def test_text_outside_the_markers_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "PATH", tmp_path / "benchmarks.md")
    page.PATH.write_text(f"# Title\n\nabove\n\n{page.BEGIN}\nold\n{page.END}\n\nbelow\n")
    page.write({})
    page.write({})  # twice is the same as once
    text = page.PATH.read_text()
    assert text.startswith("# Title\n\nabove\n")
    assert text.endswith(f"{page.END}\n\nbelow\n")
    assert "old" not in text
    assert text.count("## Targets") == 1


@pytest.mark.parametrize(
    ("key", "measured", "word"),
    [
        ("packets_8x250", 20_000, "met"),
        ("packets_8x250", 19_999, "missed"),
        ("engine_memory_gb", 1.5, "missed"),
        ("snapshot_kb", 100, "met"),
        ("snapshot_kb", None, "not measured"),
    ],
)
def test_a_target_is_met_only_on_its_side(key, measured, word):
    found = {} if measured is None else {key: measured}
    words = {v.target.key: v.word for v in verdicts(found)}
    assert words[key] == word
    assert set(words) == {target.key for target in TARGETS}


@pytest.mark.parametrize(("hours", "counts"), [(1.0, False), (24.0, True)])
def test_a_short_run_is_no_answer_for_a_day(hours, counts):
    run = {"hours": hours, "peak_mb": 300.0, "seconds": 3.0}
    assert ("engine_memory_gb" in page.measured({"day_engine": {"result": run}})) is counts
