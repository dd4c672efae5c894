"""What the cloud gives: stores, topics, keys, an identity provider; on this machine, and empty."""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from google.cloud import kms_v1

from local.bigquery import BIGQUERY, bigquery_emulator
from local.bigtable import ADDRESS_VARIABLE as BIGTABLE_VARIABLE
from local.bigtable import BIGTABLE, bigtable_emulator, create_table
from local.emulators import EmulatorError, EmulatorKind
from local.kms.server import LocalKms
from local.oidc import LocalOidc
from local.pubsub import ADDRESS_VARIABLE as PUBSUB_VARIABLE
from local.pubsub import PUBSUB, create_topics, pubsub_emulator
from schemas.stored_tables import BIGTABLE_TABLES
from security.key_names import TenantKeyNames
from security.vault import VaultSettings
from transforms.bigquery_address import BigQueryAddress
from transforms.deploy_bigquery import deploy
from transforms.sealed_store import StoreAddress

PROJECT, INSTANCE, LOCATION = "neural-local", "telemetry", "europe-west3"
EMULATORS: tuple[EmulatorKind, ...] = (PUBSUB, BIGTABLE, BIGQUERY)


@dataclasses.dataclass(frozen=True)
class Cloud:
    """Running services; holds nothing secret but what `kms` and `oidc` keep to themselves.

    Attributes:
      bigquery: where tables and views are.
      key_names: of the tenants' keys.
      variables: by which other processes find the emulators.
    """

    kms: LocalKms
    oidc: LocalOidc
    bigquery: BigQueryAddress
    key_names: TenantKeyNames
    variables: dict[str, str]

    @property
    def store(self) -> StoreAddress:
        """Where sealed rows are, for readers with all rights."""
        vault = VaultSettings(
            self.key_names, PROJECT, INSTANCE, kms_loopback_address=self.kms.address
        )
        return StoreAddress(PROJECT, INSTANCE, vault)


def missing(kinds: Sequence[EmulatorKind] = EMULATORS) -> list[EmulatorError]:
    """What is not installed here, each with the command that would bring it."""
    found = []
    for kind in kinds:
        try:
            kind.find()
        except EmulatorError as error:
            found.append(error)
    return found


@contextlib.contextmanager
def local_cloud(tenants: Sequence[str], keys: Path | None = None) -> Iterator[Cloud]:
    """Everything started side by side, tables and topics made; stopped at the end.

    Args:
      tenants: who get keys.
      keys: where the key service keeps them; None: nowhere for longer than it runs.

    Raises:
      EmulatorError: one is missing, or does not start.
    """
    with contextlib.ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # Google's client warns of every emulator
        folder = keys or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="keys-")))
        pubsub, bigtable, bigquery = _enter_all(
            stack, (pubsub_emulator(), bigtable_emulator(), bigquery_emulator(PROJECT))
        )
        kms, oidc = stack.enter_context(LocalKms(folder)), stack.enter_context(LocalOidc())
        cloud = Cloud(
            kms=kms,
            oidc=oidc,
            bigquery=bigquery,
            key_names=TenantKeyNames(PROJECT, LOCATION),
            variables={PUBSUB_VARIABLE: pubsub, BIGTABLE_VARIABLE: bigtable},
        )
        create_topics(PROJECT)
        for table in BIGTABLE_TABLES:
            create_table(table, project=PROJECT, instance=INSTANCE)
        deploy(bigquery)
        _make_keys(cloud, tenants)
        yield cloud


def _enter_all(
    stack: contextlib.ExitStack, services: Sequence[contextlib.AbstractContextManager[Any]]
) -> list[Any]:
    """Enters them side by side: most of their start is waiting."""

    def enter(service: contextlib.AbstractContextManager[Any]) -> Any:
        entered = service.__enter__()
        stack.push(service)  # left even if another fails to start
        return entered

    with concurrent.futures.ThreadPoolExecutor(len(services)) as threads:
        started = [threads.submit(enter, service) for service in services]
    return [each.result() for each in started]


def _make_keys(cloud: Cloud, tenants: Sequence[str]) -> None:
    """The key ring, and each tenant's keys in it."""
    names, client = cloud.key_names, cloud.kms.client()
    place = f"projects/{names.project}/locations/{names.location}"
    ring = client.create_key_ring(
        parent=place, key_ring_id=names.key_ring, key_ring=kms_v1.KeyRing()
    )
    for tenant in tenants:
        for name in (names.subjects(tenant), names.columns(tenant), names.pseudonyms(tenant)):
            client.create_crypto_key(
                parent=ring.name,
                crypto_key_id=name.rpartition("/")[2],
                crypto_key=kms_v1.CryptoKey(purpose="ENCRYPT_DECRYPT"),
            )
