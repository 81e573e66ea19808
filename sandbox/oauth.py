"""The web flow by which an App learns who a person is: a page to agree on, a code, a user access token.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.auth import USER_TOKEN_LIFE, mint_user_access
from sandbox.data import Json
from sandbox.rest.router import json_response
from sandbox.state import App, User
from sandbox.world import World

CODE_LIFE = timedelta(minutes=10)
_DOCUMENTATION = (
    "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/"
)
_WORDS = {
    "incorrect_client_credentials": "The client_id and/or client_secret passed are incorrect.",
    "bad_verification_code": "The code passed is incorrect or expired.",
    "redirect_uri_mismatch": "The redirect_uri MUST match the registered callback URL for this application.",
}


class NotAsked(ValueError):
    """An authorize request that GitHub answers with a page, not with a redirect."""


@dataclass(frozen=True, slots=True)
class _Granted:
    app: App
    user: User
    redirect_uri: str
    challenge: str | None
    expires_at: datetime


class Grants:
    """The codes that were given and not yet exchanged."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._codes: dict[str, _Granted] = {}

    def approve(self, query: Mapping[str, str], login: str) -> str:
        """Agree as a person to what an authorize request asks; gives the address that the browser is sent to.

        Raises NotAsked for an unknown client, an address that is not registered, or a challenge that is not S256.
        """
        app = next((one for one in self._world.state.apps.values() if one.client_id == query.get("client_id")), None)
        user = self._world.state.user(login)
        if app is None or user is None or user.type != "User":
            raise NotAsked("there is no such App, or no such person")
        back = query.get("redirect_uri") or (app.callback_urls[0] if app.callback_urls else "")
        if back not in app.callback_urls:
            raise NotAsked("The redirect_uri is not associated with this application.")
        challenge = query.get("code_challenge")
        if challenge is not None and query.get("code_challenge_method") != "S256":
            raise NotAsked("The code_challenge_method must be S256.")
        code = secrets.token_hex(10)
        expires = self._world.clock() + CODE_LIFE
        self._codes[code] = _Granted(app, user, back, challenge, expires)
        given = {"code": code, **({"state": query["state"]} if "state" in query else {})}
        return f"{back}?{urlencode(given)}"

    async def authorize(self, request: Request) -> Response:
        """The page: who agrees?"""
        login = request.query_params.get("sandbox_login")
        try:
            if login is not None:
                return RedirectResponse(self.approve(request.query_params, login), 302)
        except NotAsked as refused:
            return HTMLResponse(f"<h1>Be careful!</h1><p>{refused}</p>", 422)
        asked = urlencode(list(request.query_params.items())).replace("&", "&amp;")
        people = [one.login for one in self._world.state.users.values() if one.type == "User"]
        links = "".join(f'<li><a href="?{asked}&amp;sandbox_login={login}">{login}</a>' for login in people)
        return HTMLResponse(f"<h1>Authorize the App as</h1><ul>{links}</ul>")

    async def exchange(self, request: Request) -> Response:
        """A code for a token, once. Faults are answered with 200 and an error's name, as GitHub does."""
        given = dict(request.query_params) | dict(parse_qsl((await request.body()).decode(errors="replace")))
        answer = self._token(given)
        if "application/json" in request.headers.get("accept", ""):
            return json_response(answer)
        plain = urlencode({name: str(value) for name, value in answer.items()})
        return Response(plain, media_type="application/x-www-form-urlencoded; charset=utf-8")

    def _token(self, given: Mapping[str, str]) -> dict[str, Json]:
        app = next((one for one in self._world.state.apps.values() if one.client_id == given.get("client_id")), None)
        if app is None or not hmac.compare_digest(app.client_secret, given.get("client_secret", "")):
            return _error("incorrect_client_credentials")
        granted = self._codes.pop(given.get("code", ""), None)
        if granted is None or granted.app is not app or granted.expires_at <= self._world.clock():
            return _error("bad_verification_code")
        if given.get("redirect_uri", granted.redirect_uri) != granted.redirect_uri:
            return _error("redirect_uri_mismatch")
        if granted.challenge is not None and granted.challenge != challenge_of(given.get("code_verifier", "")):
            return _error("bad_verification_code")
        token = mint_user_access(self._world.state, self._world.clock, app, granted.user)
        shown: dict[str, Json] = {"access_token": token.value, "scope": "", "token_type": "bearer"}
        if token.expires_at is not None:
            lasts = int(USER_TOKEN_LIFE.total_seconds())
            refresh = f"ghr_{secrets.token_hex(38)}"
            shown |= {"expires_in": lasts, "refresh_token": refresh, "refresh_token_expires_in": 15_897_600}
        return shown

    def routes(self) -> list[Route]:
        """GitHub's two addresses."""
        return [
            Route("/login/oauth/authorize", self.authorize),
            Route("/login/oauth/access_token", self.exchange, methods=["POST"]),
        ]


def challenge_of(verifier: str) -> str:
    """PKCE's S256: https://datatracker.ietf.org/doc/html/rfc7636#section-4.2"""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def query_of(url: str) -> dict[str, str]:
    """The parameters of an authorize address."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def _error(name: str) -> dict[str, Json]:
    return {"error": name, "error_description": _WORDS[name], "error_uri": f"{_DOCUMENTATION}#{name}"}
