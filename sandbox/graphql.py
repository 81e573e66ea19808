"""``POST /graphql``: ``createCommitOnBranch`` and the few reads that go with it.

As at GitHub, what a field refuses is an entry of ``errors`` under HTTP 200.
https://docs.github.com/en/graphql/reference/mutations#createcommitonbranch
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.auth import Caller, InstallationCaller, Nobody, PersonCaller
from sandbox.commit_on_branch import GraphQLError, commit_on_branch
from sandbox.data import Json, JsonObject, parse_object
from sandbox.errors import ApiError
from sandbox.graphql_parse import Field, GraphQLSyntaxError, Operation, parse, substitute
from sandbox.permissions import visible
from sandbox.shapes.graphql import repository_node
from sandbox.state import User
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class _Request:
    world: World
    caller: Caller
    variables: Mapping[str, Json]


def _viewer(caller: Caller) -> User:
    return caller.user if isinstance(caller, PersonCaller) else _installation(caller).installation.app.bot


def _installation(caller: Caller) -> InstallationCaller:
    if not isinstance(caller, InstallationCaller):
        raise ApiError(401, "This endpoint requires you to be authenticated.")
    return caller


async def execute(world: World, caller: Caller, body: bytes) -> JsonObject:
    """Run a document; ApiError only for bodies that are no GraphQL request and for callers who are nobody."""
    if isinstance(caller, Nobody) or not isinstance(caller, PersonCaller | InstallationCaller):
        raise ApiError(401, "This endpoint requires you to be authenticated.")
    wanted = parse_object(body)
    query = wanted.raw("query")
    if not isinstance(query, str):
        return {"errors": [{"message": "A query attribute must be specified and must be a string."}]}
    given = wanted.child("variables")
    try:
        operation = _chosen(parse(query), wanted.maybe_text("operationName"))
    except GraphQLSyntaxError as error:
        return {"errors": [{"message": str(error)}]}
    return await _run(_Request(world, caller, given.values if given else {}), operation)


def _chosen(operations: tuple[Operation, ...], name: str | None) -> Operation:
    for operation in operations:
        if name in {None, operation.name}:
            if name is None and len(operations) > 1:
                raise GraphQLSyntaxError("An operation name is required")
            return operation
    raise GraphQLSyntaxError(f'No operation named "{name}"')


async def _run(request: _Request, operation: Operation) -> JsonObject:
    data: dict[str, Json] = {}
    errors: list[Json] = []
    for one in operation.selection:
        try:
            value = await _resolve(request, operation.kind, one)
            data[one.alias] = None if value is None else project(value, one.selection, one.name)
        except GraphQLError as error:
            data[one.alias] = None
            errors.append(_error(error, one))
    return {"data": data, "errors": errors} if errors else {"data": data}


def _error(error: GraphQLError, where: Field) -> JsonObject:
    return {
        "type": error.type,
        "path": [where.alias],
        "locations": [{"line": where.line, "column": where.column}],
        "message": str(error),
        **({"extensions": {"saml_failure": False}} if error.type == "FORBIDDEN" else {}),
    }


async def _resolve(request: _Request, kind: str, one: Field) -> JsonObject | None:
    arguments = {name: substitute(value, request.variables) for name, value in one.arguments.items()}
    if kind == "mutation" and one.name == "createCommitOnBranch":
        wanted = arguments.get("input")
        if not isinstance(wanted, Mapping):
            raise GraphQLError("UNPROCESSABLE", "Field 'createCommitOnBranch' is missing required arguments: input")
        return await commit_on_branch(request.world, request.caller, wanted)
    if kind == "query" and one.name == "viewer":
        user = _viewer(request.caller)
        return {"__typename": "User", "login": user.login, "databaseId": user.id}
    if kind == "query" and one.name == "repository":
        owner, name = arguments.get("owner"), arguments.get("name")
        found = request.world.state.repository(str(owner), str(name))
        if found is None or not visible(request.caller, found):
            raise GraphQLError("NOT_FOUND", f"Could not resolve to a Repository with the name '{owner}/{name}'.")
        return await repository_node(request.world, found)
    parent = "Mutation" if kind == "mutation" else "Query"
    raise GraphQLError("undefinedField", f"Field '{one.name}' doesn't exist on type '{parent}'")


def project(value: JsonObject, selection: Sequence[Field], parent: str) -> JsonObject:
    """Only what was asked for; a field that is not there is an error, as at GitHub."""
    shown: dict[str, Json] = {}
    for one in selection:
        if one.name not in value:
            kind = value.get("__typename", parent)
            raise GraphQLError("undefinedField", f"Field '{one.name}' doesn't exist on type '{kind}'")
        inner = value[one.name]
        shown[one.alias] = project(inner, one.selection, one.name) if isinstance(inner, Mapping) else inner
    return shown
