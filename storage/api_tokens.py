"""Tokens of the JSON API, kept as hashes; the token itself is known to its owner alone."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from storage.database import Connection

_COLUMNS = "api_token_id, user_id, login, scope, created_at, expires_at, last_used_at, revoked_at"


@dataclass(frozen=True, slots=True)
class ApiTokenRow:
    """A token: whose it is, `read` or `decide`, and until when. `last_used_at` is exact to a minute."""

    api_token_id: int
    user_id: int
    login: str
    scope: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


async def save(
    connection: Connection, token: str, user_id: int, login: str, scope: str, expires_at: datetime
) -> ApiTokenRow:
    """Keep a new token by its hash."""
    async with connection.cursor(row_factory=class_row(ApiTokenRow)) as cursor:
        await cursor.execute(
            "INSERT INTO api_tokens (token_hash, user_id, login, scope, expires_at) VALUES (%s, %s, %s, %s, %s) "
            f"RETURNING {_COLUMNS}",
            (_hash(token), user_id, login, scope, expires_at),
        )
        made = await cursor.fetchone()
    if made is None:
        raise LookupError("the token was deleted while it was made")
    return made


async def valid(connection: Connection, token: str) -> ApiTokenRow | None:
    """The row of a token that may be used now; its use is noted once a minute.

    Found by its hash, which a guesser does not choose, and compared once more in constant time.
    """
    wanted = _hash(token)
    cursor = await connection.execute(
        "SELECT api_token_id, token_hash FROM api_tokens "
        "WHERE token_hash = %s AND revoked_at IS NULL AND expires_at > now()",
        (wanted,),
    )
    found = await cursor.fetchone()
    if found is None or not hmac.compare_digest(bytes(found[1]), wanted):
        return None
    await connection.execute(
        "UPDATE api_tokens SET last_used_at = now() WHERE api_token_id = %s "
        "AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')",
        (found[0],),
    )
    async with connection.cursor(row_factory=class_row(ApiTokenRow)) as rows:
        await rows.execute(f"SELECT {_COLUMNS} FROM api_tokens WHERE api_token_id = %s", (found[0],))
        return await rows.fetchone()


async def every(connection: Connection) -> tuple[ApiTokenRow, ...]:
    """All tokens ever made, oldest first: an operator's list."""
    async with connection.cursor(row_factory=class_row(ApiTokenRow)) as cursor:
        await cursor.execute(f"SELECT {_COLUMNS} FROM api_tokens ORDER BY api_token_id")
        return tuple(await cursor.fetchall())


async def revoke(connection: Connection, api_token_id: int) -> bool:
    """End a token at once; False where there is none of that id, or it was revoked before."""
    cursor = await connection.execute(
        "UPDATE api_tokens SET revoked_at = now() WHERE api_token_id = %s AND revoked_at IS NULL", (api_token_id,)
    )
    return cursor.rowcount == 1


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
