"""Making API tokens: shown once, kept as a hash."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from github_app.model import User
from storage import api_tokens
from storage.api_tokens import ApiTokenRow
from storage.database import Connection
from web.people import TOKEN_PREFIX


@dataclass(frozen=True, slots=True)
class NewToken:
    """The token itself, which nobody can show again, and its row."""

    token: str
    row: ApiTokenRow


async def new_token(connection: Connection, user: User, scope: str, lasts: timedelta) -> NewToken:
    """A token of 256 random bits that acts as `user` within `scope` until it ends."""
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = await api_tokens.save(connection, token, user.user_id, user.login, scope, datetime.now(UTC) + lasts)
    return NewToken(token, row)
