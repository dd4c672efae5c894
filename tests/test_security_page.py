"""The page on security names tests that hold what it says; each of them exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from security.erasure_status import CopiesRunOut
from security.message_counts import MessageSettings
from security.sealing import OVERHEAD_BYTES

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "security.md"
NAMED = re.compile(r"\[`(test_\w+)`\]\(([^)]+)\)")


def names_of_tests(path: Path) -> set[str]:
    return {n.name for n in ast.parse(path.read_text()).body if isinstance(n, ast.FunctionDef)}


def missing(text: str) -> list[str]:
    return [name for name, path in NAMED.findall(text) if name not in names_of_tests(DOCS / path)]


def test_every_test_that_the_page_names_exists():
    text = PAGE.read_text()
    assert missing(text) == []
    assert text.count("`test_") == len(NAMED.findall(text)) >= 20  # none is named without its link


def test_a_test_that_is_gone_is_noticed():
    assert missing("[`test_gone`](../tests/test_security_page.py)") == ["test_gone"]


@pytest.mark.parametrize(
    "who",
    [
        "steals a device",
        "operates the service, curious",
        "is another tenant, hostile",
        "has a leaked backup",
        "administers Bigtable, no KMS",
        "researches with SQL",
        "Cloud KMS is away",
        "a worker's cache is stale",
    ],
)
def test_every_threat_names_a_test_that_shows_what_holds(who):
    (row,) = (line for line in PAGE.read_text().splitlines() if line.startswith(f"| {who} |"))
    assert NAMED.search(row)


def test_nothing_that_runs_on_a_device_can_reach_keys():
    sources = list((DOCS.parent / "devices").rglob("*.py"))
    assert sources
    for source in sources:
        assert not re.search(r"^\s*(from|import) security", source.read_text(), re.MULTILINE), (
            source
        )


def test_the_numbers_of_the_page_are_those_of_the_code():
    text = PAGE.read_text()
    settings, copies = MessageSettings(), CopiesRunOut()
    assert f"{OVERHEAD_BYTES} bytes more" in text
    assert (settings.limit, settings.advised) == (2**30, 2**29)
    assert (copies.caches * 60, copies.deleted_cells / 24, copies.backups / 24) == (75, 7, 90 + 30)
    assert (copies.key_service / 24, copies.clocks * 60) == (45, 15)
