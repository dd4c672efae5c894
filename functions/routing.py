"""Requests of the HTTP API to what serves them: found, held against their schema, answered."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import flask
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from functions.bodies import BoundedBody, media_type, read_file
from functions.logs import where_raised
from functions.problems import ProblemError
from functions.refusals import KNOWN_REFUSALS, problem_of
from schemas.errors import SchemaError
from schemas.http_api import HEALTH_PATH, Operation, operations_of
from schemas.http_shapes import SHAPES
from schemas.json_shapes import check_shape

_LOG = logging.getLogger(__name__)

MAX_BODY_BYTES = 64 * 1024
_PIECE_BYTES = 16 * 1024
_JSON = "application/json"


@dataclasses.dataclass(frozen=True)
class Call:
    """One request, as a handler sees it.

    Args:
      parameters: of the path, as they were sent: nobody has checked them.
      headers: by their names in lower case.
      body: of JSON's types, of the operation's schema; None where it has none.
    """

    operation: Operation
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


Handler = Callable[[Call], dict[str, Any]]
"""What answers an operation: the members of its answer, or a problem, raised."""


class Api:
    """The operations of one function.

    Args:
      function: whose operations they are.
      handlers: by the name of the operation: one for each, and no other.
    """

    def __init__(self, function: str, handlers: Mapping[str, Handler]):
        self._operations = {operation.name: operation for operation in operations_of(function)}
        if set(handlers) != set(self._operations):
            raise SchemaError("handlers", sorted(handlers), str(sorted(self._operations)))
        self._handlers = handlers
        self._map = Map(
            [rule for operation in self._operations.values() for rule in _rules(operation)],
            merge_slashes=False,
        )

    def answer(self, request: flask.Request) -> flask.Response:
        """The answer, whatever happens."""
        try:
            operation, parameters = self._find(request)
            call = Call(
                operation,
                parameters,
                query=request.args,
                headers={name.lower(): value for name, value in request.headers},
                body=_body(request, operation),
            )
            members = self._handlers[operation.name](call)
        except ProblemError as problem:
            return _problem(problem)
        except KNOWN_REFUSALS as error:
            return _problem(problem_of(error))
        except Exception as error:
            # Its message may quote what was sent, so it is not written.
            _LOG.error("a request was not served", extra={"fields": {"error": where_raised(error)}})
            return _problem(ProblemError(500, "internal", "this is our fault; try again later"))
        body = b"" if operation.status == 204 else json.dumps(members).encode()
        headers = {"cache-control": "no-store", "content-type": _JSON}
        return flask.Response(body, operation.status, headers)

    def _find(self, request: flask.Request) -> tuple[Operation, Mapping[str, str]]:
        adapter = self._map.bind("", default_method=request.method)
        try:
            name, parameters = adapter.match(request.path)
        except NotFound:
            raise ProblemError(404, "not-found", "there is nothing at this path") from None
        except MethodNotAllowed as error:
            allowed = ", ".join(sorted(set(error.valid_methods or ()) - {"HEAD", "OPTIONS"}))
            detail = f"method is {request.method[:20]}; expected {allowed}"
            raise ProblemError(405, "method-not-allowed", detail, more={"allow": allowed}) from None
        return self._operations[name], parameters


def _rules(operation: Operation) -> list[Rule]:
    paths = [operation.path.replace("{", "<").replace("}", ">")]
    if operation.path == HEALTH_PATH:
        paths.append("/health")  # Google's front end keeps some paths that end in z
    return [Rule(path, endpoint=operation.name, methods=[operation.method]) for path in paths]


def _body(request: flask.Request, operation: Operation) -> Any:
    body = BoundedBody(
        MAX_BODY_BYTES,
        request.headers.get("Content-Length"),
        request.headers.get("Content-Encoding"),
    )
    raw = read_file(body, iter(lambda: request.stream.read(_PIECE_BYTES), b""))
    if not operation.body:
        return None
    found: Any = {}
    if raw or SHAPES[operation.body].get("required"):
        sent = media_type(request.headers.get("Content-Type"))
        if sent != _JSON:
            detail = f"content-type is {sent[:40]!r}; expected {_JSON}"
            raise ProblemError(415, "unsupported-media-type", detail, field="content-type")
        found = _parsed(raw)
    check_shape(found, SHAPES[operation.body], SHAPES)
    return found


def _parsed(raw: bytes) -> Any:
    """JSON of which every member counts: a name that comes twice would mean two things."""
    try:
        return json.loads(raw, object_pairs_hook=_once, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        detail = "the body is not JSON in UTF-8, or names a member twice, or nests too deep"
        raise ProblemError(400, "malformed-body", detail) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _problem(problem: ProblemError) -> flask.Response:
    headers = problem.headers()
    if allowed := problem.more.get("allow"):
        headers["allow"] = allowed
    return flask.Response(problem.to_json(), problem.status, headers)
