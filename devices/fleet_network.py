"""A bad network between a device and the door: posts get lost, come twice, come late."""

from __future__ import annotations

import collections
import dataclasses
import random
from typing import Any

import requests
import requests.adapters

from devices.client.errors import ClientError


@dataclasses.dataclass(frozen=True)
class NetworkFaults:
    """Shares of posts, 0 to 0.9 in all.

    Args:
      loss: half of them never arrive; of the other half the answer does not.
      duplicates: arrive twice.
      reorder: arrive after the next one; until then the device has no answer, and sends them again.

    Raises:
      ClientError: shares that cannot be.
    """

    loss: float = 0.0
    duplicates: float = 0.0
    reorder: float = 0.0

    def __post_init__(self) -> None:
        shares = dataclasses.astuple(self)
        if min(shares) < 0 or sum(shares) > 0.9:
            raise ClientError("faults", shares, "shares from 0 that are 0.9 at most together")


class FaultyNetwork(requests.adapters.HTTPAdapter):
    """The way to the door; of one device.

    Attributes:
      counts: what happened to posts: `sent lost_before lost_after repeated late`.
    """

    def __init__(self, faults: NetworkFaults, seed: int):
        super().__init__()
        self._faults, self._chance = faults, random.Random(seed)
        self._late: tuple[requests.PreparedRequest, dict[str, Any]] | None = None
        self.counts: collections.Counter[str] = collections.Counter()

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        """Sends a post, or does to it what the chance says."""
        self.counts["sent"] += 1
        faults, draw = self._faults, self._chance.random()
        if draw < faults.loss / 2:
            self.counts["lost_before"] += 1
            raise requests.ConnectTimeout("the post was lost")
        draw -= faults.loss / 2
        if draw < faults.reorder and self._late is None:
            self.counts["late"] += 1
            self._late = request.copy(), options
            raise requests.ReadTimeout("the post is on its way")
        draw -= faults.reorder
        answer = super().send(request, *args, **options)
        self._deliver_late()
        if 0 <= draw < faults.loss / 2:
            self.counts["lost_after"] += 1
            answer.close()
            raise requests.ReadTimeout("the answer was lost")
        draw -= faults.loss / 2
        if 0 <= draw < faults.duplicates:
            self.counts["repeated"] += 1
            answer.close()
            answer = super().send(request.copy(), *args, **options)
        return answer

    def close(self) -> None:
        """What is still on its way arrives."""
        self._deliver_late()
        super().close()

    def _deliver_late(self) -> None:
        if self._late is None:
            return
        (request, options), self._late = self._late, None
        try:
            super().send(request, **options).close()
        except requests.RequestException:
            self.counts["lost_before"] += 1
