"""GitHub's own OpenAPI document: where it lies on this machine, and its operations found by method and path."""

import gzip
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast
from urllib.parse import unquote

from jsonschema_rs import Draft202012Validator, ValidationError, ValidationErrorKind

from tests.openapi.schema import Json, bundled

ENVIRONMENT = "GITHUB_OPENAPI"
HOW = f"no OpenAPI document of GitHub's: `make openapi` fetches it, or name one by {ENVIRONMENT}"
_CHECKOUT = Path(__file__).parents[2]
_PLACES = (
    _CHECKOUT / ".cache" / "api.github.com.json",
    _CHECKOUT.parent / "shared" / "github" / "api.github.com.json.gz",
)
_JSON_TYPE = "application/json"


def _is_email(text: str) -> bool:
    """Wider than the standard: GitHub gives a bot the address ``1+name[bot]@users.noreply.github.com``."""
    return re.fullmatch(r"[^@\s]+@[^@\s]+", text) is not None


@dataclass(frozen=True)
class Validator:
    """One schema, compiled."""

    compiled: Draft202012Validator

    def faults(self, value: Json, where: str) -> Iterator[str]:
        """What is wrong with a value, each with its place in it."""
        found = [*self.compiled.iter_errors(value)]
        # Where no alternative fits, none has looked at the fields, so that all of them seem to be too many.
        torn = [error.instance_path for error in found if isinstance(error.kind, _ALTERNATIVES)]
        for error in found:
            if not (isinstance(error.kind, ValidationErrorKind.UnevaluatedProperties) and error.instance_path in torn):
                for inner in _innermost(error):
                    yield f"{where}{_path(inner)}: {inner.message[:300]}"


_ALTERNATIVES = ValidationErrorKind.AnyOf


def _innermost(error: ValidationError) -> list[ValidationError]:
    """Of alternatives that all fail, what is wrong by the one that fails least."""
    if not isinstance(error.kind, _ALTERNATIVES):
        return [error]
    branches = [[deep for one in branch for deep in _innermost(one)] for branch in error.kind.context]
    # A wrong type, such as null's, fails once and says least.
    return min(branches, key=lambda branch: (any(_is_type(one, error) for one in branch), len(branch)))


def _is_type(inner: ValidationError, outer: ValidationError) -> bool:
    return isinstance(inner.kind, ValidationErrorKind.Type) and inner.instance_path == outer.instance_path


def _path(error: ValidationError) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.instance_path)


@dataclass(frozen=True)
class Parameter:
    """A parameter of a path, a query or a header."""

    name: str
    place: str
    required: bool
    schema: Json
    validator: Validator


@dataclass(frozen=True)
class Response:
    """What an operation answers under one status; ``body`` is None where it has none."""

    body: Validator | None
    headers: frozenset[str]


@dataclass(frozen=True)
class PathTemplate:
    """A path with names in braces, as a pattern with a group for each name."""

    pattern: re.Pattern[str]
    names: tuple[str, ...]


