"""The Starlette app: REST routes, GraphQL, log downloads, and errors in one place."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import graphql, logs
from sandbox.errors import ApiError
from sandbox.manifests import Registrations
from sandbox.pages import page_routes
from sandbox.rest.router import error_response, json_response, routes
from sandbox.world import World


def build(world: World) -> Starlette:
    """All of GitHub's addresses that the sandbox knows; any other is 404 in GitHub's shape."""

    async def run_graphql(request: Request) -> Response:
        return json_response(await graphql.execute(world, request.scope["sandbox.caller"], await request.body()))

    async def rate_limit(request: Request) -> Response:
        return json_response(world.limits.look(request.scope["sandbox.caller"]).body())

    async def download(request: Request) -> Response:
        return await logs.download(world, request)

    return Starlette(
        routes=[
            Route("/graphql", run_graphql, methods=["POST"]),
            Route("/rate_limit", rate_limit),
            Route("/_logs/{what:path}", download),
            *routes(world),
            *Registrations(world).routes(),
            *page_routes(world),
        ],
        exception_handlers={ApiError: _refused, HTTPException: _unknown},
    )


async def _refused(_request: Request, error: Exception) -> Response:
    return error_response(error if isinstance(error, ApiError) else ApiError(500, "Server Error"))


async def _unknown(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return error_response(ApiError(status, "Not Found" if status in {404, 405} else "Server Error"))
