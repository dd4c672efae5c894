"""Options of the jobs that administer keys: where keys are, and what Beam is told."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from schemas.errors import SchemaError
from schemas.ids import TENANT_WIDTH, check_tenant_id
from security.custody import CustodySettings
from security.erasure_status import CopiesRunOut
from security.key_names import TenantKeyNames
from security.keyset_ages import RotationRule
from security.kms import KmsSettings
from security.vault import VaultSettings

FN_API_RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"
"""By name: DirectRunner would try to download another runner first."""


def add_key_options(add: Callable[..., object]) -> None:
    """Which tenant, and where its keys and keysets are."""
    add("--tenant", required=True, help=f"{TENANT_WIDTH} of a-z 0-9")
    add("--kms-project", required=True, metavar="PROJECT", help="of the key ring")
    add("--kms-location", required=True, metavar="REGION", help="of the key ring; not `global`")
    add("--kms-key-ring", default="neural-engine", metavar="NAME", help="(%(default)s)")
    add(
        "--kms-loopback-address",
        default="",
        metavar="HOST:PORT",
        help="of a key service on this machine; without it, Cloud KMS",
    )
    add(
        "--kms-deadline-seconds",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="how long Cloud KMS is asked again where it gives no answer (%(default)s)",
    )
    add("--bigtable-project", required=True, metavar="PROJECT", help="of the instance below")
    add("--bigtable-instance", required=True, metavar="NAME", help="that holds the keysets")
    add(
        "--bigtable-app-profile",
        metavar="NAME",
        help="routes to one cluster and allows single-row transactions",
    )


def add_copy_options(add: Callable[..., object]) -> None:
    """How long copies last: upper bounds of this deployment."""
    bounds = CopiesRunOut()
    for field, what in (
        ("caches", "life of an opened keyset in any worker, and a load"),
        ("deleted-cells", "until Bigtable removed what was deleted, and nothing can be undeleted"),
        ("backups", "of the table of keysets"),
        ("key-service", "after Cloud KMS reports a version destroyed"),
        ("new-primary", "until no worker wraps with an older version"),
    ):
        default = getattr(bounds, field.replace("-", "_"))
        add(
            f"--{field}-hours",
            type=float,
            default=default,
            metavar="HOURS",
            help=f"{what} (%(default)s)",
        )


def custody_of(
    parser: argparse.ArgumentParser, known: argparse.Namespace, rule: RotationRule | None = None
) -> CustodySettings:
    """Settings from the options of `add_key_options`, and of `add_copy_options` if they are there.

    Raises:
      SystemExit: 2, after a message that says what would be right.
    """
    try:
        check_tenant_id(known.tenant)
        copies = CopiesRunOut()
        if "backups_hours" in known:
            copies = CopiesRunOut(
                caches=known.caches_hours,
                deleted_cells=known.deleted_cells_hours,
                backups=known.backups_hours,
                key_service=known.key_service_hours,
                new_primary=known.new_primary_hours,
            )
        names = TenantKeyNames(known.kms_project, known.kms_location, known.kms_key_ring)
        kms = KmsSettings(deadline_s=known.kms_deadline_seconds)
    except SchemaError as error:
        parser.error(str(error))
    vault = VaultSettings(
        names,
        project=known.bigtable_project,
        instance=known.bigtable_instance,
        app_profile=known.bigtable_app_profile,
        kms_loopback_address=known.kms_loopback_address,
        kms=kms,
    )
    return CustodySettings(vault, copies, rule)
