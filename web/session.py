"""Who signed in, in a cookie that only we can write; and the word that each of our forms must bring back.

The cookie holds a GitHub user's id and login and nothing that opens GitHub. It ends after eight hours.
"""

import hmac
import secrets
import time
from typing import TypeVar

import msgspec
from starlette.requests import HTTPConnection
from starlette.responses import Response

from github_app.model import User, UserId
from web.keys import Keys

T = TypeVar("T")
SESSION_SECONDS = 8 * 3600
SIGN_IN_SECONDS = 600
"""From our page to GitHub's and back; a code of GitHub's lives as long."""
_SESSION, _SIGN_IN, _FLASH = "session", "sign_in", "flash"


class Session(msgspec.Struct, frozen=True):
    """A person who signed in. `nonce` tells this session from any other of the same person."""

    user_id: int
    login: str
    nonce: str
    until: int

    @property
    def user(self) -> User:
        """The GitHub user."""
        return User(UserId(self.user_id), self.login, is_bot=False)


class SignIn(msgspec.Struct, frozen=True):
    """A sign-in under way: what GitHub must bring back, PKCE's secret half, and where the person wanted to go."""

    state: str
    verifier: str
    back: str
    until: int


class Cookies:
    """Reads and writes our cookies: signed, HttpOnly, SameSite=Lax, and Secure behind https."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def session(self, request: HTTPConnection) -> Session | None:
        """The session of a request; None where there is none that holds."""
        found = self._read(request, _SESSION, Session)
        return found if found is not None and found.until > time.time() else None

    def open_session(self, request: HTTPConnection, response: Response, user: User) -> None:
        """Sign a person in on this browser."""
        until = int(time.time()) + SESSION_SECONDS
        made = Session(user.user_id, user.login, secrets.token_urlsafe(16), until)
        self._write(request, response, _SESSION, msgspec.json.encode(made), SESSION_SECONDS)

    def close_session(self, request: HTTPConnection, response: Response) -> None:
        """Sign the person out on this browser."""
        self._write(request, response, _SESSION, None, 0)

    def sign_in(self, request: HTTPConnection) -> SignIn | None:
        """The sign-in that this browser began; None where it began none, or too long ago."""
        found = self._read(request, _SIGN_IN, SignIn)
        return found if found is not None and found.until > time.time() else None

    def begin_sign_in(self, request: HTTPConnection, response: Response, begun: SignIn) -> None:
        """Remember a sign-in on this browser."""
        self._write(request, response, _SIGN_IN, msgspec.json.encode(begun), SIGN_IN_SECONDS)

    def end_sign_in(self, request: HTTPConnection, response: Response) -> None:
        """Forget it: a second answer of GitHub to it finds nothing."""
        self._write(request, response, _SIGN_IN, None, 0)

    def flash(self, request: HTTPConnection) -> str | None:
        """What the page before has to say."""
        return self._read(request, _FLASH, str)

    def set_flash(self, request: HTTPConnection, response: Response, text: str | None) -> None:
        """Have the next page say something, or take it back once it was said."""
        content = None if text is None else msgspec.json.encode(text[:500])
        self._write(request, response, _FLASH, content, 60 if text else 0)

    def csrf(self, session: Session) -> str:
        """The word for this session's forms: another site cannot read it, and it opens no other session."""
        return self._keys.sign("csrf", session.nonce.encode())

    def is_ours(self, session: Session, word: str) -> bool:
        """Whether a form came from a page of this session."""
        signed = self._keys.read("csrf", word)
        return signed is not None and hmac.compare_digest(signed, session.nonce.encode())

    def _read(self, request: HTTPConnection, name: str, kind: type[T]) -> T | None:
        content = self._keys.read(name, request.cookies.get(_cookie(name, secure=is_https(request)), ""))
        try:
            return None if content is None else msgspec.json.decode(content, type=kind)
        except msgspec.DecodeError:
            # Signed by a version whose sessions had other fields.
            return None

    def _write(
        self, request: HTTPConnection, response: Response, name: str, content: bytes | None, seconds: int
    ) -> None:
        secure = is_https(request)
        value = "" if content is None else self._keys.sign(name, content)
        response.set_cookie(
            _cookie(name, secure=secure),
            value,
            max_age=seconds,
            path="/",
            secure=secure,
            httponly=True,
            samesite="lax",
        )


def is_https(request: HTTPConnection) -> bool:
    """Whether the browser speaks https, to us or to the proxy before us: a false word of it binds its own cookie."""
    return request.url.scheme in ("https", "wss") or request.headers.get("x-forwarded-proto") == "https"


def _cookie(name: str, *, secure: bool) -> str:
    # Browsers take a `__Host-` cookie from this very host and over https alone.
    return f"__Host-ci-fixer-{name}" if secure else f"ci-fixer-{name}"
