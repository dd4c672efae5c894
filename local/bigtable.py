"""Bigtable on this machine: Google's emulator, in memory, and tables made in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from google.cloud import bigtable
from google.cloud.bigtable.column_family import MaxVersionsGCRule

from local.emulators import Emulator, EmulatorKind, environment
from schemas.bigtable_tables import BigtableTable

BIGTABLE = EmulatorKind(
    name="bigtable",
    program="cbtemulator",
    arguments=("-host=127.0.0.1", "-port=0"),
    ready=r"running on (127\.0\.0\.1:\d+)",
    install="gcloud components install bigtable, or apt-get install "
    "google-cloud-cli-bigtable-emulator from Google's package source",
)
ADDRESS_VARIABLE = "BIGTABLE_EMULATOR_HOST"  # read by Google's clients


@contextlib.contextmanager
def bigtable_emulator() -> Iterator[str]:
    """A running emulator, to which Google's clients in this process connect meanwhile.

    Yields:
      Its address, for the environment of other processes.
    """
    with Emulator(BIGTABLE) as emulator, environment(**{ADDRESS_VARIABLE: emulator.address}):
        yield emulator.address


def create_table(table: BigtableTable, *, project: str, instance: str) -> None:
    """Makes a table as Terraform does in the cloud."""
    client = bigtable.Client(project=project, admin=True)
    families = dict.fromkeys(table.families, MaxVersionsGCRule(1))
    client.instance(instance).table(table.table_id).create(column_families=families)
