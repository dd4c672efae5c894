"""Going through a tenant's keysets on many workers: to renew them, and to see what is left.

No keyset and no id leaves a worker but in row keys: what is counted and refused is named by
pseudonyms.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import apache_beam as beam
from apache_beam.pvalue import AsList, PCollection, TaggedOutput
from apache_beam.transforms.combiners import Count

from schemas.errors import SchemaError
from schemas.keyset_rows import KeysetId, keyset_of_row
from security.custody import Custody, CustodySettings
from security.errors import (
    KeysetConflictError,
    KeyUnusableError,
    KeyVersionLagsError,
    OpenRefusedError,
    SealError,
)
from security.key_versions import version_number
from security.keyset_scan import scan
from security.renewal import Renewal, use_of

STAGE = "renew_keysets"

REASONS: dict[type[SealError], str] = {
    OpenRefusedError: "refused",
    KeyUnusableError: "key_unusable",
    KeyVersionLagsError: "key_version_lags",
    KeysetConflictError: "conflict",
}
"""What no retry of the bundle would mend, or not soon. An outage fails the job instead."""

Range = tuple[bytes, bytes]


@dataclasses.dataclass(frozen=True)
class KeysetLetter:
    """A keyset that could not be renewed, and is as it was.

    Args:
      holder: the pseudonym of a subject, or of a row's key that is nobody's; the name of a keyset
        of the tenant itself.
    """

    tenant: str
    holder: str
    reason: str
    message: str


@dataclasses.dataclass(frozen=True)
class FoundVersions:
    """What wraps the keysets of a range.

    Args:
      began: when the scan of the range began, ISO 8601.
      versions: names of KMS versions, each with the numbers of keysets that it wraps: of
        subjects, and of the tenant itself.
    """

    began: str
    versions: dict[str, tuple[int, int]]


class _CustodyFn(beam.DoFn):
    """Connections that a worker makes when it starts, and ends."""

    def __init__(self, settings: CustodySettings, tenant: str):
        self._settings, self._tenant = settings, tenant

    def setup(self) -> None:
        """Connects; nothing is asked for yet."""
        self._custody = Custody(self._settings)

    def teardown(self) -> None:
        """Ends the connections."""
        self._custody.close()


class ListKeysetsFn(_CustodyFn):
    """A range to the keys of its rows; those without a keyset go to `erased`."""

    def process(self, keys: Range) -> Iterator[Any]:
        """Row keys (bytes), and one `Renewal.ERASED` for each row that is none."""
        for row in scan(self._custody.table, *keys):
            if row.has_keyset and not row.is_erased:
                yield row.key
            else:
                yield TaggedOutput("erased", Renewal.ERASED.value)


class RenewKeysetFn(_CustodyFn):
    """A row key to what was done about its keyset; what could not be done goes to `rejected`."""

    def __init__(self, settings: CustodySettings, tenant: str, primaries: Mapping[str, int]):
        super().__init__(settings, tenant)
        self._primaries = dict(primaries)

    def setup(self) -> None:
        """Connects, and learns who was erased."""
        super().setup()
        self._erased = {record.subject for record in self._custody.records.of(self._tenant)}

    def process(self, row_key: bytes) -> Iterator[Any]:
        """Values of `Renewal`, and `KeysetLetter`s."""
        try:
            keyset_id = keyset_of_row(row_key)
        except (SchemaError, UnicodeDecodeError):
            name = self._pseudonym(row_key.hex())
            yield TaggedOutput(
                "rejected", KeysetLetter(self._tenant, name, "row_key", "the row is nobody's")
            )
            return
        try:
            done = self._custody.renewal.renew(keyset_id, self._primaries, self._erased)
        except tuple(REASONS) as error:
            letter = KeysetLetter(
                self._tenant, self._holder(keyset_id), REASONS[type(error)], str(error)
            )
            yield TaggedOutput("rejected", letter)
        else:
            yield done.value

    def _holder(self, keyset_id: KeysetId) -> str:
        return self._pseudonym(keyset_id.holder) if keyset_id.is_subject else keyset_id.holder

    def _pseudonym(self, name: str) -> str:
        return self._custody.records.subject_of(self._tenant, name)


class FindVersionsFn(_CustodyFn):
    """A range to the KMS versions that wrap what is in it now."""

    def process(self, keys: Range, _after: list[Any]) -> Iterator[FoundVersions]:
        """One `FoundVersions`; rows that are marked as erased and yet hold a keyset count."""
        began = self._custody.clock().isoformat()
        versions: dict[str, tuple[int, int]] = {}
        for row in scan(self._custody.table, *keys):
            if row.has_keyset:
                version = self._version_of(row.key, row.kms_version)
                subjects, others = versions.get(version, (0, 0))
                is_subject = b"#." not in row.key
                versions[version] = subjects + is_subject, others + (not is_subject)
        yield FoundVersions(began, versions)

    def _version_of(self, row_key: bytes, told: str) -> str:
        """The name that a row gives, if it is of the KMS key that wraps such a row."""
        try:
            keyset_id = keyset_of_row(row_key)
            key_name = use_of(self._settings.vault.key_names, keyset_id).key_name(self._tenant)
        except (SchemaError, UnicodeDecodeError, OpenRefusedError):
            return ""
        return told if told.startswith(f"{key_name}/") and version_number(told) else ""


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class RenewKeysets(beam.PTransform):
    """Ranges of rows to `done` (values of Renewal); what failed goes to `rejected` (KeysetLetter).

    Args:
      primaries: as of `KeysetRenewal.renew`.
    """

    settings: CustodySettings
    tenant: str
    primaries: dict[str, int]

    outputs: ClassVar[tuple[str, ...]] = ("done", "rejected")

    def expand(self, ranges: PCollection[Range]) -> dict[str, PCollection]:
        """Ids often begin alike: the rows are spread anew before the work begins."""
        listed = ranges | "ListKeysets" >> beam.ParDo(
            ListKeysetsFn(self.settings, self.tenant)
        ).with_outputs("erased", main="keys")
        renewed = (
            listed["keys"]
            | "SpreadKeysets" >> beam.Reshuffle()
            | "RenewKeyset"
            >> beam.ParDo(RenewKeysetFn(self.settings, self.tenant, self.primaries)).with_outputs(
                "rejected", main="done"
            )
        )
        done = (renewed["done"], listed["erased"]) | "JoinDone" >> beam.Flatten()
        return {"done": done, "rejected": renewed["rejected"]}


@dataclasses.dataclass  # never frozen: Beam sets attributes on its transforms
class FindVersions(beam.PTransform):
    """Ranges of rows to FoundVersions, seen after all of `after` was done."""

    settings: CustodySettings
    tenant: str
    after: PCollection

    def expand(self, ranges: PCollection[Range]) -> PCollection[FoundVersions]:
        """The side input is a barrier: it is complete before the first range is read."""
        counted = self.after | "WaitForRenewal" >> Count.Globally()
        find = FindVersionsFn(self.settings, self.tenant)
        return ranges | "FindVersionsOfRange" >> beam.ParDo(find, AsList(counted))