class Operation:
    """One method of one path, or one webhook."""

    def __init__(self, document: "Document", name: str, written: dict[str, Json], path: PathTemplate | None) -> None:
        self.name = name
        self.path = path
        self._document = document
        self._written = written

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its parameters, wherever they stand."""
        found = (self._document.resolved(one) for one in _list(self._written.get("parameters")))
        return tuple(
            Parameter(
                str(one["name"]), str(one["in"]), one.get("required") is True, one["schema"],
                self._document.validator(f"{self.name} {one['in']} {one['name']}", one["schema"]),
            )
            for one in found
        )  # fmt: skip

    @property
    def body(self) -> tuple[Validator | None, bool]:
        """(the request's body, whether it must be sent)."""
        body = _object(self._written.get("requestBody"))
        content = _object(_object(body.get("content")).get(_JSON_TYPE))
        if "schema" not in content:
            return None, False
        return self._document.validator(f"{self.name} request", content["schema"]), body.get("required") is True

    def response(self, status: int) -> Response | None:
        """The documented answer of a status; None when there is none."""
        written = _object(self._written.get("responses")).get(str(status))
        if written is None:
            return None
        answer = self._document.resolved(written)
        content = _object(_object(answer.get("content")).get(_JSON_TYPE))
        body = self._document.validator(f"{self.name} {status}", content["schema"]) if "schema" in content else None
        return Response(body, frozenset(name.lower() for name in _object(answer.get("headers"))))

    def examples(self) -> Iterator[tuple[int, Json]]:
        """(status, body) of each answer that GitHub shows."""
        for status, written in _object(self._written.get("responses")).items():
            content = _object(_object(self._document.resolved(written).get("content")).get(_JSON_TYPE))
            for example in _object(content.get("examples")).values():
                shown = self._document.resolved(example)
                if "value" in shown:
                    yield int(status), shown["value"]


class Document:
    """The whole document; each schema is translated and compiled once, when it is first asked for."""

    def __init__(self, written: dict[str, Json]) -> None:
        self._written = written
        self._components = _object(written["components"])
        self._validators: dict[str, Validator] = {}
        self._webhooks = _object(written.get("x-webhooks") or written.get("webhooks"))
        self._operations: dict[str, list[Operation]] = {}
        for path, methods in _object(written["paths"]).items():
            for method, operation in _object(methods).items():
                name = f"{method.upper()} {path}"
                made = Operation(self, name, _object(operation), self._template(path, _object(operation)))
                self._operations.setdefault(method.upper(), []).append(made)

    @property
    def version(self) -> str:
        """The document's own version."""
        return str(_object(self._written["info"])["version"])

    def resolved(self, node: Json) -> dict[str, Json]:
        """What a node says, or the component that it refers to."""
        found = _object(node)
        if "$ref" not in found:
            return found
        _, _, kind, name = str(found["$ref"]).split("/", 3)
        return _object(_object(self._components[kind])[name])

    def validator(self, name: str, schema: Json) -> Validator:
        """A schema compiled, once for each name."""
        if name not in self._validators:
            whole = bundled(schema, _object(self._components["schemas"]))
            self._validators[name] = Validator(
                Draft202012Validator(whole, validate_formats=True, formats={"email": _is_email})
            )
        return self._validators[name]

    def component(self, name: str) -> Validator:
        """A component's schema."""
        return self.validator(name, {"$ref": f"#/components/schemas/{name}"})

    def list_of(self, name: str) -> Validator:
        """A list of one component."""
        return self.validator(f"list of {name}", {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}})

    def operation(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation of a request and the parameters of its path; fixed words go before names."""
        fitting = [
            (one, match.groups())
            for one in self._operations.get(method, ())
            if one.path is not None and (match := one.path.pattern.fullmatch(path))
        ]
        if not fitting:
            return None
        # The fewer characters names had to swallow, the more of the path was written in the document.
        found, given = min(fitting, key=lambda each: sum(map(len, each[1])))
        names = found.path.names if found.path else ()
        return found, dict(zip(names, map(unquote, given), strict=True))

    def webhook(self, event: str, action: str | None) -> Operation | None:
        """A webhook, which is known by its event and its action."""
        name = "-".join(part.replace("_", "-") for part in (event, action) if part)
        written = _object(self._webhooks.get(name))
        return Operation(self, f"webhook {name}", _object(written["post"]), None) if written else None

    def _template(self, path: str, operation: dict[str, Json]) -> PathTemplate:
        """A name stops at a slash unless the document lets it go on."""
        parameters = [self.resolved(one) for one in _list(operation.get("parameters"))]
        wide = {str(one["name"]) for one in parameters if one.get("x-multi-segment")}
        parts = re.split(r"\{([^}]+)\}", path)
        texts, names = parts[::2], parts[1::2]
        groups = ["(.*)" if name in wide else "([^/]+)" for name in names]
        pattern = "".join(re.escape(text) + group for text, group in zip(texts, [*groups, ""], strict=True))
        return PathTemplate(re.compile(pattern), tuple(names))


def _object(node: Json) -> dict[str, Json]:
    return node if isinstance(node, dict) else {}


def _list(node: Json) -> list[Json]:
    return node if isinstance(node, list) else []


def place() -> Path | None:
    """Where the document lies, or should lie by the environment's word; None where it lies nowhere."""
    if named := os.environ.get(ENVIRONMENT):
        return Path(named)
    return next((path for path in _PLACES if path.is_file()), None)


@cache
def load(path: Path) -> Document:
    """Read the document, compressed or not; once a process."""
    raw = path.read_bytes()
    text = gzip.decompress(raw) if path.suffix == ".gz" else raw
    return Document(cast("dict[str, Json]", json.loads(text)))
