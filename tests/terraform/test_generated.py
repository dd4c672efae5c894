"""What Terraform makes is what the code says: tables, views, topics, keys, paths, templates."""

from __future__ import annotations

import json

import pytest

from docs.table_reference import tables
from docs.terraform_files import FILES, MODULES, rendered, stale_files
from schemas.stored_tables import BIGTABLE_TABLES
from security.key_names import TenantKeyNames


def made(name):
    return json.loads((MODULES / name).read_text())


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_what_the_code_says(name):
    remedy = "run python -m docs.terraform_files"
    assert (MODULES / name).read_text() == rendered(name), remedy


def test_a_file_that_was_changed_by_hand_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("docs.terraform_files.MODULES", tmp_path)
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(rendered(name))
    assert stale_files() == []
    changed = made("bigquery/tables.json")
    changed["events"]["schema"]["fields"].pop()
    (tmp_path / "bigquery/tables.json").write_text(json.dumps(changed))
    assert stale_files() == ["bigquery/tables.json"]


def test_every_table_of_bigquery_is_made_under_its_physical_name():
    assert set(made("bigquery/tables.json")) == {table.table_id for table in tables().values()}


def test_every_view_comes_after_those_that_it_reads():
    views = made("bigquery/views.json")
    for name, view in views.items():
        for other in views:
            if f"${{research}}.{other}`" in view["query"]:
                assert views[other]["depth"] < view["depth"], f"{name} reads {other}"


def test_nothing_in_bigtable_goes_by_age_but_what_is_used_once():
    ages = {
        (table, family)
        for table, families in made("bigtable/tables.json").items()
        for family, days in families.items()
        if days is not None
    }
    assert ages == {
        (table.table_id, family)
        for table in BIGTABLE_TABLES
        for family, _ in table.deleted_after_days
    }
    assert {table for table, _ in ages} <= {"registry"}


def test_keys_are_named_as_security_names_them():
    found = made("kms/key_names.json")
    names = TenantKeyNames("p", "europe-west3", found["key_ring"])
    ring = f"projects/p/locations/europe-west3/keyRings/{found['key_ring']}/cryptoKeys/"
    for use in ("subjects", "columns", "pseudonyms"):
        assert getattr(names, use)("clinic01") == f"{ring}clinic01-{use}"
        assert use in found["tenant_uses"]
    assert TenantKeyNames("p", "europe-west3").key_ring == found["key_ring"]
