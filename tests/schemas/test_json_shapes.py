from __future__ import annotations

import pytest

from schemas.errors import SchemaError
from schemas.json_shapes import check_shape

SHAPES = {"Name": {"type": "string", "minLength": 1, "maxLength": 3, "pattern": "^[a-z]+$"}}
SHAPE = {
    "type": "object",
    "properties": {
        "name": {"$ref": "#/components/schemas/Name"},
        "count": {"type": "integer", "minimum": 0, "maximum": 9},
        "rate": {"type": "number", "minimum": 1, "maximum": 2},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "maybe": {"type": ["string", "null"]},
        "items": {"type": "array", "items": {"type": "boolean"}, "maxItems": 2, "minItems": 1},
    },
    "required": ["name"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"count": 9},
        {"rate": 1.5},
        {"rate": 1},
        {"maybe": None},
        {"items": [True]},
        {"kind": "a"},
    ],
)
def test_what_has_the_shape_is_taken(more):
    check_shape({"name": "abc", **more}, SHAPE, SHAPES)


@pytest.mark.parametrize(
    ("found", "field"),
    [
        ([], "body"),
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "abcd"}, "name"),
        ({"name": "ab1"}, "name"),
        ({"name": "ab\n"}, "name"),
        ({"name": None}, "name"),
        ({"name": "a", "count": 10}, "count"),
        ({"name": "a", "count": True}, "count"),
        ({"name": "a", "count": 1.0}, "count"),
        ({"name": "a", "count": 10**400}, "count"),
        ({"name": "a", "rate": float("nan")}, "rate"),
        ({"name": "a", "kind": "c"}, "kind"),
        ({"name": "a", "maybe": 1}, "maybe"),
        ({"name": "a", "items": []}, "items"),
        ({"name": "a", "items": [True] * 3}, "items"),
        ({"name": "a", "items": [True, 1]}, "items.1"),
        ({"name": "a", "x" * 999: 1}, "body"),
    ],
)
def test_what_has_not_is_refused_by_its_field_and_shortly(found, field):
    with pytest.raises(SchemaError) as refusal:
        check_shape(found, SHAPE, SHAPES)
    assert refusal.value.field == field
    assert len(str(refusal.value)) < 250
