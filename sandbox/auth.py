"""Who is asking: an App by its JWT, an installation or a person by a token, or nobody.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

import jwt
from jwt.types import Options

from sandbox.clock import Clock
from sandbox.errors import ApiError
from sandbox.state import App, Installation, Repository, State, Token, User

TOKEN_LIFE = timedelta(hours=1)
USER_TOKEN_LIFE = timedelta(hours=8)
# A JWT may live ten minutes; GitHub allows a minute of drift between clocks.
_LONGEST_JWT = timedelta(minutes=10)
_DRIFT = timedelta(minutes=1)
LEVELS = ("none", "read", "write", "admin")


@dataclass(frozen=True, slots=True)
class AppCaller:
    """An App as itself, by JWT."""

    app: App


@dataclass(frozen=True, slots=True)
class InstallationCaller:
    """An App's installation, with what its token was narrowed to."""

    installation: Installation
    token: Token


@dataclass(frozen=True, slots=True)
class PersonCaller:
    """A person's token. With ``app`` it was given to that App, and reaches what both the person and the App may.

    ``installations`` are where that App works.
    """

    user: User
    app: App | None = None
    installations: tuple[Installation, ...] = ()

    def covering(self, repository: Repository) -> Installation | None:
        """The App's installation on a repository."""
        return next((one for one in self.installations if repository.id in one.repository_ids), None)

    def lets(self, repository: Repository, permission: str, level: str) -> bool:
        """Whether the App does not stand in the way: it may itself, or all the world may."""
        found = self.covering(repository)
        if self.app is None or (level == "read" and not repository.private):
            return True
        return found is not None and allowed(found.permissions, permission, level)


@dataclass(frozen=True, slots=True)
class Nobody:
    """No credentials."""


Caller: TypeAlias = AppCaller | InstallationCaller | PersonCaller | Nobody


def authenticate(state: State, clock: Clock, authorization: str | None) -> Caller:
    """Read an Authorization header; 401 as GitHub words it."""
    if not authorization:
        return Nobody()
    scheme, _, credential = authorization.partition(" ")
    credential = credential.strip()
    if scheme.lower() not in {"bearer", "token"} or not credential:
        raise ApiError(401, "Bad credentials")
    if not credential.startswith("gh") and credential.count(".") == 2:
        return AppCaller(app_of_jwt(state, clock, credential))
    token = state.tokens.get(credential)
    if token is None or (token.expires_at is not None and token.expires_at <= clock()):
        raise ApiError(401, "Bad credentials")
    if isinstance(token.holder, User):
        working = [one for one in state.installations.values() if one.app is token.app and one.suspended_at is None]
        return PersonCaller(token.holder, token.app, tuple(working))
    if token.holder.id not in state.installations:
        raise ApiError(401, "Bad credentials")
    if token.holder.suspended_at is not None:
        raise ApiError(403, "This installation has been suspended")
    return InstallationCaller(token.holder, token)


def app_of_jwt(state: State, clock: Clock, credential: str) -> App:
    """The App that signed a JWT: RS256, issuer, issue and expiry times checked against the sandbox's clock."""
    try:
        claims = jwt.decode(credential, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise _undecodable() from None
    issuer = claims.get("iss")
    if issuer is None:
        raise ApiError(401, "Missing 'issuer' claim ('iss') in assertion")
    app = next((a for a in state.apps.values() if str(issuer) in {str(a.id), a.client_id}), None)
    if app is None:
        raise ApiError(404, "Integration not found")
    off: Options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False}
    try:
        jwt.decode(credential, app.public_key_pem, algorithms=["RS256"], options=off)
    except jwt.PyJWTError:
        raise _undecodable() from None
    _check_times(clock, claims)
    return app


def _check_times(clock: Clock, claims: Mapping[str, object]) -> None:
    issued, expires, now = claims.get("iat"), claims.get("exp"), clock().timestamp()
    if isinstance(expires, bool) or not isinstance(expires, int | float) or expires <= now:
        raise ApiError(
            401,
            "'Expiration time' claim ('exp') must be a numeric value representing "
            "the future time at which the assertion expires",
        )
    if expires > now + (_LONGEST_JWT + _DRIFT).total_seconds():
        raise ApiError(401, "'Expiration time' claim ('exp') is too far in the future")
    if isinstance(issued, bool) or not isinstance(issued, int | float) or issued > now + 1:
        raise ApiError(
            401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        )


def _undecodable() -> ApiError:
    return ApiError(401, "A JSON web token could not be decoded")


def allowed(permissions: Mapping[str, str], permission: str, level: str) -> bool:
    """Whether a set of permissions holds one; every App may read metadata."""
    held = permissions.get(permission, "read" if permission == "metadata" else "none")
    return LEVELS.index(held) >= LEVELS.index(level)


def mint(
    state: State,
    clock: Clock,
    installation: Installation,
    repository_ids: frozenset[int],
    permissions: Mapping[str, str],
) -> Token:
    """An installation token for an hour, already narrowed; refusing is the caller's work."""
    expires = clock() + TOKEN_LIFE
    token = Token(
        _token_text(installation, int(expires.timestamp())), installation, repository_ids, dict(permissions), expires
    )
    state.tokens[token.value] = token
    return token


def _token_text(installation: Installation, expires: int) -> str:
    """About 520 characters, ``ghs_APPID_`` and the shape of a JWT.

    https://github.blog/changelog/2026-05-15-github-app-installation-tokens-per-request-override-header/
    """
    header = {"alg": "RS256", "typ": "JWT"}
    claims = {"iss": "sandbox", "sub": installation.id, "exp": expires, "jti": secrets.token_hex(16)}
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), secrets.token_bytes(256)]
    body = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    return f"ghs_{installation.app.id}_{body}"


def mint_person(state: State, user: User) -> Token:
    """A person's token, which does not expire."""
    token = Token(f"ghp_{secrets.token_hex(18)}", user, frozenset(), {}, None)
    state.tokens[token.value] = token
    return token


def mint_user_access(state: State, clock: Clock, app: App, user: User) -> Token:
    """A user access token: eight hours, or without end where the App opted out of that."""
    expires = clock() + USER_TOKEN_LIFE if app.user_tokens_expire else None
    token = Token(f"ghu_{secrets.token_hex(18)}", user, frozenset(), {}, expires, app)
    state.tokens[token.value] = token
    return token
