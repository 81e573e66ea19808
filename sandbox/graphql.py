"""``POST /graphql``: ``createCommitOnBranch`` and the few reads that go with it, by GitHub's own schema.

As at GitHub, what a field refuses is an entry of ``errors`` under HTTP 200.
https://docs.github.com/en/graphql/reference/mutations#createcommitonbranch
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import cast

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
)
from graphql import graphql as run

from sandbox.auth import AppCaller, Caller, InstallationCaller, Nobody, PersonCaller
from sandbox.commit_on_branch import CommitInput, Refused, commit_on_branch
from sandbox.data import Json, JsonObject, decode_base64
from sandbox.errors import ApiError
from sandbox.git import SHA
from sandbox.input import parse_object
from sandbox.permissions import visible
from sandbox.shapes.graphql import repository_node, user_node
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class _Context:
    world: World
    caller: Caller


async def execute(world: World, caller: Caller, body: bytes) -> JsonObject:
    """Run a document; ApiError only for bodies that are no GraphQL request and for callers who are nobody."""
    if isinstance(caller, Nobody | AppCaller):
        raise ApiError(401, "This endpoint requires you to be authenticated.")
    wanted = parse_object(body)
    query = wanted.raw("query")
    if not isinstance(query, str):
        return {"errors": [{"message": "A query attribute must be specified and must be a string."}]}
    variables = wanted.raw("variables")
    done = await run(
        _schema(),
        query,
        _ROOT,
        _Context(world, caller),
        dict(variables) if isinstance(variables, Mapping) else None,
        wanted.maybe_text("operationName"),
    )
    return _answer(done)


@functools.cache
def _schema() -> GraphQLSchema:
    schema = build_schema(files("sandbox").joinpath("schema.graphql").read_text("utf-8"))
    cast("GraphQLScalarType", schema.type_map["GitObjectID"]).parse_value = _object_id  # type: ignore[method-assign]  # how graphql-core takes it
    cast("GraphQLScalarType", schema.type_map["Base64String"]).parse_value = _base64  # type: ignore[method-assign]  # the same
    return schema


def _object_id(value: object) -> str:
    if not isinstance(value, str) or not SHA.fullmatch(value):
        raise GraphQLError(f'Could not coerce value "{value}" to GitObjectID')
    return value


def _base64(value: object) -> bytes:
    content = decode_base64(value) if isinstance(value, str) else None
    if content is None:
        raise GraphQLError("Could not coerce value to Base64String")
    return content


def _answer(done: ExecutionResult) -> JsonObject:
    """Without ``data`` where the document was not run at all, as GitHub answers it."""
    errors: list[Json] = [_error(error) for error in done.errors or ()]
    ran = done.data is not None or any(error.path for error in done.errors or ())
    data: JsonObject = {"data": done.data} if ran else {}
    return {**data, "errors": errors} if errors else data


def _error(error: GraphQLError) -> JsonObject:
    shown = cast("dict[str, Json]", error.formatted)
    cause = error.original_error
    if isinstance(cause, Refused):
        extra: JsonObject = {"extensions": {"saml_failure": False}} if cause.type == "FORBIDDEN" else {}
        return {"type": cause.type, **shown, **extra}
    if cause is not None and not isinstance(cause, GraphQLError):
        raise cause
    return shown


def _viewer(info: GraphQLResolveInfo) -> JsonObject:
    caller = _asked(info).caller
    return user_node(caller.user if isinstance(caller, PersonCaller) else _installation(caller).installation.app.bot)


def _installation(caller: Caller) -> InstallationCaller:
    if not isinstance(caller, InstallationCaller):
        raise Refused("FORBIDDEN", "Resource not accessible by integration")
    return caller


async def _repository(info: GraphQLResolveInfo, owner: str, name: str, **_renames: bool) -> JsonObject:
    asked = _asked(info)
    found = asked.world.state.repository(owner, name)
    if found is None or not visible(asked.caller, found):
        raise Refused("NOT_FOUND", f"Could not resolve to a Repository with the name '{owner}/{name}'.")
    return await repository_node(asked.world, found)


async def _create_commit(info: GraphQLResolveInfo, **arguments: CommitInput) -> JsonObject:
    asked = _asked(info)
    return await commit_on_branch(asked.world, asked.caller, arguments["input"])


def _asked(info: GraphQLResolveInfo) -> _Context:
    if not isinstance(info.context, _Context):
        raise TypeError("a document is run by execute() alone")
    return info.context


_ROOT = {"viewer": _viewer, "repository": _repository, "createCommitOnBranch": _create_commit}
