"""What a renewal of keysets did and left, for people and for what goes on from there."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import json
from collections.abc import Iterable
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems
from apache_beam.pvalue import PCollection
from apache_beam.transforms.combiners import Count, ToList

from security.key_versions import version_number
from security.renewal import Renewal
from transforms.renew_keysets import FoundVersions, KeysetLetter
from transforms.write_tables import write_whole

RENEWAL_REPORT = "rewrap.json"
MAX_LINES = 20  # of refused keysets: a screen; all of them are in the report


@dataclasses.dataclass(frozen=True)
class RenewalReport:
    """What was done, and what wrapped the keysets afterwards.

    Args:
      began: when the scan that found `versions` began: after the last renewal.
      done: values of Renewal, each with its number of keysets.
      failed: a line for each keyset that is as it was.
      versions: names of KMS versions, each with the numbers of subjects' keysets and of others
        that it wraps; an empty name where the row gives none that can be.
      primaries: names of KMS keys, each with the version that was to encrypt.
    """

    began: datetime.datetime
    done: dict[str, int]
    failed: list[dict[str, str]]
    versions: dict[str, tuple[int, int]]
    primaries: dict[str, int]

    @property
    def left(self) -> dict[str, int]:
        """Names of older versions, each with the number of keysets that it still wraps."""
        return {
            name: sum(counts)
            for name, counts in self.versions.items()
            if (version_number(name) or 0) < self._newest(name)
        }

    @property
    def is_complete(self) -> bool:
        """Whether no keyset is wrapped by an older version."""
        return not self.left and not self.failed

    @property
    def oldest_of_subjects(self) -> int | None:
        """The lowest version that wraps a subject's keyset; 0 if a row does not tell."""
        numbers = [version_number(name) or 0 for name, (n, _) in self.versions.items() if n]
        return min(numbers, default=None)

    @property
    def n_subjects(self) -> int:
        """Keysets of subjects."""
        return sum(n for n, _ in self.versions.values())

    def to_json(self) -> dict[str, Any]:
        """As it is written."""
        told = {**dataclasses.asdict(self), "began": self.began.isoformat()}
        return {"complete": self.is_complete, "left": self.left, **told}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> RenewalReport:
        """What `to_json` gave."""
        return cls(
            datetime.datetime.fromisoformat(told["began"]),
            told["done"],
            told["failed"],
            {name: (n, others) for name, (n, others) in told["versions"].items()},
            told["primaries"],
        )

    def text(self) -> str:
        """For a terminal."""
        counts = [f"{count:,} {kind.replace('_', ' ')}" for kind, count in self.done.items()]
        lines = [", ".join([*counts, f"{len(self.failed):,} failed"]) + "."]
        lines += [
            f"  {x['holder']}: {x['reason']}: {x['message']}" for x in self.failed[:MAX_LINES]
        ]
        if len(self.failed) > MAX_LINES:
            lines.append(f"... and {len(self.failed) - MAX_LINES} more, in {RENEWAL_REPORT}")
        lines += [
            f"{count:,} still wrapped by {name or 'a version that the row does not tell'}."
            for name, count in self.left.items()
        ]
        if self.is_complete:
            lines.append("No keyset is wrapped by an older version.")
        return "\n".join(lines)

    def _newest(self, version: str) -> int:
        return self.primaries.get(version.partition("/cryptoKeyVersions/")[0], 1)


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class ReportRenewal(beam.PTransform):
    """(values of Renewal, letters, FoundVersions) to `<folder>/rewrap.json`; its path (str)."""

    folder: str
    primaries: dict[str, int]

    def expand(
        self,
        results: tuple[PCollection[str], PCollection[KeysetLetter], PCollection[FoundVersions]],
    ) -> PCollection[str]:
        """Counts and lines, collected and written at once."""
        done, letters, found = results
        counted = done | "CountDone" >> Count.PerElement()
        lines = (
            counted | "TagCounts" >> beam.Map(lambda count: ("done", count)),
            letters | "TagLetters" >> beam.Map(lambda x: ("failed", dataclasses.asdict(x))),
            found | "TagVersions" >> beam.Map(lambda x: ("found", dataclasses.asdict(x))),
        )
        return (
            lines
            | "JoinLines" >> beam.Flatten()
            | "CollectLines" >> ToList()
            | "WriteReport" >> beam.Map(self._write).with_output_types(str)
        )

    def _write(self, lines: Iterable[tuple[str, Any]]) -> str:
        path = FileSystems.join(self.folder, RENEWAL_REPORT)
        report = report_of(lines, self.primaries).to_json()
        write_whole(path, json.dumps(report, indent=2, sort_keys=True).encode())
        return path


def report_of(lines: Iterable[tuple[str, Any]], primaries: dict[str, int]) -> RenewalReport:
    """Lines in any order to a report that does not depend on it."""
    sorts: dict[str, list[Any]] = {"done": [], "failed": [], "found": []}
    for sort, line in lines:
        sorts[sort].append(line)
    versions: collections.Counter[str] = collections.Counter()
    others: collections.Counter[str] = collections.Counter()
    for found in sorts["found"]:
        for name, (n_subjects, n_others) in found["versions"].items():
            versions[name] += n_subjects
            others[name] += n_others
    counts = dict(sorts["done"])
    return RenewalReport(
        began=datetime.datetime.fromisoformat(min(found["began"] for found in sorts["found"])),
        done={kind.value: counts.get(kind.value, 0) for kind in Renewal},
        failed=sorted(sorts["failed"], key=lambda x: (x["reason"], x["holder"])),
        versions={name: (versions[name], others[name]) for name in sorted(versions)},
        primaries=primaries,
    )
