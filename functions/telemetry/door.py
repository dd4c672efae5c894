"""What happens to a post: whose it is, what is in it, may it come in; sealed, published, told."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

from functions.bodies import BoundedBody, media_type, read_stream
from functions.loop_publishing import LoopPublisher
from functions.problems import MAX_DETAIL, ProblemError
from functions.registry.registry import Registry
from functions.telemetry.admission import refuse_packet
from functions.telemetry.authentication import Authentication
from functions.telemetry.bodies_in_hand import BodiesInHand, Claim
from functions.telemetry.entry import Entry, NotedStream
from functions.telemetry.lookups import Lookups
from functions.telemetry.rates import Rates
from functions.telemetry.reading import (
    MEDIA_TYPES,
    ReadPacket,
    Refusal,
    read_packets,
    split_post,
)
from functions.telemetry.sealing import DoorSealer
from functions.telemetry.settings import PARSED_JSON, DoorSettings
from schemas.posts import BINARY_TYPE
from schemas.verdicts import PostAnswer, Verdict
from security.sealing import Sealer

_LOG = logging.getLogger(__name__)

_READ_AT_ONCE_BYTES = 64 * 1024  # a larger or a JSON body would keep the event loop from others
Headers = Mapping[str, str]
T = TypeVar("T")

_EASY = 0.1  # below this pressure devices are not asked to post less often
_REGISTRY_THREADS, _KEY_THREADS, _READING_THREADS = 8, 8, 2  # apart: one may hang without others
_ABSENT_S, _MOST_DEVICES_ASKED = 5.0, 256


class Door:
    """Lets packets in; for one event loop, in which it is made.

    Args:
      registry: asked for devices and sessions, always afresh: what is kept is kept here.
      audience: of device tokens.
      now_ns: nanoseconds since 1970.
    """

    def __init__(
        self,
        settings: DoorSettings,
        registry: Registry,
        sealer: Sealer,
        publisher: LoopPublisher,
        audience: str,
        now_ns: Callable[[], int] = time.time_ns,
    ):
        self._settings, self._publisher, self._now_ns = settings, publisher, now_ns
        registry_threads = concurrent.futures.ThreadPoolExecutor(_REGISTRY_THREADS, "registry")
        key_threads = concurrent.futures.ThreadPoolExecutor(_KEY_THREADS, "keys")
        self._reading_threads = concurrent.futures.ThreadPoolExecutor(_READING_THREADS, "reading")
        wait_s = settings.wait_s
        devices = Lookups(  # anybody's token asks: in threads that nothing else waits for
            registry.fresh_device,
            concurrent.futures.ThreadPoolExecutor(_REGISTRY_THREADS, "devices"),
            life_s=settings.device_life_s,
            absent_s=_ABSENT_S,
            most_asked=_MOST_DEVICES_ASKED,
            wait_s=wait_s,
        )
        self._authentication = Authentication(devices, audience, lambda: now_ns() / 1e9)
        self._rates = Rates(settings.packets_per_s, settings.burst_packets)
        self._bodies = BodiesInHand(settings.bodies_bytes)
        self._entry = Entry(
            settings,
            sessions=Lookups(
                registry.fresh_session,
                registry_threads,
                life_s=settings.session_life_s,
                wait_s=wait_s,
            ),
            noted=Lookups(
                lambda key: _note(registry, key),
                registry_threads,
                life_s=math.inf,
                entries=100_000,
                wait_s=wait_s,
            ),
            sealer=DoorSealer(sealer, key_threads, wait_s),
            publisher=publisher,
        )

    @property
    def pressure(self) -> float:
        """How hard-pressed this instance is: 0 not at all, 1 refuses."""
        return max(self._publisher.pressure.now, self._bodies.fullness)

    @property
    def is_ready(self) -> bool:
        """Whether a post would likely be accepted; asks nobody."""
        return not self._publisher.pressure.is_failing and self.pressure < 1

    async def post(self, request: Request, headers: Headers, traceparent: str) -> PostAnswer:
        """One post; a packet is accepted only once Pub/Sub has acknowledged it.

        Args:
          headers: of the request, names in lower case.

        Raises:
          ProblemError: the post was not read, and no packet of it was accepted.
        """
        settings = self._settings
        kind = media_type(headers.get("content-type"))
        if kind not in MEDIA_TYPES:
            detail = f"content-type is {kind[:40]!r}; expected one of {', '.join(MEDIA_TYPES)}"
            raise ProblemError(415, "unsupported-media-type", detail, field="content-type")
        if self._publisher.pressure.is_full:
            detail = "too much waits to be published; send the whole post again later"
            raise ProblemError(429, "too-busy", detail, retry_after_s=self.retry_after_s)
        device = (await self._authentication.device_of(headers.get("authorization"))).device
        self._take(device, 1)
        with self._bodies.claim() as claim:
            body = await self._read_body(request, headers, claim)
            if kind != BINARY_TYPE:
                claim.add(PARSED_JSON * len(body))
            is_quick = kind == BINARY_TYPE and len(body) <= _READ_AT_ONCE_BYTES
            read = _at_once if is_quick else self._aside
            parts = await read(split_post, body, kind, settings.max_packets)
            self._take(device, len(parts) - 1)
            now_ns = self._now_ns()
            found = await read(read_packets, parts, settings, now_ns)
            del parts  # of JSON many times the body: nothing of them waits for others' answers
            if kind != BINARY_TYPE:
                claim.add(-PARSED_JSON * len(body))
            refusals = await self._let_in(found, device, now_ns, traceparent)
        verdicts = [_verdict(index, refusal) for index, refusal in enumerate(refusals)]
        return PostAnswer(tuple(verdicts), self.post_interval_ms)

    @property
    def post_interval_ms(self) -> int:
        """How long devices should wait from post to post: longer the higher the pressure."""
        shortest, longest = self._settings.post_interval_ms, self._settings.longest_post_interval_ms
        hard = (self.pressure - _EASY) / (1 - _EASY)
        return round(shortest * (longest / shortest) ** min(1.0, max(0.0, hard)))

    @property
    def retry_after_s(self) -> float:
        """When to come back after a post that was not taken."""
        return 2 * self.post_interval_ms / 1000

    async def _read_body(self, request: Request, headers: Headers, claim: Claim) -> bytes:
        body = BoundedBody(
            self._settings.max_post_bytes,
            headers.get("content-length"),
            headers.get("content-encoding"),
            claim.add,
        )
        try:
            async with asyncio.timeout(self._settings.read_s):
                return await read_stream(body, request.stream())
        except TimeoutError:
            detail = f"the body did not come within {self._settings.read_s:g} s"
            raise ProblemError(408, "body-too-slow", detail) from None
        except ClientDisconnect:
            raise ProblemError(400, "body-cut-off", "the connection ended in the body") from None

    async def _aside(self, work: Callable[..., T], *arguments: Any) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reading_threads, work, *arguments)

    def _take(self, device: str, count: int) -> None:
        wait_s = self._rates.take(device, count)
        if wait_s:
            detail = f"more than {self._settings.packets_per_s:g} packets a second"
            raise ProblemError(429, "too-many-packets-a-second", detail, retry_after_s=wait_s)

    async def _let_in(
        self,
        found: Sequence[ReadPacket | Refusal],
        device: str,
        now_ns: int,
        traceparent: str,
    ) -> list[Refusal | None]:
        """Why each packet was refused, or None where it was accepted."""
        refusals: list[Refusal | None] = [
            one if isinstance(one, Refusal) else refuse_packet(one, device, self._settings, now_ns)
            for one in found
        ]
        of_session: dict[str, list[tuple[int, ReadPacket]]] = {}
        for index, one in enumerate(found):
            if isinstance(one, ReadPacket) and refusals[index] is None:
                of_session.setdefault(one.session, []).append((index, one))

        async def let_in(session: str, members: list[tuple[int, ReadPacket]]) -> None:
            packets = [packet for _, packet in members]
            outcomes = await self._entry.let_in(session, packets, now_ns, traceparent)
            for (index, _), outcome in zip(members, outcomes, strict=True):
                refusals[index] = outcome

        if len(of_session) == 1:  # nearly always: a task more would cost as much as a seal
            await let_in(*of_session.popitem())
        else:
            await asyncio.gather(*(let_in(*item) for item in of_session.items()))
        return refusals


async def _at_once(work: Callable[..., T], *arguments: Any) -> T:
    return work(*arguments)


def _note(registry: Registry, key: NotedStream) -> bool:
    registry.note_stream(*key)
    return True


def _verdict(index: int, refusal: Refusal | None) -> Verdict:
    if refusal is None:
        return Verdict(index, accepted=True)
    return Verdict(
        index, accepted=False, reason=refusal.reason.value, detail=refusal.detail[:MAX_DETAIL]
    )
