"""Beam's runner for tests, made fit for a minute of eight devices on this machine.

It has one thread, so whatever that waits for, everything waits for. It is made to take all that
waits at once; and what it does again for every bundle is done once. None of this changes what a
bundle computes, as the tests of the live run show; Dataflow does none of it.
"""

from __future__ import annotations

import threading
import types
import weakref
from typing import Any

from apache_beam.internal import pickler
from apache_beam.runners.direct import transform_evaluator
from apache_beam.transforms import core, userstate
from apache_beam.utils.shared import Shared

_IDLE_S = 0.005
"""Without a message: the processor is left to others."""
_MOST_MESSAGES = 200
"""Of one pull; the runner asks for ten, and what a bundle costs, it costs for ten or for many."""


class PromptSubscriber:
    """A subscriber client as the runner uses it, whose pull returns at once.

    Google's waits for a message, up to 30 s, while bundles wait and timers are due. A pull brings
    whatever waits, not the ten messages that the runner asks for.

    Args:
      client: Google's.
    """

    def __init__(self, client: Any):
        self._client, self._never = client, threading.Event()

    def pull(self, *, subscription: str, max_messages: int, timeout: float) -> Any:
        """What waits, be it nothing."""
        request = {
            "subscription": subscription,
            "max_messages": max(max_messages, _MOST_MESSAGES),
            "return_immediately": True,
        }
        response = self._client.pull(request=request, timeout=timeout)
        if not response.received_messages:
            self._never.wait(_IDLE_S)
        return response

    def acknowledge(self, *, subscription: str, ack_ids: list[str]) -> None:
        """As Google's."""
        self._client.acknowledge(subscription=subscription, ack_ids=ack_ids)


def make_prompt() -> None:
    """Changes classes of Beam in this process, for good."""
    _never_wait_for_messages()
    _keep_what_is_shared()
    _remember_signatures()
    _remember_states()
    _remember_pickles()


def _never_wait_for_messages() -> None:
    evaluator: Any = transform_evaluator._PubSubReadEvaluator
    original = evaluator._get_subscriber_client

    def prompt(transform: Any) -> PromptSubscriber:
        return PromptSubscriber(original(transform))

    evaluator._get_subscriber_client = staticmethod(prompt)


def _keep_what_is_shared() -> None:
    """Connections and live engines: between bundles no DoFn is left that would keep them."""
    kept: dict[str, Any] = {}
    shared: Any = Shared
    original = shared.acquire

    def acquire(self: Any, *arguments: Any, **named: Any) -> Any:
        kept[self._key] = found = original(self, *arguments, **named)
        return found

    shared.acquire = acquire


def _remember_signatures() -> None:
    """Of the methods of DoFns: they take longer to inspect than to run."""
    known: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()
    module: Any = core
    original = module.get_signature

    def remembered(function: Any) -> Any:
        if not isinstance(function, types.MethodType):
            return original(function)
        if function.__func__ not in known:
            known[function.__func__] = original(function)
        return known[function.__func__]

    module.get_signature = remembered


def _remember_states() -> None:
    """Which state a DoFn has follows from its class: functions that are mapped have none here."""
    known: dict[type, Any] = {}
    original = userstate.get_dofn_specs

    def remembered(dofn: Any) -> Any:
        if type(dofn) not in known:
            known[type(dofn)] = original(dofn)
        return known[type(dofn)]

    modules: tuple[Any, ...] = (userstate, transform_evaluator)
    for module in modules:
        module.get_dofn_specs = remembered


def _remember_pickles() -> None:
    """Of DoFns: each bundle gets a copy, and the one that is copied never changes."""
    known: dict[int, tuple[Any, bytes]] = {}

    def copied(dofn: Any) -> Any:
        if id(dofn) not in known:
            known[id(dofn)] = dofn, pickler.dumps(dofn)  # kept, so that no other has its id
        return pickler.loads(known[id(dofn)][1])

    evaluator: Any = transform_evaluator
    evaluator.pickler.roundtrip = copied
