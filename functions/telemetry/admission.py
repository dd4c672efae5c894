"""Whether a packet that was read may come in: whose it is, whose session, and when it was."""

from __future__ import annotations

from functions.telemetry.reading import ReadPacket, Refusal
from functions.telemetry.settings import DoorSettings
from schemas.archive import MAX_PACKET_EPOCH
from schemas.registrations import Session, SessionStatus
from schemas.verdicts import Reason

_NS = 1_000_000_000


def refuse_packet(
    packet: ReadPacket, device: str, settings: DoorSettings, now_ns: int
) -> Refusal | None:
    """What is wrong with a packet whatever its session is, or None.

    Args:
      device: of the token.
      now_ns: by the door's clock.
    """
    if packet.device != device:
        return Refusal(Reason.OTHER_DEVICE, "the packet names another device than the token")
    if packet.epoch > MAX_PACKET_EPOCH:
        detail = f"epoch is {packet.epoch}; expected 0 to {MAX_PACKET_EPOCH}"
        return Refusal(Reason.EPOCH, detail)
    latest_ns = max(packet.last_ns, packet.device_time_ns)
    ahead_s = (latest_ns - now_ns) / _NS
    if ahead_s > settings.clock_ahead_s:
        detail = f"{ahead_s:.1f} s after now; expected at most {settings.clock_ahead_s:g} s"
        return Refusal(Reason.CLOCK_AHEAD, f"{detail}: set the device's clock")
    behind_s = (now_ns - min(packet.first_ns, packet.device_time_ns or packet.first_ns)) / _NS
    if behind_s > settings.clock_behind_s:
        detail = f"{behind_s:.0f} s before now; expected at most {settings.clock_behind_s:g} s"
        return Refusal(Reason.CLOCK_BEHIND, detail)
    return None


def refuse_session(
    packet: ReadPacket, session: Session | None, settings: DoorSettings, now_ns: int
) -> Refusal | None:
    """What is wrong with the session of a packet that is else in order, or None.

    A session whose lease ran out while its device was cut off still takes what the device stored
    before the session was closed, of streams that it knows, as long as the stream job knows which
    packets of it were there before; one that was ended takes nothing.
    """
    if session is None or session.device != packet.device:  # which of the two is not told
        detail = "no session of this device; open one with POST /api/v1/bci-sessions"
        return Refusal(Reason.UNKNOWN_SESSION, detail)
    if session.status is SessionStatus.OPEN:
        return None
    was_stored = (
        session.status is SessionStatus.EXPIRED
        and packet.last_ns < session.ended_ns
        and now_ns - session.ended_ns < settings.expired_s * _NS
        and (packet.stream, packet.epoch) in session.streams
    )
    if was_stored:
        return None
    return ended(session.status)


def ended(status: str) -> Refusal:
    """Of a session that is over."""
    return Refusal(Reason.SESSION_ENDED, f"the session is {status}; open another")
