"""The operations and the JSON of the HTTP API as Markdown."""

from __future__ import annotations

from typing import Any

from docs.markdown import code, table
from schemas.http_api import OPERATIONS, Caller
from schemas.http_shapes import SHAPES
from schemas.json_shapes import REF_PREFIX
from schemas.openapi import problems_of

_TOKENS = {
    Caller.NOBODY: "none",
    Caller.DEVICE: "device",
    Caller.OPERATOR: "operator",
    Caller.EITHER: "device or operator",
}


def operations() -> str:
    """Every operation, its caller, what goes in and what comes out."""
    rows = []
    for operation in {one.name: one for one in OPERATIONS}.values():
        answer = f"{operation.status} {code(operation.answer) if operation.answer else ''}".strip()
        rows.append(
            (
                code(f"{operation.method} {operation.path}"),
                _TOKENS[operation.caller],
                code(operation.body) if operation.body else "",
                answer,
                operation.summary,
            )
        )
    return table(("operation", "token", "body", "answer", "what it does"), rows)


def refusals() -> str:
    """What each operation may refuse with, besides what all may."""
    rows = []
    for operation in {one.name: one for one in OPERATIONS}.values():
        own = dict(operation.problems)
        for status in sorted(set(problems_of(operation)) & set(own)):
            where = code(f"{operation.method} {operation.path}")
            rows.append((where, str(status), own[status]))
    return table(("operation", "status", "code: meaning"), rows)


def shapes() -> str:
    """The members of every JSON object."""
    rows = [row for name in SHAPES for row in _members(name)]
    return table(("object", "member", "type", "what it is"), rows)


def _members(name: str) -> list[tuple[str, str, str, str]]:
    shape = SHAPES[name]
    required = shape.get("required", ())
    return [
        (
            code(name),
            code(member) + ("" if member in required else " (optional)"),
            _type(one),
            one.get("description", ""),
        )
        for member, one in shape.get("properties", {}).items()
    ]


def _type(shape: dict[str, Any]) -> str:
    if "$ref" in shape:
        return code(shape["$ref"].removeprefix(REF_PREFIX))
    kind = shape.get("type", "object")
    if kind == "array":
        return f"list of {_type(shape['items'])}"
    if kind == "object":
        members = shape.get("properties", {})
        return "object" + (f" of {', '.join(map(code, members))}" if members else "")
    name = " or ".join(kind) if isinstance(kind, list) else kind
    if "enum" in shape:
        return ", ".join(map(code, shape["enum"]))
    return f"{name}, {code(shape['pattern'])}" if "pattern" in shape else name
