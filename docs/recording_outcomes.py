"""`python -m docs.recording_outcomes`: writes the table of outcomes of recordings.md.

Every file of the folder of recordings (NEURAL_ENGINE_DATA) goes through the steps of the batch job,
without Beam: found, grouped, opened, read in blocks, pushed through the engine. `--check` only
compares, and skips where the folder is not there.
"""

from __future__ import annotations

import argparse
import dataclasses
import fnmatch
import functools
import itertools
import logging
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from benchmarks.recordings import DATA
from docs.generate import replaced
from docs.markdown import code, table
from pipelines.batch_options import BatchSettings, parse_batch_options
from transforms.batch_records import OpenedFile, StreamOutcome
from transforms.compute_stream import compute_stream
from transforms.describe_sessions import list_streams
from transforms.find_recordings import FoundRecording, find_recordings, folder_of
from transforms.local_copy import local_copy
from transforms.open_recordings import open_found
from transforms.recordings import Notice, Reason, RecordingError, StreamPlan, read_blocks
from transforms.recordings.companions import is_side_file
from transforms.stored_files import StoredFile, match_files

PAGE = Path(__file__).resolve().parent / "recordings.md"
PART = "outcomes"

OPTIONS = {
    "biosppy/e*.txt": ("--unit", "uV"),
    "eeg101_muse/*.csv": ("--sampling-rate-hz", "256"),
    "kalunga2016_ssvep/*": ("--unit", "mV"),
    "neurodsp_lfp/*_1.npy": ("--sampling-rate-hz", "1000", "--signal", "ecog"),
    "neurodsp_lfp/*_2.npy": ("--sampling-rate-hz", "1000", "--signal", "lfp"),
    "pynm_ecog_bids/*": ("--unit", "pV"),
}
"""What a researcher would have to say of recordings that do not, by their path."""


@dataclasses.dataclass(frozen=True)
class StreamResult:
    """One stream: how it was planned, and what came out of the engine."""

    plan: StreamPlan
    epochs: tuple[StreamOutcome, ...]

    @property
    def n_windows(self) -> int:
        """Of all epochs."""
        return sum(epoch.n_windows for epoch in self.epochs)

    @property
    def n_gaps(self) -> int:
        """Pauses between the runs of samples."""
        return len(self.plan.runs) - 1

    @property
    def gaps_s(self) -> float:
        """Seconds in all pauses."""
        last = self.plan.runs[-1]
        n_absent = last.first_sample + last.n_samples - self.plan.n_samples
        return float(n_absent / self.plan.spec.sampling_rate)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of one recording.

    Attributes:
      names: of its files, the main one first.
      described_by: names of what stands beside it and was read with it.
      options: that it was opened with, besides the defaults.
      refusal: as in the dead letter; None where there is none.
      notices: of the recording and of all its streams, each once.
    """

    names: tuple[str, ...]
    described_by: tuple[str, ...]
    options: tuple[str, ...]
    refusal: RecordingError | None = None
    streams: tuple[StreamResult, ...] = ()
    n_markers: int = 0
    notices: tuple[Notice, ...] = ()

    @property
    def kinds(self) -> list[str]:
        """Of its warnings, each once."""
        return list(dict.fromkeys(notice.kind for notice in self.notices))


@dataclasses.dataclass(frozen=True)
class Folder:
    """A folder, by its path below that of all recordings.

    Attributes:
      passed_over: names of files that are no recordings by their name.
    """

    name: str
    outcomes: tuple[Outcome, ...]
    with_options: tuple[Outcome, ...]
    passed_over: tuple[str, ...]


@functools.cache
def folders(root: Path = DATA) -> tuple[Folder, ...]:
    """All folders with files, sorted; computed once."""
    by_folder = defaultdict(list)
    for file in match_files(str(root)):
        by_folder[folder_of(file.path)].append(file)
    return tuple(_folder(root, path, files) for path, files in sorted(by_folder.items()))


def _folder(root: Path, path: str, files: list[StoredFile]) -> Folder:
    recordings = find_recordings(path, [file for file in files if not is_side_file(file.name)])
    name = Path(path).relative_to(root).as_posix()
    outcomes = tuple(outcome_of(found) for found in recordings)
    used = {one for outcome in outcomes for one in (*outcome.names, *outcome.described_by)}
    with_options = [(found, _options(f"{name}/{Path(found.path).name}")) for found in recordings]
    return Folder(
        name=name,
        outcomes=outcomes,
        with_options=tuple(outcome_of(found, said) for found, said in with_options if said),
        passed_over=tuple(sorted(file.name for file in files if file.name not in used)),
    )


def _options(path: str) -> tuple[str, ...]:
    return next((said for like, said in OPTIONS.items() if fnmatch.fnmatch(path, like)), ())


def _beside(found: FoundRecording) -> tuple[str, ...]:
    """Sidecars in the recording's own folder; those above are told of where they stand."""
    folder = folder_of(found.path)
    return tuple(file.name for file in found.sidecars if folder_of(file.path) == folder)


