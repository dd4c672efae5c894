"""Files of `pipelines.backup` back into Bigtable.

python -m pipelines.restore --input gs://backups/monday --bigtable-project p --bigtable-instance i
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from google.api_core.exceptions import GoogleAPIError

from pipelines.backup import add_table_options, table_set
from transforms.backup_files import BackupError
from transforms.backup_tables import restore

EPILOG = """\
The tables have to be there (Terraform makes them), empty or not: a cell that was written since with
a higher revision stays what readers see, an erased keyset stays erased, and to run it again changes
nothing. All files are checked before the first cell is written.

Afterwards: what the archive got since the backup is computed again by `python -m pipelines.batch
--revision ...`, and `python -m pipelines.erase run` finishes what was erased since. See
docs/operations.md, "Restore from a backup".

The exit code is 0 if all is there, 1 if Bigtable did not answer (run it again), 2 for options or
files that are refused.
"""


def restore_parser() -> argparse.ArgumentParser:
    """All options."""
    parser = argparse.ArgumentParser(
        prog="python -m pipelines.restore",
        description="Files of a backup back into Bigtable.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--input", required=True, metavar="FOLDER", help="of a backup; local or gs://")
    add_table_options(add)
    add("--dry-run", action="store_true", help="check the files and count; write nothing")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Parses, checks, writes, and tells what was done; returns the exit code."""
    parser = restore_parser()
    known = parser.parse_args(argv)
    try:
        restored = restore(table_set(known), known.input, is_dry=known.dry_run)
    except BackupError as error:
        parser.error(str(error))
    except GoogleAPIError as error:
        print(f"Not finished, run it again: {type(error).__name__}", file=sys.stderr)
        return 1
    verb = "would be restored" if known.dry_run else "restored"
    for table, n_cells in restored.cells.items():
        print(f"{table}: {n_cells:,} cells {verb}")
    if restored.erased_rows:
        print(f"{restored.erased_rows:,} keysets were erased since, and stay so.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
