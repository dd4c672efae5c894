"""Options of the sealed store: where rows and their keys are, and what may not be written."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from schemas.errors import SchemaError
from security.key_names import TenantKeyNames
from security.vault import VaultSettings
from transforms.sealed_store import StoreAddress

_ALL_OR_NONE = ("bigtable_project", "bigtable_instance", "kms_location")
_ONLY_WITH_THEM = ("bigtable_app_profile", "kms_project", "kms_key_ring", "kms_loopback_address")


def add_store_options(add: Callable[..., object]) -> None:
    """All of them are for signals and windows that are kept sealed, in Bigtable."""
    add("--bigtable-project", metavar="PROJECT", help="of the instance below")
    add(
        "--bigtable-instance",
        metavar="INSTANCE",
        help="write windows and signals there too, sealed with each subject's key; needs"
        " --bigtable-project and --kms-location",
    )
    add(
        "--bigtable-app-profile",
        metavar="PROFILE",
        help="routes to one cluster and allows single-row transactions (the instance's default)",
    )
    add("--kms-project", metavar="PROJECT", help="of the keys (by default --bigtable-project)")
    add("--kms-location", metavar="REGION", help="of the tenants' key ring in Cloud KMS")
    add("--kms-key-ring", metavar="RING", help=f"({TenantKeyNames.key_ring})")
    add(
        "--kms-loopback-address",
        metavar="HOST:PORT",
        help="of a key service on this machine, in the place of Cloud KMS",
    )


def add_report_option(add: Callable[..., object]) -> None:
    """Reports are the one thing that is not sealed."""
    add(
        "--no-reports",
        dest="reports",
        action="store_false",
        help="write no reports: they show traces of the signal in the clear",
    )


def store_address(known: argparse.Namespace, runner: str) -> StoreAddress | None:
    """Where sealed rows go, or None if none are written.

    Raises:
      SchemaError: options that do not belong together, or cannot be right.
    """
    given = [name for name in _ALL_OR_NONE if getattr(known, name)]
    alone = [name for name in _ONLY_WITH_THEM if getattr(known, name)]
    if not given and not alone:
        return None
    missing = [_option(name) for name in _ALL_OR_NONE if name not in given]
    if missing:
        found = ", ".join(map(_option, (*given, *alone)))
        raise SchemaError("options", found, f"{' and '.join(missing)} with them")
    if known.kms_loopback_address and is_dataflow(runner):
        expected = "none: workers of Dataflow reach no key service on this machine"
        raise SchemaError("kms-loopback-address", known.kms_loopback_address, expected)
    names = TenantKeyNames(
        project=known.kms_project or known.bigtable_project,
        location=known.kms_location,
        key_ring=known.kms_key_ring or TenantKeyNames.key_ring,
    )
    vault = VaultSettings(
        key_names=names,
        project=known.bigtable_project,
        instance=known.bigtable_instance,
        app_profile=known.bigtable_app_profile,
        kms_loopback_address=known.kms_loopback_address or "",
    )
    return StoreAddress(
        known.bigtable_project, known.bigtable_instance, vault, known.bigtable_app_profile
    )


def check_no_plaintext_signals(known: argparse.Namespace, runner: str) -> None:
    """On this machine reports are the user's own; in the cloud they would be signals in the clear.

    Raises:
      SchemaError: the job would write them.
    """
    if known.reports and is_dataflow(runner):
        expected = (
            "another one, or --no-reports: reports show traces of the signal in the clear, and in"
            " the cloud signals are only written sealed (--bigtable-instance), where who has the"
            " right reads them by open_session"
        )
        raise SchemaError("runner", runner, expected)


def is_dataflow(runner: str) -> bool:
    """Whether the job would run in the cloud; Beam takes several spellings."""
    return "dataflow" in runner.lower()


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
