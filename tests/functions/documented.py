"""An answer held against what the OpenAPI document says of its operation."""

from __future__ import annotations

import json
import re
from typing import Any

from schemas.http_api import OPERATIONS, Operation
from schemas.http_shapes import SHAPES
from schemas.json_shapes import check_shape
from schemas.openapi import PROBLEM_TYPE, openapi_document

DOCUMENT = openapi_document("test")
_NO_OPERATION = {404: "not-found", 405: "method-not-allowed"}


def operation_of(method: str, path: str) -> Operation | None:
    """The operation that a request is for."""
    plain = path.partition("?")[0]
    for operation in OPERATIONS:
        pattern = re.sub(r"\{\w+\}", "[^/]+", operation.path)
        if operation.method == method and re.fullmatch(pattern, plain):
            return operation
    return None


def assert_as_documented(
    method: str, path: str, status: int, content_type: str | None, body: bytes
) -> None:
    """Fails for a status, a code or a body that the document does not promise."""
    operation = operation_of(method, path)
    if operation is None:
        assert code_of(json.loads(body)) == _NO_OPERATION[status]
        return
    documented = DOCUMENT["paths"][operation.path][method.lower()]["responses"]
    assert str(status) in documented, f"{operation.name} answered {status}"
    promised = documented[str(status)]
    if "content" not in promised:
        assert body == b""
        return
    ((kind, content),) = promised["content"].items()
    assert content_type == kind
    found: Any = json.loads(body)
    check_shape(found, content["schema"], SHAPES)
    if kind == PROBLEM_TYPE:
        assert code_of(found) in re.findall(r"[a-z][a-z-]+", promised["description"])


def code_of(problem: dict[str, Any]) -> str:
    """The stable end of a problem's type."""
    return str(problem["type"]).rpartition(":")[2]
