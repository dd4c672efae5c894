"""What BigQuery bills for rows: the logical size of their values, by its documented sizes of types.

https://cloud.google.com/bigquery/pricing#data : 8 bytes an INT64, FLOAT64 or TIMESTAMP, 1 a BOOL,
2 and the UTF-8 bytes a STRING, the sum of its values an array or a record, 0 a NULL.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_STRING_BYTES = 2
_INGESTED_AT_BYTES = 8
"""Of the column that BigQuery fills, which rows of ours do not have."""


def logical_bytes(rows: pa.Table) -> int:
    """Bytes of the rows once they are in BigQuery.

    >>> logical_bytes(pa.table({"a": [1, None], "b": ["x", "yz"]}))
    31
    """
    columns = (_column_bytes(chunk) for column in rows.columns for chunk in column.chunks)
    return sum(columns) + _INGESTED_AT_BYTES * len(rows)


def _column_bytes(values: pa.Array) -> int:
    kind = values.type
    if pa.types.is_list(kind):
        return _column_bytes(values.flatten())
    if pa.types.is_struct(kind):
        return sum(_column_bytes(values.field(i)) for i in range(kind.num_fields))
    n_values = len(values) - values.null_count
    if pa.types.is_string(kind):
        return _STRING_BYTES * n_values + (pc.sum(pc.binary_length(values)).as_py() or 0)
    return n_values * (1 if pa.types.is_boolean(kind) else kind.bit_width // 8)
