"""One unbroken epoch of a live stream: an engine, and what becomes of its windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from schemas.float_grid import FloatGrid
from transforms.engine import SignalEngine, StreamSpec, WindowBatch
from transforms.live.arrival import Piece
from transforms.live.live_rows import LiveRows
from transforms.live.live_tables import LiveTables, live_name
from transforms.live.step import Step
from transforms.row_identity import RowIdentity
from transforms.rows_to_seal import StageTimes
from transforms.session_row import session_part


class LiveEpoch:
    """Pieces in time order to windows, rows and parts.

    Args:
      spec: with the time of this epoch's sample 0.
      origin: its place in the packets' epoch.
      steps: of the numbers, where the packets' format says them.
    """

    def __init__(
        self, spec: StreamSpec, identity: RowIdentity, origin: int, steps: FloatGrid | None
    ):
        self.spec, self.identity, self.origin = spec, identity, origin
        self._engine = SignalEngine(spec)
        self._nothing = np.empty((0, spec.n_channels))
        self.tables = LiveTables(spec, identity)
        self._rows = LiveRows(spec, identity, steps)
        self._finished: list[WindowBatch] = []

    @property
    def next_sample(self) -> int:
        """The engine's, counted in the packets' epoch."""
        return self._engine.next_sample + self.origin

    @property
    def n_windows(self) -> int:
        """Emitted so far."""
        return self.tables.n_windows

    def push(self, piece: Piece) -> None:
        """Takes a piece; its windows wait for `emit`.

        Raises:
          JumpError: more than an hour is missing; nothing was taken.
        """
        first = piece.first_sample - self.origin
        self._finished.append(self._engine.push(first, piece.rows))
        self._rows.keep(first, piece.rows)
        self.tables.keep(first, piece.rows)

    def emit(self, step: Step, times: StageTimes, clock_ns: Callable[[], int]) -> None:
        """Hands the windows of all pieces since the last call on, as one batch."""
        finished, self._finished = self._finished, []
        finished = [batch for batch in finished if len(batch)]
        if not finished:
            return
        batch = WindowBatch.concatenate(finished)
        times = StageTimes(
            *(times.device_ns, times.received_ns, times.published_ns, clock_ns()),
            traceparent=times.traceparent,
        )
        step.windows.append((self.identity, batch))
        step.rows += self._rows.add(batch, times)
        step.parts += self.tables.add(batch, times)

    def finish(
        self, step: Step, times: StageTimes, clock_ns: Callable[[], int], device: str
    ) -> None:
        """Ends the epoch: its last window, everything that waits, and its row of `sessions`."""
        self._finished.append(self._engine.finish())
        self.emit(step, times, clock_ns)
        step.parts += self.tables.finish()
        step.parts.append(
            session_part(
                self.spec,
                self.identity,
                live_name(self.identity, "session", 0),
                device=device,
                end_ns=self.tables.end_ns,
                n_samples=self.tables.n_samples,
                n_windows=self.n_windows,
                n_flagged=self.tables.n_flagged,
            )
        )

    def fields(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """For a snapshot, after the tables were flushed."""
        rows, row_arrays = self._rows.fields()
        tables, table_arrays = self.tables.fields()
        arrays = {f"rows.{name}": array for name, array in row_arrays.items()}
        arrays |= {f"tables.{name}": array for name, array in table_arrays.items()}
        arrays["engine"] = self._engine.snapshot()
        return {"rows": rows, "tables": tables}, arrays

    def restore(self, fields: dict[str, Any], arrays: dict[str, Any]) -> None:
        """Undoes `fields`; raises what the engine raises at bytes that are no snapshot."""
        self._engine = SignalEngine.restore(self.spec, arrays["engine"])
        empty = self._engine.push(0, self._nothing)
        self._rows.restore(fields["rows"], _below("rows.", arrays))
        self.tables.restore(fields["tables"], _below("tables.", arrays), empty)


def _below(prefix: str, arrays: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(prefix): a for name, a in arrays.items() if name.startswith(prefix)}
