"""Calls to the server: bounded in time and size, and little believed of what comes back."""

from __future__ import annotations

import dataclasses
import http
import json
import re
from collections.abc import Mapping
from typing import Any

import requests
import requests.adapters

from devices.client.clocks import ServerTime
from devices.client.errors import ClientError, RequestRefusedError, UnreachableError
from devices.client.tokens import TokenSource

MAX_ANSWER_BYTES = 1 << 20
_SECURE_OR_LOOPBACK = re.compile(
    r"https://\S+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/\S*)?"
)


@dataclasses.dataclass(frozen=True)
class Timeouts:
    """Seconds; a call that takes longer is taken for one without an answer."""

    connect_s: float = 5.0
    read_s: float = 15.0


@dataclasses.dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
      headers: names in lower case.
      content: the body, at most `MAX_ANSWER_BYTES` of it.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes = dataclasses.field(repr=False)

    @property
    def members(self) -> dict[str, Any]:
        """Of the JSON object in the body; empty where it holds none."""
        try:
            found = json.loads(self.content)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def is_success(self) -> bool:
        """200 to 299."""
        return 200 <= self.status < 300

    @property
    def may_pass(self) -> bool:
        """Whether the same request may be answered better later."""
        return self.status in (408, 425, 429) or self.status >= 500

    def refusal(self) -> RequestRefusedError:
        """The answer as an error."""
        members = self.members
        kind = str(members.get("type", "about:blank"))[-80:]
        return RequestRefusedError(self.status, kind, str(members.get("detail", ""))[:400])


class Caller:
    """Makes calls over one kept connection; of one thread.

    Every answer's date is compared with the device's clock. A 401 is asked again once, with a new
    token by the clock that was set right.

    Args:
      tokens: None for calls that need none.
      adapter: of the network; None for the real one. What goes wrong on the way is put in here.
    """

    def __init__(
        self,
        clock: ServerTime,
        tokens: TokenSource | None = None,
        timeouts: Timeouts | None = None,
        adapter: requests.adapters.BaseAdapter | None = None,
    ):
        timeouts = timeouts or Timeouts()
        self._clock, self._tokens = clock, tokens
        self._timeouts = (timeouts.connect_s, timeouts.read_s)
        self._session = requests.Session()
        self._session.trust_env = False  # .netrc would replace our Authorization
        if adapter is not None:
            self._session.mount("https://", adapter)
            self._session.mount("http://", adapter)

    def call(
        self,
        method: str,
        url: str,
        body: bytes | Mapping[str, Any] = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One call.

        Args:
          body: bytes, or what becomes a JSON object.

        Raises:
          UnreachableError: there was no answer, or not in time.
        """
        headers = dict(headers or {})
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        answer = self._once(method, check_url(url), body, headers)
        if answer.status == http.HTTPStatus.UNAUTHORIZED and self._tokens is not None:
            self._tokens.renew()
            answer = self._once(method, url, body, headers)
        return answer

    def close(self) -> None:
        """Closes the connection."""
        self._session.close()

    def _once(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        if self._tokens is not None:
            headers = {**headers, "Authorization": f"Bearer {self._tokens.token()}"}
        try:
            with self._session.request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=self._timeouts,
                allow_redirects=False,  # a token goes to nobody else
                stream=True,
            ) as response:
                content = response.raw.read(MAX_ANSWER_BYTES, decode_content=True)
                found = {name.lower(): value for name, value in response.headers.items()}
        except (requests.RequestException, OSError) as error:
            raise UnreachableError(type(error).__name__) from None  # its text holds addresses
        self._clock.learn(found.get("date"))
        return Answer(response.status_code, found, content)


def check_url(url: str) -> str:
    """The address unchanged.

    Raises:
      ClientError: tokens and samples would travel in the open.
    """
    if not _SECURE_OR_LOOPBACK.fullmatch(url):
        raise ClientError("url", url, "an https address")
    return url
