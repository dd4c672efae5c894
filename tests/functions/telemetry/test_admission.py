"""Which sessions take a packet, at the edges."""

from __future__ import annotations

import pytest

from functions.telemetry.admission import refuse_session
from functions.telemetry.reading import ReadPacket
from functions.telemetry.settings import DoorSettings
from schemas.envelope import EnvelopeKind
from schemas.registrations import Session, SessionStatus
from schemas.verdicts import Reason
from transforms.live.settings import FollowSettings

SETTINGS, S = DoorSettings(), 1_000_000_000
ENDED_NS = 1_760_000_000 * S
LONGEST_NS = round(SETTINGS.expired_s * S)


def session(status: SessionStatus) -> Session:
    return Session(
        session="5" * 32,
        tenant="t" * 8,
        subject="s" * 16,
        device="band-1",
        experiment="experiment",
        status=status,
        fencing_token=1,
        started_ns=ENDED_NS - 3600 * S,
        lease_until_ns=ENDED_NS,
        ended_ns=0 if status is SessionStatus.OPEN else ENDED_NS,
        streams=(("eeg0", 0),),
    )


def packet(last_ns: int = ENDED_NS - 1, stream: str = "eeg0") -> ReadPacket:
    place = b"", EnvelopeKind.SAMPLES, "band-1", "5" * 32, stream, 0, 1
    return ReadPacket(*place, last_ns - S, last_ns, 0)


@pytest.mark.parametrize(
    ("status", "given", "later_ns", "is_taken"),
    [
        (SessionStatus.OPEN, packet(), 30 * LONGEST_NS, True),
        (SessionStatus.EXPIRED, packet(), LONGEST_NS - 1, True),
        (SessionStatus.EXPIRED, packet(), LONGEST_NS, False),
        (SessionStatus.EXPIRED, packet(last_ns=ENDED_NS), 0, False),
        (SessionStatus.EXPIRED, packet(stream="acc0"), 0, False),
        (SessionStatus.ENDED, packet(), 0, False),
    ],
)
def test_a_session_that_is_over_takes_only_what_was_stored(status, given, later_ns, is_taken):
    refusal = refuse_session(given, session(status), SETTINGS, ENDED_NS + later_ns)
    assert (refusal is None) is is_taken
    assert refusal is None or refusal.reason is Reason.SESSION_ENDED


def test_nobodys_session_and_anothers_are_refused_alike():
    nobodys = refuse_session(packet(), None, SETTINGS, ENDED_NS)
    assert nobodys is not None
    assert nobodys.reason is Reason.UNKNOWN_SESSION
    other = ReadPacket(
        b"", EnvelopeKind.SAMPLES, "band-2", "5" * 32, "eeg0", 0, 1, ENDED_NS, ENDED_NS, 0
    )
    assert refuse_session(other, session(SessionStatus.OPEN), SETTINGS, ENDED_NS) == nobodys


def test_what_was_stored_is_refused_before_the_job_forgets_what_it_had():
    """Else a packet sent again would be computed again, in a stream of its own."""
    assert SETTINGS.expired_s + 86_400 <= FollowSettings().tombstone_s
