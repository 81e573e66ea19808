"""OpenAPI 3.0 schemas as JSON Schema 2020-12, closed: a field that the document does not name is refused.

What 3.0 says otherwise than JSON Schema does (https://spec.openapis.org/oas/v3.0.3#schema-object): ``nullable`` adds
null to a type, what stands beside a ``$ref`` is ignored, and ``type`` is one word.
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Schema: TypeAlias = dict[str, Json]

_COMPONENTS = "#/components/schemas/"
_DEFINITIONS = "#/$defs/"
# Keywords that JSON Schema knows by the same name and meaning; the others describe, or serve generators.
_KEPT = ("required", "pattern", "format", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems",
         "minProperties", "maxProperties", "uniqueItems", "multipleOf")  # fmt: skip
_IN_PLACE = ("allOf", "anyOf", "oneOf")
_SPEAKS_OF_FIELDS = ("properties", "$ref", *_IN_PLACE)


def bundled(schema: Json, components: Mapping[str, Json]) -> Schema:
    """A closed schema together with the components that it reaches, so that it stands alone."""
    whole = closed(schema)
    definitions: dict[str, Json] = {}
    waiting = set(_references(whole))
    while waiting:
        name = waiting.pop()
        definitions[name] = translated = in_place(components[name])
        waiting |= set(_references(translated)) - definitions.keys()
    return {**whole, "$defs": definitions}


def closed(schema: Json) -> Schema:
    """A schema that stands for one whole value: of an object no field may be left over."""
    whole = in_place(schema)
    if isinstance(schema, dict) and any(word in schema for word in _SPEAKS_OF_FIELDS):
        whole["unevaluatedProperties"] = False
    return whole


def in_place(schema: Json) -> Schema:
    """A schema that speaks of a value together with others (a branch of ``allOf``, a component): left open."""
    if not isinstance(schema, dict):
        return {}
    if "$ref" in schema:
        return {"$ref": str(schema["$ref"]).replace(_COMPONENTS, _DEFINITIONS)}
    nullable = schema.get("nullable") is True
    found: Schema = {word: schema[word] for word in _KEPT if word in schema}
    if "type" in schema:
        found["type"] = [schema["type"], "null"] if nullable else schema["type"]
    if isinstance(values := schema.get("enum"), list):
        found["enum"] = [*values, None] if nullable and None not in values else values
    found |= _inner(schema)
    return {"anyOf": [{"type": "null"}, found]} if nullable and "type" not in schema else found


def _inner(schema: Schema) -> Schema:
    inner: Schema = {}
    if isinstance(properties := schema.get("properties"), dict):
        inner["properties"] = {name: closed(value) for name, value in properties.items()}
    if "items" in schema:
        inner["items"] = closed(schema["items"])
    if "not" in schema:
        inner["not"] = in_place(schema["not"])
    for word, asked in (("allOf", "allOf"), ("anyOf", "anyOf"), ("oneOf", "anyOf")):
        # GitHub's alternatives overlap (two shapes of an error, one a part of the other): one that fits is enough.
        if isinstance(branches := schema.get(word), list):
            inner[asked] = [in_place(branch) for branch in branches]
    extra = schema.get("additionalProperties")
    if extra is not None:
        inner["additionalProperties"] = extra if isinstance(extra, bool) else closed(extra)
    elif _is_silent(schema):
        inner["additionalProperties"] = True
    return inner


def _is_silent(schema: Schema) -> bool:
    """An object of which the document says nothing more: any field goes."""
    told = any(word in schema for word in ("required", "enum", *_SPEAKS_OF_FIELDS))
    return not told and schema.get("type", "object") == "object"


def _references(translated: Json) -> Iterator[str]:
    if isinstance(translated, dict):
        reference = translated.get("$ref")
        if isinstance(reference, str):
            yield reference.removeprefix(_DEFINITIONS)
        for value in translated.values():
            yield from _references(value)
    elif isinstance(translated, list):
        for value in translated:
            yield from _references(value)
