"""Refused messages to files of dead letters, as a Beam step: kept first, then told."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from schemas.letters import NOBODY, Letter, LetterPlace, letters_file
from transforms.row_identity import RowIdentity
from transforms.table_part import TablePart, make_part
from transforms.write_tables import write_whole

STAGE = "WriteRefused"
HELD_BYTES = 8 << 20
"""Of letters in memory; more are written before the bundle ends."""


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class WriteRefused(beam.PTransform):
    """Letter to files below `folder`; returns their rows of `dead_letters` (TablePart).

    A bundle's letters of one place are one file, named after its content: a bundle that is
    repeated writes the same file, and cut anew it writes letters twice, which a replay survives
    (the job drops what it knows). A row comes out only after its file is there.
    """

    folder: str
    held_bytes: int = HELD_BYTES

    def expand(self, letters: PCollection[Letter]) -> PCollection[TablePart]:
        """No shuffle: what is refused is kept by the worker that refused it."""
        write = beam.ParDo(_WriteFn(self.folder, self.held_bytes))
        return letters | "WriteFiles" >> write.with_output_types(TablePart)


class _WriteFn(beam.DoFn):
    def __init__(self, folder: str, held_bytes: int):
        self._folder, self._most = folder, held_bytes

    def start_bundle(self) -> None:
        self._held: dict[LetterPlace, list[Letter]] = {}
        self._held_bytes = 0

    def process(self, letter: Letter) -> Iterator[TablePart]:
        Metrics.counter(STAGE, f"letters-{letter.stage}-{letter.reason}").inc()
        self._held.setdefault(letter.place, []).append(letter)
        self._held_bytes += len(letter.data)
        if self._held_bytes > self._most:
            yield from self._write()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        window = GlobalWindow()
        for part in self._write():
            yield WindowedValue(part, window.max_timestamp(), (window,))

    def _write(self) -> Iterator[TablePart]:
        held, self._held, self._held_bytes = self._held, {}, 0
        for place, found in held.items():
            letters = sorted(found, key=Letter.to_bytes)  # as in the file, so numbered alike
            content = letters_file(letters)
            path = FileSystems.join(self._folder, *place.path(content).split("/"))
            write_whole(path, content)
            Metrics.counter(STAGE, "files").inc()
            Metrics.counter(STAGE, "bytes").inc(len(content))
            for number, letter in enumerate(letters):
                yield letter_part(letter, path, number)


def letter_part(letter: Letter, path: str, number: int) -> TablePart:
    """The letter's row of `dead_letters`: nothing of what is sealed, and whose it is.

    Args:
      number: of the letter in the file.
    """
    envelope = letter.envelope()
    if envelope is None:
        identity = RowIdentity(tenant=NOBODY, subject=NOBODY, session=None)
    else:
        identity = RowIdentity(
            *(envelope.tenant, envelope.subject, envelope.session),
            *(envelope.stream, envelope.epoch),
        )
    row: dict[str, Any] = {
        "reason": letter.reason,
        "stage": letter.stage,
        "message": letter.message,
        "path": path,
        "size_bytes": len(letter.data),
        "number": number,
    }
    name = f"{path.rsplit('/', 1)[-1].removesuffix('.nepd')}-{number}"
    columns = {key: [value] for key, value in row.items()}
    return make_part("dead_letters", f"{identity.tenant}/{name}.parquet", identity, 1, columns)