def outcome_of(found: FoundRecording, options: tuple[str, ...] = ()) -> Outcome:
    """Opens, reads and computes a recording as the batch job does.

    Args:
      options: of the batch job.
    """
    outcome = Outcome(
        names=tuple(file.name for file in found.files),
        described_by=_beside(found),
        options=options,
    )
    settings, _ = parse_batch_options(["--input", found.path, "--output", "none", *options])
    try:
        opened = _opened(found, settings)
        streams = tuple(_computed(opened))
    except RecordingError as error:
        return dataclasses.replace(outcome, refusal=error)
    told = (notice for one in streams for epoch in one.epochs for notice in epoch.notices)
    return dataclasses.replace(
        outcome,
        streams=streams,
        n_markers=len(opened.recording.markers),
        notices=tuple(dict.fromkeys(told)),
    )


def _opened(found: FoundRecording, settings: BatchSettings) -> OpenedFile:
    return open_found(
        found,
        settings.identity,
        settings.recordings,
        subject_from_files=settings.subject_from_files,
    )


def _computed(opened: OpenedFile) -> Iterator[StreamResult]:
    for task in list_streams(opened):
        with local_copy(task.path, task.files) as path:
            blocks = read_blocks(path, task.plan, size_bytes=task.size_bytes)
            results = list(compute_stream(task, blocks))
        epochs = tuple(one for one in results if isinstance(one, StreamOutcome))
        yield StreamResult(task.plan, epochs)


def as_markdown() -> str:
    """How many files there are and became what, then a table for each folder."""
    every = folders()
    return "\n\n".join([_counts(every), *(_section(folder) for folder in every)])


def _counts(every: tuple[Folder, ...]) -> str:
    outcomes = [outcome for folder in every for outcome in folder.outcomes]
    names = [name for folder in every for name in _recorded(folder)]
    n_passed_over = sum(len(folder.passed_over) for folder in every)
    reasons = Counter(one.refusal.reason for one in outcomes if one.refusal is not None)
    letters = ", ".join(f"{reasons[one]} {code(one.value)}" for one in Reason if one in reasons)
    return (
        f"{len(names) + n_passed_over} files: {sum(not one.refusal for one in outcomes)} recordings"
        f" with {sum(len(one.streams) for one in outcomes)} streams; {reasons.total()} dead letters"
        f" ({letters}); {len(names) - len(outcomes)} parts of recordings, or files that describe"
        f" them; {n_passed_over} passed over."
    )


def _recorded(folder: Folder) -> list[str]:
    """Names of all files that are not passed over."""
    used = (one for outcome in folder.outcomes for one in (*outcome.names, *outcome.described_by))
    return list(dict.fromkeys(used))


def _section(folder: Folder) -> str:
    rows: list[tuple[str, str, str]] = []
    for outcome in folder.outcomes:
        main = code(outcome.names[0])
        rows.append((main, _result(outcome), _told(outcome)))
        rows += [
            (f"... with `{' '.join(again.options)}`", _result(again), _told(again))
            for again in folder.with_options
            if again.names == outcome.names
        ]
        rows += [(code(name), f"part of {main}", "") for name in outcome.names[1:]]
        rows += [(code(name), f"read with {main}", "") for name in outcome.described_by]
    rows += [(code(name), "passed over", "") for name in folder.passed_over]
    title = "The folder itself" if folder.name == "." else code(folder.name)
    return f"### {title}\n\n{table(('file', 'becomes', 'what is told'), _merged(rows))}"


def _merged(rows: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Files that follow each other and became the same share a row."""
    same = itertools.groupby(rows, key=lambda row: row[1:])
    return [(", ".join(row[0] for row in group), *became) for became, group in same]


def _result(outcome: Outcome) -> str:
    if outcome.refusal is not None:
        return f"dead letter {code(outcome.refusal.reason.value)}"
    streams = [_stream(one) for one in outcome.streams]
    n = outcome.n_markers
    return "; ".join(streams + ([f"{n} marker{'s' * (n != 1)}"] if n else []))


def _stream(one: StreamResult) -> str:
    spec, n = one.plan.spec, one.n_gaps
    told = [
        f"{code(one.plan.stream)} {spec.n_channels} ch",
        f"{spec.sampling_rate_hz:.6g} Hz",
        f"{float(one.plan.n_samples / spec.sampling_rate):.5g} s",
    ]
    if n:
        told.append(f"{n} gap{'s' * (n != 1)} ({one.gaps_s:.5g} s)")
    if len(one.epochs) > 1:
        told.append(f"{len(one.epochs)} epochs")
    return ", ".join(told)


def _told(outcome: Outcome) -> str:
    if outcome.refusal is not None:
        return outcome.refusal.message.partition("; expected")[0]
    return ", ".join(map(code, outcome.kinds))


def is_stale() -> bool:
    """Whether the page differs from what would be written."""
    page = PAGE.read_text()
    return replaced(page, {PART: as_markdown}) != page


def main() -> int:
    """Writes the table, or with --check says whether it is stale; 1 if it is."""
    parser = argparse.ArgumentParser(prog="python -m docs.recording_outcomes", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    logging.disable(logging.WARNING)  # what we refuse is in the table
    if not DATA.exists():
        print(f"no {DATA}: NEURAL_ENGINE_DATA says where the recordings are")
        return 0 if check else 1
    stale = is_stale()
    if stale and not check:
        PAGE.write_text(replaced(PAGE.read_text(), {PART: as_markdown}))
    if stale:
        told = "is stale: run python -m docs.recording_outcomes" if check else "written"
        print(f"docs/{PAGE.name} {told}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
