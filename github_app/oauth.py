"""Signing people in by the App's web flow. The user token is used once, to ask whose it is, and kept nowhere.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
"""

import base64
import hashlib
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx
import msgspec

from github_app import wire
from github_app.auth import API_VERSION
from github_app.errors import Permanent, RetryLater
from github_app.model import User

CALLBACK_PATH = "/auth/callback"
"""Where GitHub sends the browser back to: registered with the App."""
_TIMEOUT = 10


class SignInRefused(Permanent):
    """GitHub gave no token for this code: it was used, is too old, or belongs to another sign-in."""


class _TokenWire(msgspec.Struct):
    access_token: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class OAuth:
    """The App as GitHub's sign-in knows it."""

    web_url: str
    api_url: str
    client_id: str
    client_secret: str = field(repr=False)

    def authorize_url(self, state: str, verifier: str) -> str:
        """Where to send the browser. GitHub sends it back to the first callback URL that the App has registered."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "client_id": self.client_id,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.web_url}/login/oauth/authorize?{urlencode(asked)}"

    async def person(self, code: str, verifier: str) -> User:
        """Who signed in. Raises SignInRefused, or RetryLater where GitHub does not answer."""
        given = {
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "code": code,
            "code_verifier": verifier,
        }
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT, headers={"Accept": "application/json"}) as client:
                said = await client.post(f"{self.web_url}/login/oauth/access_token", data=given)
                token = wire.read(said, _TokenWire)
                if not token.access_token:
                    raise SignInRefused(f"GitHub refused the sign-in: {token.error or 'it gave no token'}.")
                headers = {"Authorization": f"Bearer {token.access_token}", "X-GitHub-Api-Version": API_VERSION}
                answer = await client.get(f"{self.api_url}/user", headers=headers)
        except httpx.HTTPError as error:
            raise RetryLater(f"GitHub did not answer the sign-in: {type(error).__name__}") from error
        return wire.read(answer, wire.OwnerWire).user()
