"""Pages of another origin: none may read the API but those of FRONTEND_URL, and those only the API.

Our session cookie is SameSite=Lax. So a front end under the same site (app.acme.dev beside ci-fixer.acme.dev) asks with
the session of its person, and one under another site asks with a token. Our own pages stay unreadable to both: they
hold the word without which a session does not act.
"""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_METHODS = ("GET", "POST")
_HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "X-CSRF-Token")
_SHOWN = ("Location", "RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate")
_PREFLIGHT_SECONDS = 600
"""For which a browser asks no more: short enough that a changed FRONTEND_URL holds soon."""


def for_frontend(app: ASGIApp, frontend_url: str | None, of_the_api: frozenset[str]) -> ASGIApp:
    """`app` with CORS for exactly that origin, on paths that begin as the API's do; without one unchanged."""
    if frontend_url is None:
        return app
    shared = CORSMiddleware(
        app,
        allow_origins=[frontend_url],
        allow_methods=_METHODS,
        allow_headers=_HEADERS,
        allow_credentials=True,
        expose_headers=_SHOWN,
        max_age=_PREFLIGHT_SECONDS,
    )

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        of_api = scope["type"] == "http" and scope["path"].split("/")[1] in of_the_api
        await (shared if of_api else app)(scope, receive, send)

    return served
