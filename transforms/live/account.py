"""What became of every packet and sample of a stream's epoch: it balances to the sample."""

from __future__ import annotations

import dataclasses

from transforms.row_identity import RowIdentity
from transforms.table_part import TablePart, make_part


@dataclasses.dataclass
class Account:
    """Counts since the epoch began; what is held is no count and is passed in.

    Always: samples_accepted = computed + duplicate + late + refused + held, and
    samples_computed + samples_in_gaps = the next place expected.
    """

    packets_accepted: int = 0
    packets_duplicate: int = 0
    packets_late: int = 0
    packets_refused: int = 0
    samples_accepted: int = 0
    samples_computed: int = 0
    samples_duplicate: int = 0
    samples_late: int = 0
    samples_refused: int = 0
    samples_in_gaps: int = 0
    windows_emitted: int = 0
    counter_wraps: int = 0
    restarts: int = 0

    def part(
        self,
        identity: RowIdentity,
        name: str,
        start_ns: int,
        *,
        as_of_ns: int,
        held: int,
        is_final: bool,
    ) -> TablePart:
        """Its row of `stream_accounts`."""
        row = dataclasses.asdict(self) | {
            "start_ns": start_ns,
            "as_of_ns": as_of_ns,
            "is_final": is_final,
            "samples_held": held,
        }
        columns = {key: [value] for key, value in row.items()}
        return make_part("stream_accounts", name, identity, 1, columns).named_by_content()
