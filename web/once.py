"""A POST that comes twice under one Idempotency-Key is done once and answered twice.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/

What is kept is every answer of the operation itself below 500, refusals too. A 5xx gives the key back: nothing was
decided, and the same request may work in a moment. A process that dies in the middle leaves a key that can be used
again after a minute; what it did by then is found by the act's own name (`web.acts`), and is not done twice.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from uuid import uuid4

from storage import idempotency
from storage.database import Database
from web.problems import Problem


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it is sent and kept: JSON, or a problem document from 400 on."""

    status: int
    body: bytes
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """A request as its key names it: by whom, where, and a hash of what was given."""

    actor: str
    route: str
    key: str
    given: bytes


async def once(database: Database, asking: Asking, act: Callable[[], Awaitable[Answered]]) -> Answered:
    """The answer of `act`, or the one that the same request was given before.

    Raises Problem 409 while the first is under way and 422 for another body, and whatever `act` raises.
    """
    wanted, claim_id = hashlib.sha256(asking.given).digest(), str(uuid4())
    name = (asking.actor, asking.route, asking.key)
    async with database.connection() as connection:
        row = await idempotency.claim(connection, *name, wanted, claim_id)
    if row is not None and row.request_hash != wanted:
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "This Idempotency-Key was used with another body; take a new one."
        )
    if row is not None and row.status is not None and row.body is not None:
        return Answered(row.status, row.body, row.location)
    if row is None or row.claim != claim_id:
        raise Problem(
            HTTPStatus.CONFLICT,
            "The request with this Idempotency-Key is under way; ask again in a moment.",
            {"Retry-After": "2"},
        )
    try:
        answered = await act()
    except BaseException:
        async with database.connection() as connection:
            await idempotency.release(connection, *name, claim_id)
        raise
    async with database.connection() as connection:
        await idempotency.finish(connection, *name, claim_id, answered.status, answered.location, answered.body)
    return answered
