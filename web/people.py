"""Who is asking: a person who signed in, or a token that acts as its person. Nobody else gets past here."""

from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import HTTPConnection

from github_app.model import User, UserId
from storage import api_tokens
from web.problems import Problem
from web.session import Session
from web.site import Site

TOKEN_PREFIX = "cifx_"  # noqa: S105 - what a token begins with, so that scanners for secrets know it
_LONGEST_TOKEN = 100


@dataclass(frozen=True, slots=True)
class Person:
    """A GitHub user, on one of our surfaces. `actor` names the person or the token; `may_decide` is its scope."""

    user: User
    channel: str
    actor: str
    may_decide: bool = True
    session: Session | None = None


async def api_person(site: Site, request: HTTPConnection, authorization: str | None = None) -> Person:
    """Who asks the API: by a token, else by the session. Raises Problem 401."""
    authorization = authorization or request.headers.get("authorization")
    if authorization is not None:
        return await _by_token(site, authorization)
    session = site.cookies.session(request)
    if session is None:
        raise _unauthorized("Give an API token (Authorization: Bearer cifx_…), or sign in.")
    # A WebSocket has no method, and only listens.
    if request.scope.get("method", "GET") not in ("GET", "HEAD") and not site.cookies.is_ours(
        session, request.headers.get("x-csrf-token", "")
    ):
        raise Problem(HTTPStatus.FORBIDDEN, "A session acts here only with its X-CSRF-Token; programs use a token.")
    return Person(session.user, "api", f"user:{session.user_id}", session=session)


async def known_person(site: Site, request: HTTPConnection, authorization: str | None = None) -> Person:
    """Who asks the API, as `api_person` says; one who fails too often is told to wait. Raises Problem 401, 429.

    `authorization` is what came another way than by its header.
    """
    try:
        return await api_person(site, request, authorization)
    except Problem as problem:
        if problem.status is HTTPStatus.UNAUTHORIZED and (authorization or "authorization" in request.headers):
            site.limits.fails(request.scope)
        elif problem.status is HTTPStatus.UNAUTHORIZED:
            site.limits.asks(request.scope)
        raise


def page_person(session: Session) -> Person:
    """Who acts on a page."""
    return Person(session.user, "dashboard", f"user:{session.user_id}", session=session)


async def _by_token(site: Site, authorization: str) -> Person:
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token.startswith(TOKEN_PREFIX) or len(token) > _LONGEST_TOKEN:
        raise _unauthorized("The Authorization header holds no API token of ours.")
    async with site.services.database.connection() as connection:
        row = await api_tokens.valid(connection, token)
    if row is None:
        raise _unauthorized("This API token is not known, was revoked, or has expired.")
    user = User(UserId(row.user_id), row.login, is_bot=False)
    return Person(user, "api", f"token:{row.api_token_id}", may_decide=row.scope == "decide")


def _unauthorized(detail: str) -> Problem:
    return Problem(HTTPStatus.UNAUTHORIZED, detail, {"WWW-Authenticate": 'Bearer realm="CI Fixer"'})
