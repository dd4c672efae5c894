"""Where the tables are in BigQuery: what sinks and researchers connect to."""

from __future__ import annotations

import dataclasses

import grpc
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1 import BigQueryWriteClient
from google.cloud.bigquery_storage_v1.services.big_query_write.transports import (
    BigQueryWriteGrpcTransport,
)

LOOPBACK_VARIABLE = "BIGQUERY_EMULATOR_HOST"  # read by Google's client, with http:// before it
STORAGE_LOOPBACK_VARIABLE = "BIGQUERY_STORAGE_EMULATOR_HOST"

LOG_DATASET, RESEARCH_DATASET = "neural_log", "neural"


@dataclasses.dataclass(frozen=True)
class BigQueryAddress:
    """Two datasets: one that jobs append to, one with the views that researchers read.

    Args:
      project: that pays and holds the datasets.
      log_dataset: with the tables.
      research_dataset: with the views.
      loopback_address: HOST:PORT of an emulator on this machine in the place of BigQuery.
      storage_loopback_address: of its Storage API.
    """

    project: str
    log_dataset: str = LOG_DATASET
    research_dataset: str = RESEARCH_DATASET
    loopback_address: str = ""
    storage_loopback_address: str = ""

    def client(self) -> bigquery.Client:
        """For queries, tables, loads and streaming inserts."""
        if not self.loopback_address:
            return bigquery.Client(project=self.project)
        return bigquery.Client(
            project=self.project,
            credentials=AnonymousCredentials(),
            client_options=ClientOptions(api_endpoint=f"http://{self.loopback_address}"),
        )

    def write_client(self) -> BigQueryWriteClient:
        """For the Storage Write API."""
        if not self.storage_loopback_address:
            return BigQueryWriteClient()
        channel = grpc.insecure_channel(self.storage_loopback_address)
        return BigQueryWriteClient(transport=BigQueryWriteGrpcTransport(channel=channel))

    @property
    def log_path(self) -> str:
        """The dataset of the tables, as SQL names it between backquotes."""
        return f"{self.project}.{self.log_dataset}"

    @property
    def research_path(self) -> str:
        """The dataset of the views, as SQL names it between backquotes."""
        return f"{self.project}.{self.research_dataset}"

    def table_path(self, table_id: str) -> str:
        """As the Storage Write API names a table."""
        return f"projects/{self.project}/datasets/{self.log_dataset}/tables/{table_id}"
