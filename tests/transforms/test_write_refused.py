from __future__ import annotations

import random

import pyarrow as pa

from schemas.envelope import Envelope, EnvelopeKind
from schemas.letters import Letter, read_letters
from schemas.operation_tables import DEAD_LETTERS
from transforms.write_refused import HELD_BYTES, _WriteFn


def letter(sequence, session="0" * 32):
    envelope = Envelope(
        kind=EnvelopeKind.SAMPLES,
        tenant="clinic01",
        subject="subject000000001",
        session=session,
        stream="eeg0",
        epoch=0,
        sequence=sequence,
        event_time_ms=1_700_000_000_000,
        received_ns=1_700_000_000_000_000_000,
        delivery=f"{sequence:032x}",
        sealed=b"sealed",
    )
    return Letter.of_envelope(envelope, "FollowStreams", "not_opened", "told")


def parts_of(letters, folder):
    step = _WriteFn(str(folder), HELD_BYTES)
    step.start_bundle()
    early = [part for one in letters for part in step.process(one)]
    return early + [told.value for told in step.finish_bundle()]


LETTERS = [letter(0), letter(1), letter(2, "f" * 32)]


def test_the_rows_of_a_file_of_letters_are_told_apart_by_the_key_of_their_view(tmp_path):
    parts = parts_of(LETTERS, tmp_path)
    rows = pa.concat_tables([part.rows for part in parts])
    assert len({row["path"] for row in rows.to_pylist()}) == 1
    keys = {tuple(row[name] for name in DEAD_LETTERS.key) for row in rows.to_pylist()}
    assert len(keys) == len({part.name for part in parts}) == len(LETTERS)


def test_a_repeated_bundle_numbers_its_letters_alike_whatever_their_order(tmp_path):
    first = {part.name: part.rows for part in parts_of(LETTERS, tmp_path)}
    shuffled = random.Random(1).sample(LETTERS, len(LETTERS))
    again = {part.name: part.rows for part in parts_of(shuffled, tmp_path)}
    assert again == first
    (path,) = tmp_path.rglob("*.nepd")
    sessions = [one.attributes["session"] for one in read_letters(path.read_bytes())]
    numbered = sorted(first.values(), key=lambda rows: rows["number"][0].as_py())
    assert [rows["session"][0].as_py() for rows in numbered] == sessions
