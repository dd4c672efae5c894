from __future__ import annotations

import re

import pytest

from schemas.errors import SchemaError
from schemas.retention import retention_script, retention_statement
from schemas.tables import all_tables
from schemas.views import all_views

TABLES = all_tables([("alpha_power", "Power of 8 to 13 Hz.")])
VIEWS = all_views(TABLES.values())
LOG, RESEARCH = "project.log", "project.research"


@pytest.fixture(params=sorted(VIEWS))
def view(request):
    return VIEWS[request.param]


def test_every_table_has_a_view_of_its_name():
    assert set(TABLES) < set(VIEWS)


def test_every_view_says_what_it_shows(view):
    body = view.bigquery_table(LOG, RESEARCH)
    assert body["description"].endswith(".")
    assert len(body["description"]) > 40
    assert body["view"]["useLegacySql"] is False


def test_a_view_reads_only_what_was_made_before_it(view):
    read = re.findall(r"`([\w.]+)`", view.query(LOG, RESEARCH))
    assert read
    before = list(VIEWS)[: list(VIEWS).index(view.name)]
    made = {f"{LOG}.{table.table_id}" for table in TABLES.values()}
    assert set(read) <= made | {f"{RESEARCH}.{name}" for name in before}


def test_a_table_is_shown_by_its_key(view):
    if view.name not in TABLES:
        return
    query = re.sub(r"event\.|TO_JSON_STRING\((\w+)\)", r"\1", view.query(LOG, RESEARCH))
    found = re.search(r"PARTITION BY ([\w, \n]+?)\s+ORDER BY ([\w, ]+)\)", query)
    assert found
    table = TABLES[view.name]
    assert tuple(re.split(r",\s+", found[1])) == table.key
    order = [f"{name} DESC" for name in ("revision", *table.newest)]
    last = "ingested_at ASC" if view.name in ("features", "features_1s") else "ingested_at DESC"
    assert found[2].split(", ") == [*order, last]


def test_rows_leave_by_the_day_they_came_and_not_by_the_day_they_tell_of():
    script = retention_script(TABLES.values(), LOG, 400)
    for table in TABLES.values():
        assert (
            f"DELETE FROM `{LOG}.{table.table_id}`\n"
            "WHERE ingested_at < TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 400 DAY);" in script
        )
        assert "expirationMs" not in str(table.bigquery_table())


@pytest.mark.parametrize("days", [0, -1, 40_000])
def test_a_retention_that_cannot_be_meant_is_refused(days):
    with pytest.raises(SchemaError, match="days is"):
        retention_statement(TABLES["events"], LOG, days)
