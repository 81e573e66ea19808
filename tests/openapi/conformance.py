"""Holds what a sandbox recorded against GitHub's own document: both sides of each API call, and each webhook."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from urllib.parse import parse_qsl

from tests.openapi.document import Document, Operation, Parameter, Validator
from tests.openapi.schema import Json

OUTSIDE = {
    "/graphql": "GraphQL has a schema of its own; the OpenAPI document has no operation for it",
    "/_logs/": "the signed address of a log lies at GitHub's storage, which the document only points to by Location",
    "/_archives/": "the address of a packed commit lies at codeload, which the document only points to by Location",
}
# https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api: any operation may answer these,
# whether its own list names them or not, in the shape of an error.
GENERIC = frozenset({400, 401, 403, 404, 422, 429, 500, 502, 503, 504})
BEYOND_THE_DOCUMENT = {
    ("GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs", 410): "a log past its 90 days, as triagebot meets it",
    ("GET /repos/{owner}/{repo}/actions/runs/{run_id}/logs", 410): "the same for all logs of a run",
    ("GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}/logs", 410): "and of an attempt",
}
SLIPS = {
    ("GET /app/installations", 200): (
        "installation",
        "its own schema wants an account to be person and enterprise at once: GitHub's own example fails by it",
    ),
}
RANGES = {"created"}
"""Query parameters that the document calls a date-time, and describes as a range in the syntax of GitHub's search."""
# The document lets GET contents/{path} alone name the root folder, by an empty path and with or without the slash.
_ROOT = re.compile(r"(/repos/[^/]+/[^/]+/contents)")
_REFUSED_AS_INVALID = frozenset({400, 422})
_SHUT_DOORS = frozenset({401, 403, 404})
_ERRORS = ("validation-error", "validation-error-simple", "basic-error")
_LIMITS = tuple(f"x-ratelimit-{name}" for name in ("limit", "remaining", "used", "reset", "resource"))
_VERSIONS = ("2022-11-28", "2026-03-10")
_PAGED = {"page", "cursor"}


@dataclass(frozen=True)
class Exchange:
    """One recorded API call."""

    method: str
    path: str
    query: str
    request_headers: dict[str, str]
    request_bytes: int
    status: int
    response_headers: dict[str, str]
    response_bytes: int
    fault: bool
    request: Json = None
    response: Json = None


@dataclass(frozen=True)
class Webhook:
    """One recorded webhook."""

    event: str
    action: str | None
    headers: dict[str, str]
    payload: Json


def read(line: str) -> Exchange | Webhook:
    """One recorded line."""
    fields = json.loads(line)
    if "webhook" in fields:
        return Webhook(fields["webhook"], fields["action"], fields["headers"], fields["payload"])
    return Exchange(**fields)


def faults(document: Document, recorded: Exchange | Webhook) -> tuple[str, ...]:
    """What does not conform, each with the call or webhook it was found in; empty when all does."""
    if isinstance(recorded, Webhook):
        action = "" if recorded.action is None else f".{recorded.action}"
        return _named(f"webhook {recorded.event}{action}", _webhook(document, recorded))
    if any(recorded.path.startswith(prefix) for prefix in OUTSIDE):
        return ()
    return _named(f"{recorded.method} {recorded.path} -> {recorded.status}", _exchange(document, recorded))


def _named(what: str, found: Iterator[str]) -> tuple[str, ...]:
    return tuple(f"{what}: {fault}" for fault in found)


def _exchange(document: Document, call: Exchange) -> Iterator[str]:
    root = _ROOT.fullmatch(call.path) if call.method == "GET" else None
    found = document.operation(call.method, f"{root[1]}/" if root else call.path)
    if found is None:
        yield "the document has no such operation"
        return
    operation, given = found
    if call.status not in _REFUSED_AS_INVALID:
        # A request that was refused as invalid may be invalid; any other must not have been let through.
        yield from _parameters(operation, "path", list(given.items()))
        yield from _parameters(operation, "query", parse_qsl(call.query, keep_blank_values=True))
        yield from _request_body(operation, call)
    yield from _request_headers(call)
    yield from _response(document, operation, call)


def _parameters(operation: Operation, place: str, given: list[tuple[str, str]]) -> Iterator[str]:
    known = {one.name: one for one in operation.parameters if one.place == place}
    names = [name for name, _ in given]
    for name in {name for name in names if names.count(name) > 1}:
        yield f"{place} parameter {name!r} is given more than once"
    for name in sorted(one.name for one in known.values() if one.required and one.name not in names):
        yield f"{place} parameter {name!r} is missing"
    for name, text in given:
        if name not in known:
            yield f"{place} parameter {name!r} is not documented for {operation.name}"
        elif not (place == "query" and name in RANGES):
            yield from known[name].validator.faults(_typed(known[name], text), f"{place} parameter {name!r}")


