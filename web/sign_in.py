"""Signing in with GitHub and out again. `state` and PKCE bind GitHub's answer to the browser that asked."""

import hmac
import re
import secrets
import time
from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from github_app.errors import Permanent, RetryLater
from github_app.oauth import CALLBACK_PATH, OAuth, SignInRefused
from web.bodies import read_form
from web.problems import Problem, unavailable
from web.session import SIGN_IN_SECONDS, SignIn
from web.site import Site

_BACK = re.compile(r"/(f/F[0-9]{1,19})?")
"""Where one may come back to: our own pages, by their form; anything else is the first page."""


@dataclass(frozen=True, slots=True)
class _SigningIn:
    site: Site

    async def begin(self, request: Request) -> Response:
        """Send the browser to GitHub."""
        begun = SignIn(
            state=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            back=_ours(request.query_params.get("to", "/")),
            until=int(time.time()) + SIGN_IN_SECONDS,
        )
        response = RedirectResponse(self._oauth.authorize_url(begun.state, begun.verifier), HTTPStatus.SEE_OTHER)
        self.site.cookies.begin_sign_in(request, response, begun)
        return response

    async def end(self, request: Request) -> Response:
        """Where GitHub sends the browser back to, with a code that is good once."""
        begun = self.site.cookies.sign_in(request)
        state, code = request.query_params.get("state", ""), request.query_params.get("code", "")
        if begun is None or not hmac.compare_digest(state.encode(), begun.state.encode()) or not code:
            raise Problem(HTTPStatus.BAD_REQUEST, "This sign-in was not begun here, or too long ago. Begin again.")
        try:
            user = await self._oauth.person(code, begun.verifier)
        except SignInRefused as refused:
            raise Problem(HTTPStatus.BAD_REQUEST, "GitHub did not confirm this sign-in. Begin again.") from refused
        except RetryLater as later:
            raise unavailable("GitHub") from later
        except Permanent as error:
            raise Problem(HTTPStatus.BAD_GATEWAY, "GitHub's answer to the sign-in cannot be read.") from error
        if user.is_bot:
            raise Problem(HTTPStatus.FORBIDDEN, "A bot decides nothing here.")
        response = RedirectResponse(_ours(begun.back), HTTPStatus.SEE_OTHER)
        self.site.cookies.open_session(request, response, user)
        self.site.cookies.end_sign_in(request, response)
        return response

    async def out(self, request: Request) -> Response:
        """Sign out on this browser."""
        session = self.site.cookies.session(request)
        form = await read_form(request)
        if session is not None and not self.site.cookies.is_ours(session, form.get("csrf", "")):
            raise Problem(HTTPStatus.FORBIDDEN, "This form did not come from our page. Go back and try again.")
        response = RedirectResponse("/", HTTPStatus.SEE_OTHER)
        self.site.cookies.close_session(request, response)
        return response

    @property
    def _oauth(self) -> OAuth:
        if self.site.oauth is None:
            raise Problem(
                HTTPStatus.NOT_FOUND, "Signing in is not set up here: GITHUB_CLIENT_ID and its secret are not set."
            )
        return self.site.oauth


def sign_in_routes(site: Site) -> list[Route]:
    """The way to GitHub, the way back, and the way out."""
    signing_in = _SigningIn(site)
    return [
        Route("/login", signing_in.begin),
        Route(CALLBACK_PATH, signing_in.end),
        Route("/sign-out", signing_in.out, methods=["POST"]),
    ]


def _ours(path: str) -> str:
    return path if _BACK.fullmatch(path) else "/"
