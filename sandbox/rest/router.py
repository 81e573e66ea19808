"""From the permission table and the areas' handlers to Starlette routes; errors become JSON in one place."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.data import Json
from sandbox.errors import DOCUMENTATION, ApiError
from sandbox.input import Query
from sandbox.permissions import TABLE, Access, require
from sandbox.rest import actions, apps, checks, contents, gitdata, issues, pulls, repos, reviews, teams
from sandbox.rest.call import Call, Handler, Reply
from sandbox.state import Repository
from sandbox.world import World

HANDLERS: dict[str, Handler] = {
    **apps.HANDLERS,
    **pulls.HANDLERS,
    **checks.HANDLERS,
    **repos.HANDLERS,
    **contents.HANDLERS,
    **gitdata.HANDLERS,
    **reviews.HANDLERS,
    **issues.HANDLERS,
    **actions.HANDLERS,
    **teams.HANDLERS,
}

API_VERSIONS = frozenset({"2022-11-28", "2026-03-10"})


def json_response(body: Json, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON as GitHub sends it."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")
    return Response(content, status, headers, media_type="application/json; charset=utf-8")


def error_response(error: ApiError) -> Response:
    """GitHub's ``basic-error``, or ``validation-error`` when there are errors to list."""
    body: dict[str, Json] = {"message": error.message}
    if error.errors:
        body["errors"] = [one if isinstance(one, str) else dict(one) for one in error.errors]
    body |= {"documentation_url": DOCUMENTATION, "status": str(error.status)}
    return json_response(body, error.status, error.headers)


def _render(reply: Reply, access: Access) -> Response:
    headers = {"x-accepted-github-permissions": access.accepted, **reply.headers}
    if reply.body is None:
        return Response(None, reply.status, headers)
    return json_response(reply.body, reply.status, headers)


def _found(world: World, request: Request) -> Repository | None:
    if "owner" not in request.path_params:
        return None
    return world.state.repository(request.path_params["owner"], request.path_params["repo"])


def _endpoint(world: World, access: Access, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def run(request: Request) -> Response:
        version = request.headers.get("x-github-api-version")
        if version is not None and version not in API_VERSIONS:
            raise ApiError(400, f'"{version}" is not a supported version of the REST API.')
        caller = request.scope["sandbox.caller"]
        found = _found(world, request)
        require(access, caller, found)
        call = Call(
            world=world,
            caller=caller,
            method=request.method,
            url=request.scope["sandbox.url"],
            query=Query(request.query_params),
            params={name: str(value) for name, value in request.path_params.items()},
            body=await request.body(),
            found=found,
        )
        reply = await handler(call)
        if unread := call.unread():
            raise ApiError(501, f"The sandbox does not act on {', '.join(unread)} here, and GitHub would")
        return _render(reply, access)

    return run


def _specificity(key: str) -> tuple[int, int]:
    """Starlette takes the first route that fits, so a fixed word goes before a name, and a name before a path."""
    return key.count(":path}"), -len([part for part in key.split("/") if "{" not in part])


def routes(world: World) -> list[Route]:
    """All REST routes; every handler has its row in the permission table and the other way round."""
    if missing := HANDLERS.keys() ^ (TABLE.keys() - {"GET /rate_limit"}):
        raise RuntimeError(f"endpoints without a handler or without a permission: {sorted(missing)}")
    made: list[Route] = []
    # "/commits/{ref:path}" fits "/commits/x/pulls" too; the longer pattern goes first.
    for key in sorted(HANDLERS, key=lambda key: (_specificity(key), -len(key))):
        method, _, path = key.partition(" ")
        made.append(Route(path, _endpoint(world, TABLE[key], HANDLERS[key]), methods=[method]))
    return made
