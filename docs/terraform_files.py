"""`python -m docs.terraform_files`: writes what Terraform reads of schemas/; `--check` compares.

Tables, topics and names of keys have one definition each, in the code. Terraform reads them from
JSON files beside its modules; a test fails where a file is not what the code says.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import inspect
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docs.table_reference import tables
from pipelines.flex_templates.jobs import TEMPLATES
from schemas.http_api import OPERATIONS
from schemas.pubsub_topics import TOPICS
from schemas.stored_tables import BIGTABLE_TABLES
from schemas.views import all_views
from security.key_names import TenantKeyNames

MODULES = Path(__file__).resolve().parents[1] / "terraform" / "modules"

_EXAMPLE_TENANT = "clinic01"


def bigquery_tables() -> dict[str, Any]:
    """By table id: what BigQuery needs to make the table."""
    return {table.table_id: table.bigquery_table() for table in tables().values()}


def bigquery_views() -> dict[str, Any]:
    """By name: the view's SQL, and its depth: how many views stand between it and the tables."""
    found: dict[str, Any] = {}
    for view in all_views(tables().values()).values():  # each after those that it reads
        read = set(re.findall(r"\$\{research\}\.(\w+)", view.sql))
        depth = max((found[name]["depth"] + 1 for name in read), default=0)
        found[view.name] = {"description": view.description, "query": view.sql, "depth": depth}
    return found


def bigtable_tables() -> dict[str, Any]:
    """By table id: its column families, and the days after which their cells go, if ever."""
    found = {}
    for table in BIGTABLE_TABLES:
        days = dict(table.deleted_after_days)
        found[table.table_id] = {family: days.get(family) for family in table.families}
    return found


def pubsub_topics() -> dict[str, Any]:
    """By name: the topic and its subscriptions."""
    return {topic.name: dataclasses.asdict(topic) for topic in TOPICS}


def key_names() -> dict[str, Any]:
    """The key ring, and what each of a tenant's keys is for: `tenant-use` is its name."""
    names = TenantKeyNames("project", "region")
    of_tenant = [
        method(_EXAMPLE_TENANT)
        for name, method in inspect.getmembers(names, inspect.ismethod)
        if not name.startswith("_")
    ]
    uses = (name.rpartition("/")[2].removeprefix(f"{_EXAMPLE_TENANT}-") for name in of_tenant)
    return {"key_ring": names.key_ring, "tenant_uses": sorted(uses)}


def function_paths() -> dict[str, Any]:
    """By function: the paths that it alone serves, as a load balancer writes them."""
    served = {(re.sub(r"/\{.*", "/*", each.path), each.function) for each in OPERATIONS}
    times = collections.Counter(path for path, _ in served)
    found: dict[str, list[str]] = {}
    for path, function in sorted(served):
        if times[path] == 1:  # that of health is served by all
            found.setdefault(function, []).append(path)
    return found


def dataflow_templates() -> dict[str, Any]:
    """By job: what Dataflow is told of the template."""
    return {name: template.metadata() for name, template in TEMPLATES.items()}


FILES: dict[str, Callable[[], dict[str, Any]]] = {
    "bigquery/tables.json": bigquery_tables,
    "bigquery/views.json": bigquery_views,
    "bigtable/tables.json": bigtable_tables,
    "dataflow/templates.json": dataflow_templates,
    "functions/paths.json": function_paths,
    "kms/key_names.json": key_names,
    "pubsub/topics.json": pubsub_topics,
}


def rendered(name: str) -> str:
    """What the file should hold."""
    return json.dumps(FILES[name](), indent=2, sort_keys=True) + "\n"


def stale_files() -> list[str]:
    """Names of the files that differ from what would be written, or are missing."""
    return [
        name
        for name in FILES
        if not (MODULES / name).exists() or (MODULES / name).read_text() != rendered(name)
    ]


def main() -> int:
    """Writes the files, or with --check says which are stale; 1 if any is."""
    parser = argparse.ArgumentParser(prog="python -m docs.terraform_files", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    stale = stale_files()
    for name in stale:
        if not check:
            (MODULES / name).write_text(rendered(name))
        outcome = "is stale: run python -m docs.terraform_files" if check else "written"
        print(f"terraform/modules/{name} {outcome}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
