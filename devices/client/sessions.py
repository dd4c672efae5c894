"""Sessions: opened once however often it is asked for, kept by a lease, ended."""

from __future__ import annotations

import dataclasses
import logging
import pathlib
import secrets
from collections.abc import Mapping
from typing import Any

from devices.client.calls import Answer, Caller
from devices.client.clocks import Clock
from devices.client.durable_files import read_json, remove_durably, write_json
from devices.client.errors import UnreachableError

_LOG = logging.getLogger(__name__)

PATH = "/api/v1/bci-sessions"
_OVER = (404, 409, 410)
"""Answers after which the session is no more this device's."""


@dataclasses.dataclass(frozen=True)
class OpenedSession:
    """What the server said of a session, and what it was asked for."""

    session: str
    fencing_token: int
    lease_seconds: float
    telemetry_url: str
    asked: dict[str, Any]
    expected_latency_ms: float = 0.0
    supported_features: tuple[str, ...] = ()


class SessionFile:
    """Remembers the session, and the request for one before it is made.

    Args:
      folder: of the device.
    """

    def __init__(self, folder: pathlib.Path):
        self._opened, self._asking = folder / "session.json", folder / "session-request.json"

    def opened(self) -> OpenedSession | None:
        """The session that was not ended."""
        found = read_json(self._opened)
        if found is None:
            return None
        features = tuple(found.pop("supported_features", ()))
        return OpenedSession(**found, supported_features=features)

    def idempotency_key(self, asked: Mapping[str, Any]) -> str:
        """The same for the same request until it is answered, a new one for another."""
        found = read_json(self._asking)
        if found is not None and found["asked"] == asked:
            return str(found["key"])
        key = secrets.token_hex(16)
        write_json(self._asking, {"key": key, "asked": dict(asked)})
        return key

    def keep(self, session: OpenedSession) -> None:
        """The request was answered."""
        write_json(self._opened, dataclasses.asdict(session))
        remove_durably(self._asking)

    def forget_request(self) -> None:
        """The request was refused: the next one is another."""
        remove_durably(self._asking)

    def forget(self) -> None:
        """The session is over."""
        remove_durably(self._opened)


class Sessions:
    """The calls about sessions, for one kind of session.

    Args:
      url: of the server, without the path of the API.
      asked: subject, experiment, requirements.
    """

    def __init__(
        self, caller: Caller, url: str, file: SessionFile, asked: dict[str, Any], clock: Clock
    ):
        self._caller, self._url, self._file = caller, url + PATH, file
        self._asked, self._clock = asked, clock

    def open(self) -> OpenedSession:
        """A session; asked for again after a lost answer or a crash, it is the same one.

        Raises:
          UnreachableError: no answer; call again.
          RequestRefusedError: the server says why.
        """
        key = self._file.idempotency_key(self._asked)
        answer = self._caller.call("POST", self._url, self._asked, {"Idempotency-Key": key})
        if not answer.is_success:
            if not answer.may_pass and answer.status not in (401, 409):
                self._file.forget_request()
            raise answer.refusal()
        session = _session_of(answer, self._asked)
        self._file.keep(session)
        return session

    def earlier(self) -> tuple[OpenedSession | None, bool]:
        """The session that was not ended, and whether it can be gone on with.

        Without an answer it is taken to be ours still: a device may restart where there is no
        network.
        """
        found = self._file.opened()
        if found is None or found.asked != self._asked:
            return found, False
        keeper = self.keeper(found)
        keeper.renew()
        return found, not keeper.is_lost

    def keeper(self, session: OpenedSession) -> LeaseKeeper:
        """What keeps a session's lease."""
        return LeaseKeeper(self._caller, f"{self._url}/{session.session}", session, self._clock)

    def end(self, session: OpenedSession, reason: str) -> bool:
        """Ends a session; it may be over already.

        Returns:
          False where the server did not answer well: the lease runs out by itself.
        """
        body = {"fencing_token": session.fencing_token, "reason": reason}
        try:
            answer = self._caller.call("POST", f"{self._url}/{session.session}/end", body)
        except UnreachableError:
            return False
        if answer.is_success or answer.status in _OVER:
            self._file.forget()
            return True
        _LOG.warning("the session could not be ended: %s", answer.refusal())
        return False


class LeaseKeeper:
    """Renews a lease; a thread calls `step`, and waits as long as that says.

    Args:
      url: of the session.

    Attributes:
      is_lost: the session is another's, or over: packets of it are refused from now on.
    """

    def __init__(self, caller: Caller, url: str, session: OpenedSession, clock: Clock):
        self._caller, self._url, self._session, self._clock = caller, url, session, clock
        self._next_s = clock.monotonic_s() + session.lease_seconds / 3
        self.is_lost = False

    def step(self) -> float:
        """Renews, if it is time; returns the seconds until the next call."""
        wait_s = self._next_s - self._clock.monotonic_s()
        if wait_s > 0 or self.is_lost:
            return wait_s if wait_s > 0 else self._session.lease_seconds
        renewed = self.renew()
        # Three tries in a lease, and more when one fails: its end is costlier than a call.
        share = 3 if renewed or self.is_lost else 10
        self._next_s = self._clock.monotonic_s() + self._session.lease_seconds / share
        return max(self._next_s - self._clock.monotonic_s(), 0.0)

    def renew(self) -> bool:
        """Asks now; whether the lease was renewed."""
        body = {"fencing_token": self._session.fencing_token}
        try:
            answer = self._caller.call("POST", self._url + "/renew", body)
        except UnreachableError as error:
            _LOG.warning("the lease could not be renewed: no answer: %s", error)
            return False
        if answer.status in _OVER:
            self.is_lost = True
        if not answer.is_success:
            _LOG.warning("the lease could not be renewed: %s", answer.refusal())
        return answer.is_success


def _session_of(answer: Answer, asked: Mapping[str, Any]) -> OpenedSession:
    members = answer.members
    return OpenedSession(
        session=str(members["session"]),
        fencing_token=int(members["fencing_token"]),
        lease_seconds=float(members["lease_seconds"]),
        telemetry_url=str(members["telemetry_url"]),
        asked=dict(asked),
        expected_latency_ms=float(members.get("expected_latency_ms") or 0),
        supported_features=tuple(map(str, members.get("supported_features", ()))),
    )
