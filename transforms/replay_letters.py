"""Dead letters published again, file by file: moved away only after Pub/Sub acknowledged them."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from schemas.envelope import DELIVERY_ATTRIBUTE
from schemas.errors import ArchiveError
from schemas.letters import EXTENSION, Letter, LetterPlace, place_of_path, read_letters
from transforms.stored_files import StoredFile

REPLAYED = "replayed"
"""The folder below the root to which files are moved."""


class Acknowledgement(Protocol):
    """What a publisher returns at once."""

    def result(self, timeout: float | None = None) -> object:
        """Returns when Pub/Sub has the message, or raises."""


Publish = Callable[[bytes, Mapping[str, str]], Acknowledgement]


@dataclasses.dataclass(frozen=True)
class LetterFilter:
    """Which letters are meant; None: all.

    Attributes:
      first_hour, last_hour: since 1970, both included, in which the messages came.
    """

    tenant: str | None = None
    stage: str | None = None
    reason: str | None = None
    first_hour: int | None = None
    last_hour: int | None = None

    def takes(self, place: LetterPlace) -> bool:
        """Whether the letters of a place are meant."""
        for field in ("tenant", "stage", "reason"):
            if getattr(self, field) not in (None, getattr(place, field)):
                return False
        first = place.hour if self.first_hour is None else self.first_hour
        last = place.hour if self.last_hour is None else self.last_hour
        return first <= place.hour <= last


@dataclasses.dataclass
class ReplayReport:
    """What was done.

    Attributes:
      letters: by stage and reason.
      damaged: files that cannot be read to their end; they stay, and nothing of them is published.
      failed: why it stopped, where Pub/Sub did not acknowledge; the file stays.
    """

    files: int = 0
    letters: dict[tuple[str, str], int] = dataclasses.field(default_factory=dict)
    damaged: list[str] = dataclasses.field(default_factory=list)
    failed: str = ""


def find_letters(root: str, chosen: LetterFilter) -> Iterator[tuple[StoredFile, LetterPlace]]:
    """The files of dead letters that are meant, oldest hour first; not those moved away."""
    tenant = chosen.tenant or "*"
    pattern = FileSystems.join(root.replace("[", "?"), tenant, "*", f"*{EXTENSION}")
    found = []
    for file in FileSystems.match([pattern])[0].metadata_list:
        place = place_of_path(file.path)
        if place is not None and chosen.takes(place):
            found.append((place.hour, StoredFile(file.path, file.size_in_bytes), place))
    for _, stored, place in sorted(found, key=lambda one: (one[0], one[1])):
        yield stored, place


def replay_letters(
    root: str,
    chosen: LetterFilter,
    publish: Publish | None,
    *,
    timeout_s: float = 60.0,
) -> ReplayReport:
    """Publishes letters as they were, each as a new delivery, and moves their files away.

    If it stops between the two, a second run publishes a file again: the job knows what it has.

    Args:
      publish: None: letters are counted, and nothing is done.
      timeout_s: within which all messages of a file have to be acknowledged.
    """
    report = ReplayReport()
    for file, place in find_letters(root, chosen):
        try:
            letters = _whole_file(file, place)
        except ArchiveError as error:
            report.damaged.append(f"{file.path}: {error}")
            continue
        if publish is not None:
            try:
                _publish_all(letters, publish, timeout_s)
            except Exception as error:  # whatever the client raises: nothing was moved
                report.failed = f"{file.path}: {type(error).__name__}: {error}"
                return report
            _move(root, file.path)
        report.files += 1
        key = place.stage, place.reason
        report.letters[key] = report.letters.get(key, 0) + len(letters)
    return report


def message_of(letter: Letter) -> tuple[bytes, dict[str, str]]:
    """Data and attributes to publish: as they were, but for the delivery.

    Beam drops a delivery that it has seen within ten minutes; this one it has to take.
    """
    attributes = dict(letter.attributes)
    if DELIVERY_ATTRIBUTE in attributes:
        attributes[DELIVERY_ATTRIBUTE] = uuid.uuid4().hex
    return letter.data, attributes


def _publish_all(letters: list[Letter], publish: Publish, timeout_s: float) -> None:
    pending = [publish(*message_of(letter)) for letter in sorted(letters, key=_in_order)]
    for one in pending:
        one.result(timeout=timeout_s)


def _in_order(letter: Letter) -> tuple[int, int]:
    """As they came, nearly: what comes too far ahead of others makes these late."""
    envelope = letter.envelope()
    return (
        (0, letter.published_ns)
        if envelope is None
        else (envelope.event_time_ms, envelope.sequence)
    )


def _move(root: str, path: str) -> None:
    parts = path.split("/")[-3:]
    folder = FileSystems.join(root, REPLAYED, *parts[:-1])
    if not FileSystems.exists(folder):
        FileSystems.mkdirs(folder)
    FileSystems.rename([path], [FileSystems.join(folder, parts[-1])])


def _whole_file(file: StoredFile, place: LetterPlace) -> list[Letter]:
    content = _content(file.path)
    if not file.path.endswith(place.path(content)):
        raise ArchiveError("content", f"{len(content)} bytes", "those that its name was made of")
    return list(read_letters(content))


def _content(path: str) -> bytes:
    with FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED) as file:
        content: bytes = file.read()
    return content
