"""The ASGI application of API and pages: its routes, its headers, and its one way to refuse."""

import logging
import secrets
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage.errors import StorageError
from web.api.live import live_routes
from web.api.operations import OPERATIONS
from web.api.routes import api_routes, problem_response, wants_page
from web.cross_origin import for_frontend
from web.pages.routes import Pages, page_routes
from web.problems import Problem, unavailable
from web.sign_in import sign_in_routes
from web.site import Site

_LOG = logging.getLogger(__name__)
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    # Pages and answers are of one person.
    "cache-control": "no-store",
}
# The first page is one for browsers, whoever else is answered there: its limits are those of pages.
_OF_THE_API = frozenset(
    {one.path.split("/")[1] for one in OPERATIONS if one.path != "/"} | {"openapi.json", "events", "ws"}
)


def build_web(site: Site) -> ASGIApp:
    """API, pages and sign-in."""
    pages = Pages(site)

    async def refused(request: Request, error: Exception) -> Response:
        problem = _problem(error)
        if _is_of_the_api(request):
            return problem_response(problem)
        response = await pages.problem(request, problem)
        response.headers.update(problem.headers)
        return response

    handled: list[type[Exception]] = [Problem, HTTPException, StorageError, Exception]
    routes = [*api_routes(site, {"/": pages.home}), *live_routes(site), *sign_in_routes(site), *page_routes(pages)]
    app = Starlette(routes=routes, exception_handlers=dict.fromkeys(handled, refused))
    limited = for_frontend(_with_limits(app, site, refused), site.frontend_url, _OF_THE_API)
    return _with_headers(_counted(limited, site, routes))


def _counted(app: ASGIApp, site: Site, routes: Sequence[BaseRoute]) -> ASGIApp:
    """`app` with its requests counted, by the templates of their paths: of those there are as many as we wrote."""
    known = {route.endpoint: route.path for route in routes if isinstance(route, Route)}

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        began, status = time.monotonic(), 0

        async def counted(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await app(scope, receive, counted)
        finally:
            endpoint = scope.get("endpoint")
            route = "none" if endpoint is None else known.get(endpoint, "none")
            seconds = None if route == "/events" else time.monotonic() - began
            site.metrics.answered(route, scope["method"], status, seconds)

    return served


def _with_limits(app: ASGIApp, site: Site, refused: Callable[[Request, Exception], Awaitable[Response]]) -> ASGIApp:
    """`app` with the limits of its pages, by the session or else the address; the API counts for itself."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].split("/")[1] not in _OF_THE_API:
            request = Request(scope)
            session = site.cookies.session(request)
            try:
                if session is None:
                    site.limits.asks(scope)
                else:
                    site.limits.acts(f"user:{session.user_id}", writes=request.method == "POST")
            except Problem as problem:
                await (await refused(request, problem))(scope, receive, send)
                return
        await app(scope, receive, send)

    return served


def _is_of_the_api(request: Request) -> bool:
    path = request.url.path
    return not wants_page(request) if path == "/" else path.split("/")[1] in _OF_THE_API


def _problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, HTTPException):
        return Problem(HTTPStatus(error.status_code), HTTPStatus(error.status_code).description, error.headers)
    if isinstance(error, StorageError):
        return unavailable("The database")
    error_id = secrets.token_hex(4)
    # Its kind and place without its text, which may quote a stranger or a secret.
    where = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("error %s: %s\n%s", error_id, type(error).__qualname__, where)
    return Problem(
        HTTPStatus.INTERNAL_SERVER_ERROR, f"Something went wrong here; it is in the log as error {error_id}."
    )


def _with_headers(app: ASGIApp) -> ASGIApp:
    """`app` with the headers that every answer of ours carries."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def with_headers(message: Message) -> None:
            nonlocal started
            started = True
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await app(scope, receive, with_headers)
        except Exception:
            # Starlette raises what it has answered, for a server to log it whole; `_problem` has told what may be told.
            if not started:
                raise

    return wrapped
