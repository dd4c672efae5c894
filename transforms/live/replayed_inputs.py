"""A follower made again, of the snapshot and of the inputs after it, where none is in memory."""

from __future__ import annotations

from collections.abc import Callable

from schemas.archive import EpochPlace
from schemas.envelope import Envelope
from schemas.packet_wire import AnyPacket
from schemas.traces import if_traced
from security.context import StateContext
from security.errors import KeysetErasedError
from security.sealing import Opener
from transforms.live.followers import Follower, follow, load_follower, new_follower
from transforms.live.head import Head, Input, next_chain, unpack_input
from transforms.live.opening import NotOpenedError, open_packet
from transforms.live.settings import FollowSettings
from transforms.live.state_bytes import StateError
from transforms.live.stored_stream import StoredStream
from transforms.patience import patiently
from transforms.rows_to_seal import StageTimes


def made_again(
    stored: StoredStream,
    key: str,
    head: Head,
    opener: Opener,
    settings: FollowSettings,
    clock_ns: Callable[[], int],
) -> Follower:
    """The follower whose history is the head's.

    Raises:
      StateError: what is stored does not lead there.
      KeysetErasedError: nobody can read it any more.
    """
    place, chain = place_of(key, head.subject), head.snapshot_chain
    follower: Follower | None = None
    if head.n_snapshot:
        sealed, context = stored.snapshot.read() or b"", state_context(key, head, chain)
        packed = patiently(lambda: opener.open(sealed, context), settings.retry_s)
        follower = load_follower(packed, place, settings, clock_ns)
    for _, kind, payload in sorted(map(unpack_input, stored.inputs.read())):
        chain = next_chain(chain, kind, payload)
        if kind is Input.PACKET:
            envelope = Envelope.from_bytes(payload)
            packet = _opened_again(envelope, opener, settings)
            if follower is None:
                follower = new_follower(packet, place, settings, clock_ns)
            follow(follower, packet, times_of(packet.device_time_ns, envelope))
        elif follower is None:
            raise StateError("input", kind.name, "a packet first")
        elif kind is Input.REFUSED:
            follower.refused()
        else:
            follower.silence()
    if follower is None or chain != head.chain:
        raise StateError("chain", chain.hex(), f"{head.chain.hex()}, of the stored inputs")
    return follower


def _opened_again(envelope: Envelope, opener: Opener, settings: FollowSettings) -> AnyPacket:
    try:
        return open_packet(envelope, opener, settings.retry_s)
    except NotOpenedError as error:
        if error.reason == "erased_subject":
            raise KeysetErasedError from None
        raise StateError("input", error.reason, "an envelope that opened before") from None


def times_of(device_ns: int, envelope: Envelope) -> StageTimes:
    """When a packet was where, before it came here."""
    known = device_ns, envelope.received_ns, envelope.published_ns
    return StageTimes(*known, traceparent=if_traced(envelope.traceparent))


def place_of(key: str, subject: str) -> EpochPlace:
    """The epoch of a stream's key."""
    tenant, session, stream, epoch = key.split("#")
    return EpochPlace(tenant, session, stream, int(epoch), subject)


def state_context(key: str, head: Head, chain: bytes) -> StateContext:
    """What a snapshot is bound to: its stream, and the history that it has."""
    place = place_of(key, head.subject)
    return StateContext(
        place.tenant, place.subject, place.session, place.stream, place.epoch, chain
    )
