"""HTTP around the door: paths, methods, statuses, and one line of log where one is due."""

from __future__ import annotations

import asyncio
import collections
import json
import logging
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from functions.problems import ProblemError
from functions.telemetry.door import Door
from functions.telemetry.traces import trace_id, traceparent_of
from schemas.traces import Span
from schemas.verdicts import PostAnswer, Reason

_LOG = logging.getLogger(__name__)

POST_PATHS = ("/v1/telemetry", "/")  # a function's own address has no path
LIVE_PATHS = ("/healthz", "/health")  # Google's front end keeps some paths that end in z
READY_PATH = "/health/ready"
_SUMMARY_S = 10.0


async def answer(request: Request, opened: asyncio.Future[Door]) -> Response:
    """Whatever is asked: a documented status."""
    # Once, for each look at Starlette's headers goes through all of them.
    headers = {name.decode("latin-1"): text.decode("latin-1") for name, text in request.headers.raw}
    traceparent = traceparent_of(headers.get("traceparent"))
    try:
        if request.scope["path"] in (*LIVE_PATHS, READY_PATH):
            return _health(request, opened)
        _check_place(request)
        door = await _through(opened)
        with Span("take a post", traceparent) as inside:
            posted = await door.post(request, headers, inside)
        return _told(posted, door, traceparent)
    except ProblemError as problem:
        found = problem
    except Exception as error:  # its message may quote what was posted: it goes nowhere
        _LOG.critical("not handled", exc_info=error)
        found = ProblemError(500, "internal", "an error of ours; send the whole post again")
    _SUMMARY.count(found.status, {})
    _log_refused(found.status, traceparent, {"code": found.code})
    return Response(found.to_json(), found.status, found.headers())


async def _through(opened: asyncio.Future[Door]) -> Door:
    try:
        return await asyncio.shield(opened)
    except Exception as error:
        _LOG.critical("the door does not open", exc_info=error)
        detail = "the function cannot start; whoever runs it finds why in its log"
        raise ProblemError(503, "unavailable", detail, retry_after_s=10) from None


def _check_place(request: Request) -> None:
    if request.scope["path"] not in POST_PATHS:
        raise ProblemError(404, "not-found", "expected POST /v1/telemetry")
    if request.method != "POST":
        raise ProblemError(405, "method-not-allowed", f"{request.method}; expected POST")


def _health(request: Request, opened: asyncio.Future[Door]) -> Response:
    """Live: it can serve, started and all. Ready: a post would likely be accepted, too."""
    started = opened.done() and not opened.cancelled() and opened.exception() is None
    ready = started and opened.result().is_ready
    healthy = ready if request.scope["path"] == READY_PATH else started
    fields = {"status": "ok" if healthy else "unavailable", "started": started, "ready": ready}
    return _json(fields, 200 if healthy else 503)


def _told(posted: PostAnswer, door: Door, traceparent: str) -> Response:
    reasons = collections.Counter(one.reason for one in posted.verdicts if not one.accepted)
    n_packets = len(posted.verdicts)
    if Reason.UNAVAILABLE not in reasons:
        _SUMMARY.count(202, reasons, n_packets)
        if reasons:
            _log_refused(202, traceparent, {"packets": n_packets, "refused": dict(reasons)})
        return _json(posted.to_fields(), 202)
    n_again = reasons[Reason.UNAVAILABLE]
    detail = f"{n_again} of {n_packets} packets were not taken: send those marked unavailable again"
    problem = ProblemError(
        503, "unavailable", detail, retry_after_s=door.retry_after_s, more=posted.to_fields()
    )
    _SUMMARY.count(503, reasons, n_packets)
    _log_refused(503, traceparent, {"packets": n_packets, "refused": dict(reasons)})
    return Response(problem.to_json(), problem.status, problem.headers())


def _json(fields: dict[str, Any], status: int) -> Response:
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return Response(json.dumps(fields), status, headers)


def _log_refused(status: int, traceparent: str, fields: dict[str, Any]) -> None:
    level = logging.INFO if status < 500 else logging.WARNING
    told = {"status": status, "trace_id": trace_id(traceparent), **fields}
    _LOG.log(level, "post not wholly accepted", extra={"fields": told})


class _Summary:
    """Counts of posts and packets, in the log every so often rather than for each."""

    def __init__(self) -> None:
        self._began, self._n_packets = time.monotonic(), 0
        self._statuses: collections.Counter[int] = collections.Counter()
        self._reasons: collections.Counter[str] = collections.Counter()

    def count(self, status: int, reasons: dict[str, int], n_packets: int = 0) -> None:
        """One post."""
        self._statuses[status] += 1
        self._reasons.update(reasons)
        self._n_packets += n_packets
        lasted_s = time.monotonic() - self._began
        if lasted_s >= _SUMMARY_S:
            fields: dict[str, Any] = {
                "seconds": round(lasted_s, 1),
                "posts": {str(status): count for status, count in self._statuses.items()},
                "packets": self._n_packets,
                "refused": dict(self._reasons),
            }
            self.__init__()  # type: ignore[misc]
            _LOG.info("posts", extra={"fields": fields})
            for reason, count in fields["refused"].items():  # a line each, to be summed
                one = {"reason": str(reason), "count": count}
                _LOG.info("packets refused", extra={"fields": one})


_SUMMARY = _Summary()