def _typed(parameter: Parameter, text: str) -> Json:
    """A parameter's text as the type its schema asks for, where it can be read so."""
    schema = parameter.schema if isinstance(parameter.schema, dict) else {}
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if schema.get("type") == "boolean" and text in {"true", "false"}:
        return text == "true"
    return text


def _request_body(operation: Operation, call: Exchange) -> Iterator[str]:
    body, required = operation.body
    if call.request_bytes == 0:
        # Doors are shut before a body is looked at, so that a test of a door need not make one up.
        if required and call.status not in _SHUT_DOORS:
            yield "the request has no body, but the document requires one"
        return
    if body is None:
        if call.request not in (None, {}):
            yield "the request has a body, but the document knows none"
        return
    yield from body.faults(call.request, "request")


def _request_headers(call: Exchange) -> Iterator[str]:
    headers = call.request_headers
    if not headers.get("user-agent"):
        yield "the request has no User-Agent, which GitHub refuses"
    if (
        call.request_bytes
        and call.status not in _REFUSED_AS_INVALID
        and not headers.get("content-type", "").startswith("application/json")
    ):
        yield f"the request's body has the type {headers.get('content-type')!r}"
    version = headers.get("x-github-api-version")
    if version is not None and version not in _VERSIONS and call.status != 400:
        yield f"the request names the API version {version!r}"


def _response(document: Document, operation: Operation, call: Exchange) -> Iterator[str]:
    documented = operation.response(call.status)
    if documented is not None:
        slip = SLIPS.get((operation.name, call.status))
        if documented.body is None and call.status >= 400 and call.response_bytes:
            # An error without a shape of its own has one of those that all errors have.
            yield from _error(document, call)
        else:
            yield from _response_body(documented.body if slip is None else document.list_of(slip[0]), call)
        for name in {"location"} & documented.headers - call.response_headers.keys():
            yield f"the response has no header {name!r}"
        if "link" in call.response_headers and not _PAGED & {one.name for one in operation.parameters}:
            yield f"{operation.name} is not documented to answer in pages"
    elif call.status in GENERIC or (operation.name, call.status) in BEYOND_THE_DOCUMENT:
        yield from _error(document, call)
    else:
        yield f"status {call.status} is not documented"
    if not call.fault:
        yield from _response_headers(call)
        if call.status >= 500:
            yield "no fault was injected, so the sandbox itself failed"


def _response_body(body: Validator | None, call: Exchange) -> Iterator[str]:
    if body is None:
        if call.response_bytes:
            yield "the response has a body, but the document knows none"
    elif not call.response_bytes:
        yield "the response has no body"
    else:
        yield from body.faults(_without_status(call) if call.status >= 400 else call.response, "response")


def _without_status(call: Exchange) -> Json:
    """GitHub's errors carry their status too (https://github.com/EnricoMi/publish-unit-test-result-action/issues/620
    shows one); of the three shapes that the document gives errors, only the basic one names it."""
    if not isinstance(call.response, dict):
        return call.response
    return {name: value for name, value in call.response.items() if name != "status" or value != str(call.status)}


def _error(document: Document, call: Exchange) -> Iterator[str]:
    """An error must have one of the three shapes that GitHub documents, with the two fields all of them share."""
    body = call.response if isinstance(call.response, dict) else {}
    if not isinstance(body.get("message"), str) or not isinstance(body.get("documentation_url"), str):
        yield "an error must carry message and documentation_url"
        return
    tried = [list(document.component(name).faults(_without_status(call), "error")) for name in _ERRORS]
    if all(tried):
        yield from chain.from_iterable(tried)


def _response_headers(call: Exchange) -> Iterator[str]:
    headers = call.response_headers
    if call.response_bytes and headers.get("content-type") != "application/json; charset=utf-8":
        yield f"the response's body has the type {headers.get('content-type')!r}"
    for name in (*_LIMITS, "x-github-request-id"):
        if name not in headers:
            yield f"the response has no header {name!r}"


def _webhook(document: Document, sent: Webhook) -> Iterator[str]:
    operation = document.webhook(sent.event, sent.action)
    if operation is None:
        yield "the document has no such webhook"
        return
    headers = {name.lower(): value for name, value in sent.headers.items()}
    for parameter in operation.parameters:
        if parameter.place == "header":
            value = headers.get(parameter.name.lower())
            if value is None:
                yield f"header {parameter.name!r} is missing"
            else:
                yield from parameter.validator.faults(value, f"header {parameter.name!r}")
    if headers.get("x-github-event") != sent.event:
        yield f"header 'X-GitHub-Event' is {headers.get('x-github-event')!r}"
    body, _ = operation.body
    if body is not None:
        yield from body.faults(sent.payload, "payload")
