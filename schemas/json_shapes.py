"""JSON held against the part of JSON Schema that our OpenAPI document uses.

The published schema is what refuses a request, so the two cannot drift apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from schemas.errors import SchemaError

Shape = Mapping[str, Any]
REF_PREFIX = "#/components/schemas/"
MAX_ECHO = 40  # characters of what a stranger sent that an error repeats

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
KEYWORDS = {
    "type", "properties", "required", "additionalProperties", "items", "minItems", "maxItems",
    "enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "$ref",
    "description", "examples", "format",
}  # fmt: skip
"""What `check_shape` understands; the last three only describe, patterns match the whole text."""


def check_shape(found: object, shape: Shape, shapes: Mapping[str, Shape], field: str = "") -> None:
    """Refuses what has not the shape.

    Args:
      found: what `json.loads` returned.
      shapes: by name, for `$ref`.
      field: the name of what is checked, `""` for the whole.

    Raises:
      SchemaError: names the first field that is wrong, for instance `requirements.streams.0`.
    """
    if "$ref" in shape:
        check_shape(found, shapes[shape["$ref"].removeprefix(REF_PREFIX)], shapes, field)
        return
    _check_type(found, shape, field)
    if "enum" in shape and found not in shape["enum"]:
        raise _wrong(field, found, "one of " + ", ".join(map(str, shape["enum"])))
    if isinstance(found, str):
        _check_text(found, shape, field)
    elif isinstance(found, dict):
        _check_object(found, shape, shapes, field)
    elif isinstance(found, list):
        _check_list(found, shape, shapes, field)
    elif isinstance(found, int | float) and not isinstance(found, bool):
        _check_number(found, shape, field)


def _check_type(found: object, shape: Shape, field: str) -> None:
    names = shape.get("type", [])
    names = [names] if isinstance(names, str) else names
    if not names:
        return
    wanted = {kind for name in names for kind in _TYPES[name]}
    if type(found) not in wanted:  # not isinstance: True is no integer
        raise _wrong(field, found, " or ".join(names))


def _check_text(found: str, shape: Shape, field: str) -> None:
    low, high = shape.get("minLength", 0), shape.get("maxLength")
    if len(found) < low or (high is not None and len(found) > high):
        raise _wrong(field, found, f"{low} to {high} characters")
    if "pattern" in shape:
        whole = shape["pattern"].removeprefix("^").removesuffix("$")
        if not re.fullmatch(whole, found):  # Python's $ lets a line break follow
            raise _wrong(field, found, f"text that matches {shape['pattern']}")


def _check_object(
    found: dict[str, Any], shape: Shape, shapes: Mapping[str, Shape], field: str
) -> None:
    properties = shape.get("properties", {})
    for name in shape.get("required", ()):
        if name not in found:
            raise SchemaError(_join(field, name), "absent", "to be there")
    if shape.get("additionalProperties") is False:
        for name in found:
            if name not in properties:
                expected = "nothing but " + ", ".join(properties)
                raise SchemaError(field or "body", name[:MAX_ECHO], expected)
    for name, value in found.items():
        if name in properties:
            check_shape(value, properties[name], shapes, _join(field, name))


def _check_list(found: list[Any], shape: Shape, shapes: Mapping[str, Shape], field: str) -> None:
    low, high = shape.get("minItems", 0), shape.get("maxItems")
    if len(found) < low or (high is not None and len(found) > high):
        raise SchemaError(field or "body", f"{len(found)} items", f"{low} to {high} of them")
    if "items" in shape:
        for number, item in enumerate(found):
            check_shape(item, shape["items"], shapes, _join(field, str(number)))


def _check_number(found: float, shape: Shape, field: str) -> None:
    low, high = shape.get("minimum"), shape.get("maximum")
    # Written so that NaN, which Python's JSON takes, is refused.
    if (low is not None and not found >= low) or (high is not None and not found <= high):
        raise _wrong(field, found, f"{low} to {high}")


def _join(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name


def _wrong(field: str, found: object, expected: str) -> SchemaError:
    if isinstance(found, dict | list):
        shown: object = "an object" if isinstance(found, dict) else "a list"
    else:
        shown = found[:MAX_ECHO] if isinstance(found, str) else found
    if isinstance(shown, int) and abs(shown) > 10**18:
        shown = "a huge number"
    return SchemaError(field or "body", shown, expected)
