"""Takes what waits in the store to the door, and lets go of it once the door has it."""

from __future__ import annotations

import logging
import random

from devices.client.accounts import Account
from devices.client.backoff import Patience, retry_after_s
from devices.client.calls import Answer, Caller
from devices.client.clocks import ServerTime
from devices.client.errors import UnreachableError
from devices.client.places import Outcome, place_of
from devices.client.posts import Refused, Sorted, answer_of, body_of, sort_packets
from devices.client.refused import RefusedPackets
from devices.client.segments import StoredPacket
from devices.client.settings import ClientSettings
from devices.client.store import PacketStore
from schemas.verdicts import Reason

_LOG = logging.getLogger(__name__)

UNPRESSED_INTERVAL_S = 1.0
"""What the door names while it is well: no reason to slow down for who may post more often."""
MAX_INTERVAL_S = 60.0
IDLE_S = 5.0
_LIVE_SHARE = 0.75  # of a post, where packets that waited are to follow too
_OURS = "urn:neural-engine:problem:"
"""A proxy that refuses everything must not be able to empty the store."""
_SPLIT = {400: Reason.MALFORMED, 413: Reason.TOO_LARGE, 422: Reason.MALFORMED}
"""Answers that blame the post as a whole: it is halved until one packet is left to blame."""
_CUT_OFF = _OURS + "body-cut-off"
"""But the network is to blame for this one: the same post may arrive whole."""


class Uploader:
    """Posts when it is time; a thread calls `step`, and waits as long as that says.

    Args:
      url: of the door, or empty until it is known.
    """

    def __init__(
        self,
        caller: Caller,
        store: PacketStore,
        account: Account,
        refused: RefusedPackets,
        settings: ClientSettings,
        clock: ServerTime,
        chance: random.Random,
        url: str = "",
    ):
        self.url = url
        self._caller, self._store, self._account = caller, store, account
        self._refused, self._settings, self._clock = refused, settings, clock
        self._patience = Patience(settings.back_off, clock, chance)
        self._next_s = float("-inf")
        self._asked_interval_s = 0.0
        self._most_packets = settings.max_post_packets
        self._seen = 0  # the last packet that was there when a post was made
        self._splits = False
        self.last_problem = ""

    def step(self) -> float:
        """Posts, if it is time and something waits; returns the seconds until the next call."""
        now_s = self._clock.monotonic_s()
        wait_s = max(self._next_s - now_s, self._patience.wait_s())
        if wait_s > 0:
            return wait_s
        packets = self._choose() if self.url else []
        if not packets:
            return IDLE_S
        self._seen = self._store.last_number()
        self._splits = False
        self._post(packets)
        if not (self._splits or self._is_behind()):
            self._next_s = now_s + max(self._settings.post_interval_s, self._asked_interval_s)
        return max(self._next_s - self._clock.monotonic_s(), self._patience.wait_s(), 0.0)

    def hurry(self) -> None:
        """Posts what waits without the interval; waits that a failure or the door asks for stay."""
        self._next_s = float("-inf")

    def _choose(self) -> list[StoredPacket]:
        settings = self._settings
        most = 1 if self._patience.is_probing else self._most_packets
        if not settings.live_first or most == 1:
            return self._store.oldest(most, settings.max_post_bytes)
        n_live, live_bytes = max(int(most * _LIVE_SHARE), 1), settings.max_post_bytes
        live = self._store.oldest(n_live, int(live_bytes * _LIVE_SHARE), after=self._seen)
        room = settings.max_post_bytes - sum(len(one.wire) for one in live)
        waited = self._store.oldest(most - len(live), room) if room > 0 else []
        chosen = {one.number: one for one in waited + live}
        return [chosen[number] for number in sorted(chosen)]

    def _is_behind(self) -> bool:
        """Whether packets wait that could have gone with this post, had there been room."""
        if self._patience.failures or self._asked_interval_s > 0:
            return False
        oldest = self._store.oldest_number()
        return oldest is not None and oldest <= self._seen

    def _post(self, packets: list[StoredPacket]) -> None:
        body, headers = body_of(packets)
        try:
            answer = self._caller.call("POST", self.url, body, headers)
        except UnreachableError as error:
            self._failed(f"no answer: {error}")
            return
        found = answer_of(answer) if answer.status in (202, 503) else None
        if found is not None:
            asked_s = min(found.post_interval_ms / 1000, MAX_INTERVAL_S)
            self._asked_interval_s = asked_s if asked_s > UNPRESSED_INTERVAL_S else 0.0
            settled = sort_packets(packets, found)
            self._settle(settled)
            if answer.status == 202 and settled.n_settled:
                self._succeeded()
                return
        elif answer.status in _SPLIT and _blames_post(answer.refusal().kind):
            self._split(packets, answer)
            return
        self._failed(str(answer.refusal()), answer)

    def _settle(self, settled: Sorted) -> None:
        """Refused packets are written down before they leave the store."""
        for one in settled.refused:
            place = place_of(one.packet.wire)
            self._refused.keep(place, one.packet.wire, one.reason, one.detail)
            self._account.tell(place, Outcome.REFUSED, one.reason)
            _LOG.warning("the door refuses a packet of %s: %s", place.stream, one.reason)
        for packet in settled.accepted:
            self._account.tell(place_of(packet.wire), Outcome.ACCEPTED)
        refused = [one.packet for one in settled.refused]
        self._store.done([packet.number for packet in settled.accepted + refused])

    def _split(self, packets: list[StoredPacket], answer: Answer) -> None:
        if len(packets) > 1:
            self._most_packets = len(packets) // 2
            self._splits = True
            return
        detail = answer.refusal().detail
        reason = _SPLIT[answer.status]
        self._settle(Sorted([], [Refused(packets[0], reason, detail)]))
        self._succeeded()

    def _succeeded(self) -> None:
        if self._patience.failures:
            _LOG.info("the door answers again, after %d failures", self._patience.failures)
        self._patience.succeeded()
        self.last_problem = ""
        self._most_packets = min(self._most_packets * 2, self._settings.max_post_packets)

    def _failed(self, problem: str, answer: Answer | None = None) -> None:
        asked_s = 0.0
        if answer is not None:
            header = answer.headers.get("retry-after")
            asked_s = retry_after_s(header, self._clock.now_ns() / 1e9)
        if answer is not None and answer.status == 429 and asked_s:
            self._patience.told_to_wait(asked_s)
        else:
            self._patience.failed(asked_s)
        if problem != self.last_problem:
            _LOG.warning("a post failed, it is kept and sent again: %s", problem)
        self.last_problem = problem


def _blames_post(kind: str) -> bool:
    return kind.startswith(_OURS) and kind != _CUT_OFF
