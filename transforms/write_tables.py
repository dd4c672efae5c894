"""Parts of tables to Parquet files, as a Beam step: whole or not at all, and the same again."""

from __future__ import annotations

import dataclasses
import functools
import io
import uuid

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection

from transforms.table_part import ARROW_SCHEMAS, TablePart

STAGE = "WriteTables"


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class WriteTables(beam.PTransform):
    """TablePart to files `<folder>/<table>/<name>`; returns their paths (str)."""

    folder: str

    def expand(self, parts: PCollection[TablePart]) -> PCollection[str]:
        """One file a part."""
        return parts | "WriteFile" >> beam.Map(self._write).with_output_types(str)

    def _write(self, part: TablePart) -> str:
        path = FileSystems.join(self.folder, part.table, *part.name.split("/"))
        content = parquet_bytes(part)
        write_whole(path, content)
        Metrics.counter(STAGE, f"files-{part.table}").inc()
        Metrics.counter(STAGE, "bytes").inc(len(content))
        return path


def parquet_bytes(part: TablePart) -> bytes:
    """The part as a Parquet file: the same rows give the same bytes."""
    sink = io.BytesIO()
    pq.write_table(
        part.rows,
        sink,
        compression="zstd",
        compression_level=1,  # features hardly compress; higher levels only cost time
        use_dictionary=_text_columns(part.table),  # floats seldom repeat: trying costs time
        store_schema=True,
        write_statistics=True,
    )
    return sink.getvalue()


@functools.cache
def _text_columns(table: str) -> list[str]:
    """Parquet paths of the columns that hold text or a constant."""
    schema = ARROW_SCHEMAS[table]
    paths = [f.name for f in schema if f.type in (pa.string(), pa.int64())]
    for field in schema:
        if pa.types.is_list(field.type):
            prefix = f"{field.name}.list.element"
            inner = field.type.value_type
            fields = list(inner) if pa.types.is_struct(inner) else []
            paths += [f"{prefix}.{f.name}" for f in fields if f.type != pa.float64()]
            paths += [] if fields else [prefix]
    return paths


def write_whole(path: str, content: bytes) -> None:
    """Writes a file, local or gs://, under another name first: readers see all of it or nothing.

    The other name begins with a point, which readers of folders (Arrow, Spark) leave out.
    """
    folder, name = FileSystems.split(path)
    unfinished = FileSystems.join(folder, f".{name}.{uuid.uuid4().hex}")
    stored = CompressionTypes.UNCOMPRESSED
    with FileSystems.create(unfinished, compression_type=stored) as file:
        file.write(content)
    FileSystems.rename([unfinished], [path])
