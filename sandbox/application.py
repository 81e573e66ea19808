"""The two Starlette apps on the sandbox's one host: GitHub's API, and what a browser opens."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from sandbox import archives, graphql, logs
from sandbox.errors import ApiError
from sandbox.manifests import Registrations
from sandbox.oauth import Grants
from sandbox.pages import page_routes
from sandbox.rest.router import error_response, json_response, routes
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class Applications:
    """The API, which also answers what nobody knows, and the pages with their addresses."""

    api: Starlette
    web: Starlette
    pages: tuple[Route, ...]
    grants: Grants

    def is_page(self, scope: Scope) -> bool:
        """Whether a request is a browser's."""
        return any(route.matches(scope)[0] is not Match.NONE for route in self.pages)


def build(world: World) -> Applications:
    """All of GitHub's addresses that the sandbox knows; any other is 404 in GitHub's shape."""

    async def run_graphql(request: Request) -> Response:
        return json_response(await graphql.execute(world, request.scope["sandbox.caller"], await request.body()))

    async def rate_limit(request: Request) -> Response:
        return json_response(world.limits.look(request.scope["sandbox.caller"]).body())

    async def download(request: Request) -> Response:
        return await logs.download(world, request)

    async def download_archive(request: Request) -> Response:
        return await archives.download(world, request)

    registrations = Registrations(world)
    grants = Grants(world)
    pages = (*registrations.forms(), *grants.routes(), *page_routes(world))
    api = [
        Route("/graphql", run_graphql, methods=["POST"]),
        Route("/rate_limit", rate_limit),
        Route(logs.PLACE + "{what:path}", download),
        Route(archives.PLACE + "{what:path}", download_archive),
        registrations.conversions(),
        *routes(world),
    ]
    return Applications(_app(api), _app(pages), pages, grants)


def _app(served: list[Route] | tuple[Route, ...]) -> Starlette:
    return Starlette(routes=list(served), exception_handlers={ApiError: _refused, HTTPException: _unknown})


async def _refused(_request: Request, error: Exception) -> Response:
    return error_response(error if isinstance(error, ApiError) else ApiError(500, "Server Error"))


async def _unknown(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    # GitHub tells a wrong method from a wrong address no more than this.
    return error_response(ApiError(404, "Not Found") if status in {404, 405} else ApiError(status, "Server Error"))
