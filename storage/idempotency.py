"""Idempotency keys: whose turn a request is, and what it was answered.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from storage.database import Connection

KEPT = timedelta(hours=24)
"""A client that retries for longer than a day asks anew."""
ABANDONED = timedelta(minutes=1)
"""After it a request without an answer is taken for one whose process died: none is worked on for half as long."""
_PURGED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A request that came with a key; `status` is None while it is under way or was cut short."""

    request_hash: bytes
    claim: str
    status: int | None
    location: str | None
    body: bytes | None


async def claim(
    connection: Connection, actor: str, route: str, key: str, request_hash: bytes, claim_id: str
) -> KeyRow | None:
    """Take the turn for a request: its row, with `claim_id` in it where the turn is ours, else whoever has it.

    One that was abandoned with the same body is taken over, and one of more than a day ago is as if it were not there.
    None where the row went away in between: try again.
    """
    values: dict[str, str | bytes | timedelta] = {"actor": actor, "route": route, "key": key, "hash": request_hash}
    values |= {"claim": claim_id, "kept": KEPT, "abandoned": ABANDONED}
    await connection.execute(
        """
        INSERT INTO idempotency_keys AS known (actor, route, key, request_hash, claim)
        VALUES (%(actor)s, %(route)s, %(key)s, %(hash)s, %(claim)s)
        ON CONFLICT (actor, route, key) DO UPDATE SET
            request_hash = excluded.request_hash, claim = excluded.claim, began_at = now(),
            status = NULL, location = NULL, body = NULL
        WHERE known.began_at < now() - %(kept)s::interval
           OR (known.status IS NULL AND known.request_hash = excluded.request_hash
               AND known.began_at < now() - %(abandoned)s::interval)
        """,
        values,
    )
    async with connection.cursor(row_factory=class_row(KeyRow)) as cursor:
        await cursor.execute(
            "SELECT request_hash, claim::text AS claim, status, location, body FROM idempotency_keys "
            "WHERE actor = %(actor)s AND route = %(route)s AND key = %(key)s",
            values,
        )
        return await cursor.fetchone()


async def finish(
    connection: Connection,
    actor: str,
    route: str,
    key: str,
    claim_id: str,
    status: int,
    location: str | None,
    body: bytes,
) -> None:
    """Keep the answer, where the turn is still that of `claim_id`."""
    await connection.execute(
        "UPDATE idempotency_keys SET status = %s, location = %s, body = %s "
        "WHERE actor = %s AND route = %s AND key = %s AND claim = %s",
        (status, location, body, actor, route, key, claim_id),
    )


async def release(connection: Connection, actor: str, route: str, key: str, claim_id: str) -> None:
    """Give the turn back: nothing was answered, and the key may be used at once."""
    await connection.execute(
        "DELETE FROM idempotency_keys WHERE actor = %s AND route = %s AND key = %s AND claim = %s",
        (actor, route, key, claim_id),
    )


async def purge(connection: Connection, before: datetime) -> int:
    """Delete the keys of requests from before, a thousand at a time; gives how many."""
    deleted = 0
    while True:
        cursor = await connection.execute(
            "DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY("
            "SELECT ctid FROM idempotency_keys WHERE began_at < %s ORDER BY began_at LIMIT %s))",
            (before, _PURGED_AT_ONCE),
        )
        deleted += cursor.rowcount
        if cursor.rowcount < _PURGED_AT_ONCE:
            return deleted
