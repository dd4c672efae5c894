"""That the OpenAPI document says what the functions do; every test of an office checks it too."""

from __future__ import annotations

import ast
import gzip
import json
import re
from pathlib import Path

import flask
import pytest

from functions.refusals import _STATUS_AND_CODE
from functions.routing import MAX_BODY_BYTES, Api
from schemas.errors import SchemaError
from schemas.http_api import OPERATIONS, operations_of
from schemas.http_shapes import SHAPES
from schemas.json_shapes import KEYWORDS, REF_PREFIX
from schemas.openapi import openapi_document, problems_of
from tests.functions.documented import code_of
from tests.functions.offices import SESSIONS, problem

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = openapi_document("1.2.3")
OF_ALL_PATHS = {(404, "not-found"), (405, "method-not-allowed"), (500, "internal")}


def raised_in(folder):
    """Every (status, code) that a file of the folder names in `ProblemError(status, "code"`."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ProblemError":
                status, code = (getattr(argument, "value", None) for argument in node.args[:2])
                if isinstance(status, int) and isinstance(code, str):
                    yield status, code


def documented(function):
    return {
        (status, code)
        for operation in operations_of(function)
        for status, meaning in problems_of(operation).items()
        for code in re.findall(r"[a-z]+(?:-[a-z]+)*", meaning)
    }


@pytest.mark.parametrize("function", ["enrolment", "sessions", "telemetry"])
def test_every_refusal_in_the_code_is_in_the_document(function):
    raised = set(raised_in(ROOT / "functions" / function))
    assert raised - documented(function) - OF_ALL_PATHS == set()


def test_the_search_for_refusals_finds_some():
    assert len(set(raised_in(ROOT / "functions"))) > 8


def test_every_refusal_of_the_registry_is_in_the_document():
    known = documented("enrolment") | documented("sessions")
    assert set(_STATUS_AND_CODE.values()) <= known


def references(found):
    if isinstance(found, dict):
        if "$ref" in found:
            yield found["$ref"].removeprefix(REF_PREFIX)
        for value in found.values():
            yield from references(value)
    elif isinstance(found, list):
        for value in found:
            yield from references(value)


def test_every_shape_is_used_and_every_reference_leads_to_one():
    assert set(references(DOCUMENT)) == set(SHAPES)


def keywords(shape):
    yield from shape
    inner = [shape["items"]] if "items" in shape else []
    for one in (*shape.get("properties", {}).values(), *inner):
        yield from keywords(one)


@pytest.mark.parametrize("name", SHAPES)
def test_the_checker_understands_every_keyword_of_every_shape(name):
    assert set(keywords(SHAPES[name])) <= KEYWORDS


def test_the_document_has_every_operation_once_and_names_its_parameters():
    found = [
        operation["operationId"]
        for path in DOCUMENT["paths"].values()
        for operation in path.values()
    ]
    assert sorted(found) == sorted({operation.name for operation in OPERATIONS})
    for path, methods in DOCUMENT["paths"].items():
        for operation in methods.values():
            in_path = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert in_path == set(re.findall(r"\{(\w+)\}", path))
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT


def test_a_function_that_serves_less_than_its_operations_does_not_start():
    with pytest.raises(SchemaError):
        Api("sessions", {"open_session": lambda call: {}})


def test_a_health_check_needs_no_token(office):
    for path in ("/healthz", "/health"):
        assert office.client.get(path).json == {"status": "ok"}


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/claims/", "/v2/claims", "/v1/claims/x", "//v1/claims"]
)
def test_a_path_that_is_not_there_is_not_found(office, path):
    assert office.client.post(path, json={}).status_code in (404, 405)


def test_another_method_is_refused_with_those_that_serve(office):
    answer = office.call("PUT", "/v1/claims", {})
    assert problem(answer) == (405, "method-not-allowed")
    assert answer.headers["Allow"] == "POST"


JSON_BOMBS = {
    "deep": b"[" * 60_000,
    "deep objects": b'{"tenant":' * 6_000,
    "a huge number": b'{"tenant":' + b"9" * 50_000 + b"}",
    "many members": b"{" + b",".join(b'"%d":0' % n for n in range(6000)) + b"}",
    "twice": b'{"tenant":"clinic01","tenant":"clinic02"}',
    "NaN": b'{"tenant":NaN}',
    "Infinity": b"-Infinity",
    "not UTF-8": b'{"tenant":"\xff\xfe"}',
    "half": b'{"tenant":',
    "a surrogate": b'{"tenant":"\\ud800"}',
    "nothing": b"",
}


@pytest.mark.parametrize("bomb", JSON_BOMBS)
def test_json_that_bursts_or_means_two_things_is_refused(office, bomb):
    headers = {"Content-Type": "application/json"}
    answer = office.call("POST", "/v1/claims", JSON_BOMBS[bomb], office.operator, **headers)
    assert answer.status_code == 400


def test_a_body_of_another_type_is_refused(office):
    answer = office.call("POST", "/v1/claims", b"tenant=clinic01", office.operator)
    assert problem(answer) == (415, "unsupported-media-type")


def test_the_bound_on_a_body_holds_for_what_gzip_makes_of_it(office):
    bomb = gzip.compress(b" " * (MAX_BODY_BYTES + 1))
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = office.call("POST", "/v1/claims", bomb, office.operator, **headers)
    assert problem(answer) == (413, "body-too-large")


def test_a_fault_of_ours_says_nothing_of_what_was_sent(office, caplog):
    handlers = {operation.name: broken for operation in operations_of("sessions")}
    app = flask.Flask("broken")
    with app.test_request_context(SESSIONS, method="GET"):
        answer = Api("sessions", handlers).answer(flask.request)
    assert (answer.status_code, code_of(json.loads(answer.data))) == (500, "internal")
    assert "secret" not in answer.get_data(as_text=True) + caplog.text


def broken(call):
    raise KeyError("secret of a person")
