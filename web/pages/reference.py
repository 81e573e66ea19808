"""The OpenAPI document as people read it: each operation with what it takes, gives and needs, and how to ask it."""

import json
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]  # a part of the document: JSON, of which this module reads what openapi.py writes
_REF = "#/components/schemas/"
_WITH_TOKEN = '-H "Authorization: Bearer $CI_FIXER_TOKEN"'  # noqa: S105 - the name of a variable
_NO_BOUND = 2**31 - 1
"""A limit of the machine's, not of the matter."""
_PLAIN = {"integer": "whole number", "number": "number", "boolean": "true or false", "string": "text"}
_FORMATS = {"date-time": "moment, as 2026-01-31T12:00:00Z", "date": "day, as 2026-01-31"}


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a member of a body or an answer. `kind` is its type in words, `model` one to look up."""

    name: str
    where: str
    required: bool
    kind: str
    model: str | None
    about: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What may come back."""

    status: str
    about: str
    kinds: str
    model: str | None


@dataclass(frozen=True, slots=True)
class Described:
    """One operation."""

    name: str
    method: str
    path: str
    summary: str
    about: str
    needs: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answers: tuple[Answer, ...]
    curl: str


@dataclass(frozen=True, slots=True)
class Model:
    """A shape that answers and bodies are made of; without fields it is one of some words."""

    name: str
    about: str
    fields: tuple[Field, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """The whole page: operations by area, then the shapes by name."""

    areas: dict[str, tuple[Described, ...]]
    models: tuple[Model, ...]


def reference(document: Schema) -> Reference:
    """The page of a document."""
    schemas: Schema = document["components"]["schemas"]
    areas: dict[str, list[Described]] = {}
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            areas.setdefault(one["tags"][0], []).append(_described(method.upper(), path, one, schemas))
    models = tuple(_model(name, schema, schemas) for name, schema in sorted(schemas.items()))
    return Reference({area: tuple(found) for area, found in areas.items()}, models)


def _described(method: str, path: str, one: Schema, schemas: Schema) -> Described:
    body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return Described(
        name=one["operationId"],
        method=method,
        path=path,
        summary=one["summary"],
        about=one.get("description", ""),
        needs=_needs(method, one.get("security")),
        parameters=tuple(
            _field(parameter["name"], parameter["schema"], schemas, parameter["in"], parameter.get("required", False),
                   parameter.get("description", ""))
            for parameter in one.get("parameters", ())
        ),
        body=() if body is None else _fields(_resolved(body, schemas), schemas, "body"),
        answers=tuple(_answers(one["responses"])),
        curl=_curl(method, path, one, body, schemas),
    )  # fmt: skip


def _needs(method: str, security: Sequence[Schema] | None) -> str:
    if security is not None and not security:
        return "Nothing: anybody may ask."
    session = "a session" if method == "GET" else "a session with its X-CSRF-Token"
    if security is None:
        return f"A token of the scope read or decide, or {session}."
    return f"A token of the scope {security[0]['token'][0]}, or {session}."


def _answers(responses: Schema) -> Iterator[Answer]:
    for status, told in responses.items():
        content: Schema = told.get("content", {})
        model = next((_named(kind["schema"]) for kind in content.values()), None)
        yield Answer(status, told["description"], ", ".join(content), model)


def _model(name: str, schema: Schema, schemas: Schema) -> Model:
    return Model(name, schema.get("description", ""), _fields(schema, schemas, ""), tuple(schema.get("enum", ())))


def _fields(schema: Schema, schemas: Schema, where: str) -> tuple[Field, ...]:
    required = schema.get("required", ())
    return tuple(
        _field(name, one, schemas, where, name in required, one.get("description", ""))
        for name, one in schema.get("properties", {}).items()
    )


def _field(name: str, schema: Schema, schemas: Schema, where: str, required: bool, about: str) -> Field:
    default = schema.get("default")
    words = _kind(schema, schemas)
    if default is not None and not isinstance(default, dict | list):
        words += f"; without it {json.dumps(default)}"
    within = next((one["description"] for one in schema.get("anyOf", ()) if "description" in one), "")
    return Field(name, where, required, words, _named(schema), about or within)


def _kind(schema: Schema, schemas: Schema) -> str:
    """The type in words."""
    options = schema.get("anyOf")
    if options is not None:
        return " or ".join(_kind(one, schemas) for one in options)
    name = _named(schema)
    if name is not None and "items" not in schema:
        words = schemas[name].get("enum")
        return name if words is None else _one_of(words)
    if "enum" in schema:
        return _one_of(schema["enum"])
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        return f"list of {_kind(schema['items'], schemas)}"
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    return _PLAIN.get(kind, kind) + _bounds(schema)


def _one_of(words: Sequence[str]) -> str:
    return f"one of {', '.join(words)}"


def _bounds(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f", {low} to {high}" if high < _NO_BOUND else f", {low} or more"
    longest = schema.get("maxLength")
    return f", {longest} characters at most" if longest is not None else ""


def _named(schema: Schema) -> str | None:
    """The model that a schema refers to, itself or in a list or an option."""
    for one in (schema, schema.get("items", {}), *schema.get("anyOf", ())):
        reference = one.get("$ref")
        if reference is not None:
            return str(reference).removeprefix(_REF)
        if one is not schema and "items" in one:
            return _named(one["items"])
    return None


def _resolved(schema: Schema, schemas: Schema) -> Schema:
    name = schema.get("$ref")
    return schema if name is None else schemas[str(name).removeprefix(_REF)]


def _curl(method: str, path: str, one: Schema, body: Schema | None, schemas: Schema) -> str:
    """A line for a shell, with an example for each part that must be given."""
    for parameter in one.get("parameters", ()):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", _example_of_path(parameter["name"]))
    parts = ["curl"] + ([] if one.get("security") == [] else [_WITH_TOKEN])
    if method != "GET":
        parts.append(f"-X {method}")
    if body is not None:
        example = json.dumps(_example(_resolved(body, schemas), schemas))
        parts.append(f"-H 'Content-Type: application/json' -d {shlex.quote(example)}")
    return " ".join([*parts, f'"$CI_FIXER{path}"'])


def _example_of_path(name: str) -> str:
    return {"id": "12", "owner": "octo", "repo": "geo"}.get(name, name.upper())


def _example(schema: Schema, schemas: Schema) -> object:
    """Something of that schema: what must be given, or the first field of what may be."""
    found = _resolved(schema, schemas)
    if "examples" in found:
        return found["examples"][0]
    options = [one for one in found.get("anyOf", ()) if one.get("type") != "null"]
    if options:
        return _example(options[0], schemas)
    if "enum" in found:
        return found["enum"][0]
    if found.get("type") == "object":
        properties: Schema = found.get("properties", {})
        wanted = found.get("required") or list(properties)[:1]
        return {name: _example_of_field(name, properties[name], schemas) for name in wanted}
    if found.get("type") == "array":
        return [_example(found["items"], schemas)]
    return {"integer": 12, "number": 0.5, "boolean": True}.get(str(found.get("type")), "in your words")


def _example_of_field(name: str, schema: Schema, schemas: Schema) -> object:
    known = {"clarification_id": "clar-00000000-0000-0000-0000-000000000001", "repository": "octo/geo"}
    return known[name] if name in known else _example(schema, schemas)
