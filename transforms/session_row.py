"""The row of `sessions` of one epoch of a stream."""

from __future__ import annotations

from transforms.engine import StreamSpec, profile_for
from transforms.row_identity import RowIdentity
from transforms.table_part import TablePart, make_part


def session_part(
    spec: StreamSpec,
    identity: RowIdentity,
    name: str,
    *,
    end_ns: int,
    n_samples: int,
    n_windows: int,
    n_flagged: int,
    device: str | None = None,
    source: str | None = None,
) -> TablePart:
    """One row.

    Args:
      end_ns: time after the last sample present.
      n_flagged: windows times channels with any flag.
    """
    row = {
        "start_ns": spec.start_ns,
        "end_ns": end_ns,
        "device": device,
        "source": source,
        "signal": spec.signal,
        "rate_num": spec.sampling_rate.numerator,
        "rate_den": spec.sampling_rate.denominator,
        "unit": profile_for(spec.signal).unit,
        "line_hz": spec.line_hz,
        "channels": list(spec.channels),
        "n_samples": n_samples,
        "n_windows": n_windows,
        "share_flagged": n_flagged / max(1, n_windows * spec.n_channels),
    }
    columns = {key: [value] for key, value in row.items()}
    return make_part("sessions", name, identity, 1, columns)
