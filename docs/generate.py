"""`python -m docs.generate`: writes the generated parts of the pages; `--check` only compares.

A part stands between `<!-- generated: NAME -->` and `<!-- end of NAME -->`; the rest of a page is
written by hand. Tables, features and thresholds have one definition each, in the code: what the
pages say of them is made from it, and a test fails where it is not.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from docs import (
    api_reference,
    example_queries,
    feature_reference,
    flag_reference,
    research_queries,
    table_reference,
    view_reference,
)

DOCS = Path(__file__).resolve().parent

Parts = dict[str, Callable[[], str]]

PAGES: dict[str, Parts] = {
    "api.md": {
        "operations": api_reference.operations,
        "refusals": api_reference.refusals,
        "shapes": api_reference.shapes,
    },
    "data-model.md": {
        "grid": table_reference.grid_example,
        "flags": flag_reference.flag_bits,
        "tables": table_reference.all_columns,
        "kinds": table_reference.event_kinds,
        "reasons": table_reference.refusal_reasons,
        "queries": example_queries.as_markdown,
    },
    "queries.md": {
        "views": view_reference.research_views,
        "queries": research_queries.as_markdown,
        "bytes": view_reference.bytes_an_hour,
    },
    "features.md": {
        "features": feature_reference.all_features,
        "pairs": feature_reference.pair_features,
        "kinds": feature_reference.features_by_kind,
        "rates": feature_reference.lowest_rates,
        "filters": feature_reference.filters_by_kind,
        "settling": feature_reference.settling_times,
    },
    "artifacts.md": {
        "thresholds": flag_reference.fixed_thresholds,
        "adaptive": flag_reference.adaptive_thresholds,
        "penalties": flag_reference.penalties,
    },
}


def replaced(page: str, parts: Parts) -> str:
    """The page with each of its parts made anew.

    Raises:
      ValueError: a part's markers are not in the page.
    """
    for name, render in parts.items():
        begin, end = f"<!-- generated: {name} -->", f"<!-- end of {name} -->"
        before, found, rest = page.partition(begin)
        _, ended, after = rest.partition(end)
        if not (found and ended):
            raise ValueError(f"no part {name!r}; expected the lines {begin} and {end}")
        page = f"{before}{begin}\n\n{render()}\n\n{end}{after}"
    return page


def stale_pages() -> list[str]:
    """Names of the pages that differ from what would be written."""
    pages = ((name, (DOCS / name).read_text()) for name in PAGES)
    return [name for name, page in pages if replaced(page, PAGES[name]) != page]


def main() -> int:
    """Writes the pages, or with --check says which are stale; 1 if any is."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    stale = stale_pages()
    for name in stale:
        path = DOCS / name
        if not check:
            path.write_text(replaced(path.read_text(), PAGES[name]))
        print(f"docs/{name} {'is stale: run python -m docs.generate' if check else 'written'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
