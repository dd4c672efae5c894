"""Tables in Bigtable to files, sealed as they are: for what is small, or leaves the provider.

python -m pipelines.backup --bigtable-project p --bigtable-instance i --output gs://backups/monday
python -m pipelines.backup ... --tables keysets --output gs://keyset-backups/monday
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from google.api_core.exceptions import GoogleAPIError

from schemas.bigtable_tables import BigtableTable
from schemas.keyset_rows import KEYSETS
from schemas.stored_tables import BIGTABLE_TABLES
from transforms.backup_files import BackupError
from transforms.backup_tables import TableSet, back_up, check_apart

EPILOG = """\
Bigtable's own backups, which Terraform sets up, are the first choice: they are faster, and restore
without this machine. These files are for small deployments, for a copy elsewhere, and for the
drill. No key is needed: everything stays sealed, and keysets stay wrapped by Cloud KMS.

Keysets are a backup apart, in a folder that expires sooner than an erasure has to be final
(docs/security.md). What was written while it ran may or may not be in it: the archive has it.

The exit code is 0 if all was written, 1 if Bigtable did not answer, 2 for options that are refused.
"""

_NAMES = {table.table_id: table for table in BIGTABLE_TABLES}
_USUAL = tuple(name for name, table in _NAMES.items() if table is not KEYSETS)


def add_table_options(add: Callable[..., object]) -> None:
    """Where the tables are."""
    add("--bigtable-project", required=True, metavar="PROJECT")
    add("--bigtable-instance", required=True, metavar="NAME")
    add("--bigtable-app-profile", metavar="NAME", help="routes to one cluster (the default)")


def table_set(known: argparse.Namespace) -> TableSet:
    """What those options say."""
    return TableSet(known.bigtable_project, known.bigtable_instance, known.bigtable_app_profile)


def backup_parser() -> argparse.ArgumentParser:
    """All options."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.backup",
        description="Tables in Bigtable to files, sealed as they are.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add_table_options(add)
    add("--output", required=True, metavar="FOLDER", help="holds none yet; local or gs://")
    add(
        "--tables",
        default=",".join(_USUAL),
        metavar="NAMES",
        help=f"of {', '.join(_NAMES)}, with commas (%(default)s)",
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Parses, writes, and tells what there is; returns the exit code."""
    parser = backup_parser()
    known = parser.parse_args(argv)
    try:
        tables = _tables(known.tables)
        check_apart(tables)
        backup = back_up(table_set(known), tables, known.output)
    except BackupError as error:
        parser.error(str(error))
    except GoogleAPIError as error:
        print(f"Not finished, and no backup: {type(error).__name__}", file=sys.stderr)
        return 1
    for table in tables:
        n_files, n_cells = len(backup.files[table.table_id]), backup.n_cells(table.table_id)
        print(f"{table.table_id}: {n_cells:,} cells in {n_files} files")
    return 0


def _tables(names: str) -> list[BigtableTable]:
    try:
        return [_NAMES[name] for name in dict.fromkeys(names.split(","))]
    except KeyError as error:
        raise BackupError("tables", error.args[0], f"some of {', '.join(_NAMES)}") from None


if __name__ == "__main__":
    sys.exit(main())
