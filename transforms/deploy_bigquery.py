"""Makes the datasets, tables and views where they are missing, as Terraform does in the cloud."""

from __future__ import annotations

from typing import Any

from google.api_core import exceptions
from google.cloud import bigquery

from schemas.views import View, all_views
from transforms.bigquery_address import BigQueryAddress
from transforms.table_part import TABLES

VIEWS: dict[str, View] = all_views(TABLES.values())
"""Every view, in an order in which they can be made."""


def deploy(address: BigQueryAddress) -> None:
    """Makes what is missing and replaces the views; tables that are there stay as they are."""
    client = address.client()
    for dataset in (address.log_dataset, address.research_dataset):
        client.create_dataset(bigquery.DatasetReference(address.project, dataset), exists_ok=True)
    for table in TABLES.values():
        body = table.bigquery_table()
        made = _resource(address.project, address.log_dataset, table.table_id, body)
        client.create_table(made, exists_ok=True)
    for view in VIEWS.values():
        body = view.bigquery_table(address.log_path, address.research_path)
        made = _resource(address.project, address.research_dataset, view.name, body)
        try:
            client.create_table(made)
        except exceptions.Conflict:
            client.update_table(made, ["description", "view_query"])
    client.close()


def _resource(project: str, dataset: str, table_id: str, body: dict[str, Any]) -> bigquery.Table:
    reference = {"projectId": project, "datasetId": dataset, "tableId": table_id}
    return bigquery.Table.from_api_repr({"tableReference": reference, **body})
