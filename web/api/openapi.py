"""The OpenAPI 3.1 document, made from the operations and their models."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import TypeAlias

import msgspec
from msgspec import Struct

from web.api.beside import JSON, Beside
from web.api.operation import Operation
from web.problems import ProblemDocument

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

_REF = "#/components/schemas/{name}"
_ALWAYS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_WITH_BODY = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.FORBIDDEN,
)
_OF_ACTS = (HTTPStatus.CONFLICT, HTTPStatus.BAD_GATEWAY)
_ABOUT = (
    "What CI broke, why, what would mend it and what became of it. Whoever asks sees exactly the repositories that "
    "GitHub lets them read; anything else is as if it were not there."
)
_IDEMPOTENCY: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Names this request for a day: sent again with the same key and body it is not done again, and "
    "answered alike; with another body it is refused (422), and while the first is under way too (409).",
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
}


def document(operations: Sequence[Operation], beside: Sequence[Beside] = ()) -> dict[str, Json]:
    """The whole document."""
    models = dict.fromkeys(model for one in operations for model in _models(one))
    models |= dict.fromkeys(model for one in beside for _, model in one.answers if model is not None)
    _, components = msgspec.json.schema_components([*models, ProblemDocument], ref_template=_REF)
    paths: dict[str, Json] = {}
    for one in operations:
        known = paths.setdefault(one.path, {})
        if isinstance(known, dict):
            known[one.method.lower()] = _described(one)
    paths |= {one.path: {one.method.lower(): _described_beside(one)} for one in beside}
    return {
        "openapi": "3.1.0",
        "info": {"title": "CI Fixer", "version": "1", "description": _ABOUT},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "made by: ci-fixer token create"},
                "session": {"type": "apiKey", "in": "cookie", "name": "ci-fixer-session"},
            },
        },
        "security": [{"token": []}, {"session": []}],
    }


def _models(operation: Operation) -> Iterable[type[Struct]]:
    return [model for model in (operation.answer, operation.body) if model is not None]


def _described(operation: Operation) -> dict[str, Json]:
    parameters: list[Json] = []
    if operation.path_model is not None:
        parameters += _parameters(operation.path_model, "path")
    if operation.query is not None:
        parameters += _parameters(operation.query, "query")
    if operation.is_act:
        parameters.append(_IDEMPOTENCY)
    described: dict[str, Json] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.area],
        "responses": _responses(operation),
    }
    if operation.about:
        described["description"] = operation.about
    if operation.public:
        described["security"] = []
    elif operation.scope != "read":
        # Since 3.1 a scheme that is not OAuth may name what it needs here too.
        described["security"] = [{"token": [operation.scope]}, {"session": []}]
    if operation.body is not None:
        content: Json = {"application/json": {"schema": _reference(operation.body)}}
        described["requestBody"] = {"content": content, "required": bool(_required(operation.body))}
    return described | ({"parameters": parameters} if parameters else {})


def _described_beside(route: Beside) -> dict[str, Json]:
    answers: dict[str, Json] = {str(int(status)): _refused(status) for status in route.refusals}
    for status, model in route.answers:
        content: dict[str, Json] = {} if model is None else {"content": {route.kind: {"schema": _sent(route, model)}}}
        answers[str(int(status))] = {"description": route.summary, **content}
    described: dict[str, Json] = {
        "operationId": route.name,
        "summary": route.summary,
        "description": route.about,
        "tags": [route.path.removeprefix("/")],
        "responses": dict(sorted(answers.items())),
    }
    if route.query is not None:
        described["parameters"] = _parameters(route.query, "query")
    return described | ({"security": []} if route.public else {})


def _sent(route: Beside, model: type[Struct]) -> Json:
    if route.kind == JSON:
        return _reference(model)
    # OpenAPI 3.1 has no schema for the parts of a stream; JSON Schema has one for what a text holds.
    return {"type": "string", "contentMediaType": JSON, "contentSchema": _reference(model)}


def _refused(status: HTTPStatus) -> Json:
    return {
        "description": status.phrase,
        "content": {"application/problem+json": {"schema": _reference(ProblemDocument)}},
    }


def _responses(operation: Operation) -> dict[str, Json]:
    refused = [
        *_ALWAYS,
        *(_WITH_BODY if operation.body is not None else ()),
        *(_OF_ACTS if operation.is_act else ()),
        *operation.refusals,
    ]
    if not operation.public:
        refused.append(HTTPStatus.UNAUTHORIZED)
    given: dict[str, Json] = {kind: {"schema": {"type": "string"}} for kind in operation.streams}
    if operation.answer is not None:
        given["application/json"] = {"schema": _reference(operation.answer)}
    shown: dict[str, Json] = {str(int(operation.status)): {"description": operation.summary, "content": given}}
    for status in sorted(set(refused)):
        shown[str(int(status))] = _refused(status)
    return shown


def _parameters(model: type[Struct], where: str) -> list[Json]:
    """The fields of a model as parameters; one that may be absent is never sent as null."""
    _, components = msgspec.json.schema_components([model], ref_template=_REF)
    properties: dict[str, dict[str, Json]] = components[model.__name__]["properties"]
    required = _required(model)
    return [
        _parameter(name, where, name in required, _present(schema, components)) for name, schema in properties.items()
    ]


def _parameter(name: str, where: str, required: bool, schema: dict[str, Json]) -> dict[str, Json]:
    told: dict[str, Json] = {"name": name, "in": where}
    if required:
        told["required"] = True
    described = schema.pop("description", None)
    return told | ({"description": described} if described is not None else {}) | {"schema": schema}


def _present(schema: dict[str, Json], components: dict[str, dict[str, Json]]) -> dict[str, Json]:
    options = schema.get("anyOf")
    kept = schema
    if isinstance(options, list):
        kept = next(one for one in options if isinstance(one, dict) and one.get("type") != "null")
    reference = kept.get("$ref")
    if isinstance(reference, str):
        kept = components[reference.rpartition("/")[2]]
    return {name: value for name, value in kept.items() if name != "default" or value is not None}


def _reference(model: type[Struct]) -> dict[str, Json]:
    return {"$ref": _REF.format(name=model.__name__)}


def _required(model: type[Struct]) -> tuple[str, ...]:
    return tuple(field.name for field in msgspec.structs.fields(model) if field.required)
