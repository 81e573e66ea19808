"""What OpenAPI 3.0 says otherwise than JSON Schema does."""

import pytest
from jsonschema_rs import Draft202012Validator

from tests.openapi.schema import Json, bundled

PERSON: dict[str, Json] = {"type": "object", "properties": {"login": {"type": "string"}}, "required": ["login"]}
COMPONENTS: dict[str, Json] = {
    "person": PERSON,
    "nobody": {**PERSON, "nullable": True},
    "loop": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/loop"}}},
}
PERSON_REF: Json = {"$ref": "#/components/schemas/person"}


def holds(schema: Json, value: Json) -> bool:
    return Draft202012Validator(bundled(schema, COMPONENTS)).is_valid(value)


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"type": "string"}, None, False),
        ({"type": "string", "nullable": True}, None, True),
        ({"type": "string", "nullable": True}, 1, False),
        ({"type": "string", "enum": ["a"], "nullable": True}, None, True),
        ({"type": "string", "enum": ["a"], "nullable": True}, "b", False),
        ({"type": "string", "enum": ["a", None], "nullable": True}, None, True),
        ({"allOf": [PERSON_REF], "nullable": True}, None, True),
        ({"allOf": [PERSON_REF], "nullable": True}, {}, False),
        ({"$ref": "#/components/schemas/nobody"}, None, True),
        (PERSON_REF, None, False),
        # What stands beside a reference is ignored.
        ({"$ref": "#/components/schemas/person", "nullable": True}, None, False),
    ],
)
def test_null_is_a_value_only_where_the_schema_says_so(schema: Json, value: Json, expected: bool) -> None:
    assert holds(schema, value) is expected


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        (PERSON, {"login": "a", "age": 1}, False),
        (PERSON_REF, {"login": "a", "age": 1}, False),
        ({"type": "array", "items": PERSON_REF}, [{"login": "a", "age": 1}], False),
        ({"type": "object", "properties": {"who": PERSON_REF}}, {"who": {"login": "a", "age": 1}}, False),
        # Together two schemas name more fields than each alone.
        ({"allOf": [PERSON_REF, {"properties": {"age": {"type": "integer"}}}]}, {"login": "a", "age": 1}, True),
        ({"allOf": [PERSON_REF, {"properties": {"age": {"type": "integer"}}}]}, {"login": "a", "size": 1}, False),
        ({"anyOf": [PERSON_REF, {"properties": {"age": {}}, "required": ["age"]}]}, {"age": 1, "login": 7}, False),
        ({"oneOf": [PERSON_REF, {"type": "string"}]}, "a", True),
        ({"oneOf": [PERSON_REF, {"type": "string"}]}, 7, False),
        ({"oneOf": [PERSON_REF, {"properties": {"login": {}, "age": {}}}]}, {"login": "a"}, True),
        # An object of which nothing is said may hold anything.
        ({"type": "object"}, {"any": 1}, True),
        ({"type": "object", "additionalProperties": {"type": "string"}}, {"any": "a"}, True),
        ({"type": "object", "additionalProperties": {"type": "string"}}, {"any": 1}, False),
        ({"type": "object", "properties": {"a": {}}, "additionalProperties": True}, {"b": 1}, True),
        ({}, {"any": 1}, True),
    ],
)
def test_a_field_that_nothing_names_is_refused(schema: Json, value: Json, expected: bool) -> None:
    assert holds(schema, value) is expected


def test_a_component_that_names_itself_is_followed_as_deep_as_the_value_goes() -> None:
    loop: Json = {"$ref": "#/components/schemas/loop"}
    assert holds(loop, {"next": {"next": {}}})
    assert not holds(loop, {"next": {"next": {"last": 1}}})


def test_an_example_is_no_schema() -> None:
    schema: Json = {"type": "object", "example": {"$ref": "#/components/examples/none"}, "properties": {"a": {}}}
    assert holds(schema, {"a": 1})
