from __future__ import annotations

import dataclasses

from transforms.batch_records import DeadLetter
from transforms.row_identity import RowIdentity

WHO = RowIdentity("clinic01", "a" * 16, None, revision=2)
LETTER = DeadLetter("gs://b/x.edf", "OpenRecordings", "truncated", "3 bytes missing", WHO, 77)


def test_a_dead_letter_is_a_row_with_all_it_knows():
    (row,) = LETTER.part().rows.to_pylist()
    assert row == {
        "tenant": "clinic01",
        "subject": "a" * 16,
        "session": None,
        "stream": None,
        "epoch": None,
        "number": None,
        "revision": 2,
        "code_version": WHO.code_version,
        "parameter_version": None,
        "reason": "truncated",
        "stage": "OpenRecordings",
        "message": "3 bytes missing",
        "path": "gs://b/x.edf",
        "size_bytes": 77,
    }


def test_the_same_refusal_is_the_same_file_and_another_is_another():
    again = dataclasses.replace(LETTER, message="4 bytes missing")
    assert again.part().name == LETTER.part().name
    others = [
        dataclasses.replace(LETTER, path="gs://b/y.edf"),
        dataclasses.replace(LETTER, reason="empty"),
        dataclasses.replace(LETTER, stage="ComputeWindows"),
        dataclasses.replace(LETTER, identity=dataclasses.replace(WHO, revision=3)),
    ]
    assert len({letter.part().name for letter in [LETTER, *others]}) == 5
