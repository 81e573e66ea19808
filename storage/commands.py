"""Receipts of commands: each command of each comment acts once, however often its delivery comes."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from storage.database import Connection
from storage.text import storable


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A command that was taken. `outcome` None: it is being acted on, or a crash cut it short."""

    repository_id: int
    comment_id: int
    act: str
    name: str
    login: str
    number: int | None
    outcome: str | None
    reply_comment_id: int | None


async def claim(
    connection: Connection, repository_id: int, comment_id: int, act: str, name: str, login: str, number: int
) -> bool:
    """True the first time only. After a False, `receipt` says whether the first one came to its end.

    `act` names the command within its comment; `number` is the conversation's.
    """
    cursor = await connection.execute(
        "INSERT INTO command_receipts (repository_id, comment_id, act, name, login, number) "
        "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (repository_id, comment_id, act, name, login, number),
    )
    return cursor.rowcount == 1


async def finish(
    connection: Connection,
    repository_id: int,
    comment_id: int,
    act: str,
    outcome: str,
    reply_comment_id: int | None = None,
) -> None:
    """Write what became of it, and the comment that said so."""
    await connection.execute(
        "UPDATE command_receipts SET outcome = %s, reply_comment_id = coalesce(%s, reply_comment_id) "
        "WHERE repository_id = %s AND comment_id = %s AND act = %s",
        (storable(outcome), reply_comment_id, repository_id, comment_id, act),
    )


async def receipt(connection: Connection, repository_id: int, comment_id: int, act: str) -> ReceiptRow | None:
    """The receipt of one command of a comment."""
    async with connection.cursor(row_factory=class_row(ReceiptRow)) as cursor:
        await cursor.execute(
            "SELECT repository_id, comment_id, act, name, login, number, outcome, reply_comment_id "
            "FROM command_receipts WHERE repository_id = %s AND comment_id = %s AND act = %s",
            (repository_id, comment_id, act),
        )
        return await cursor.fetchone()


async def take(connection: Connection, repository_id: int, comment_id: int, act: str, subject: str) -> bool:
    """Whether what may be done once is this command's to do: it is the first to ask, or was and asks again."""
    await connection.execute(
        "INSERT INTO command_takings (repository_id, subject, comment_id, act) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT DO NOTHING",
        (repository_id, subject, comment_id, act),
    )
    cursor = await connection.execute(
        "SELECT comment_id, act FROM command_takings WHERE repository_id = %s AND subject = %s",
        (repository_id, subject),
    )
    return await cursor.fetchone() == (comment_id, act)


async def leave(connection: Connection, repository_id: int, comment_id: int, act: str, subject: str) -> None:
    """Give back what a command took and could not do."""
    await connection.execute(
        "DELETE FROM command_takings WHERE repository_id = %s AND subject = %s AND comment_id = %s AND act = %s",
        (repository_id, subject, comment_id, act),
    )


async def others_here(
    connection: Connection, repository_id: int, comment_id: int, act: str, name: str, number: int, since: datetime
) -> int:
    """How many other commands of that name were done, or are under way, in a conversation since then."""
    cursor = await connection.execute(
        "SELECT count(*) FROM command_receipts WHERE repository_id = %s AND number = %s AND name = %s "
        "AND claimed_at >= %s AND coalesce(outcome, 'done') = 'done' AND (comment_id, act) <> (%s, %s)",
        (repository_id, number, name, since, comment_id, act),
    )
    return _count(await cursor.fetchone())


async def others_by(
    connection: Connection, repository_id: int, comment_id: int, act: str, name: str, login: str, since: datetime
) -> int:
    """How many other commands of that name a person had done, or has under way, in a repository since then."""
    cursor = await connection.execute(
        "SELECT count(*) FROM command_receipts WHERE repository_id = %s AND login = %s AND claimed_at >= %s "
        "AND name = %s AND coalesce(outcome, 'done') = 'done' AND (comment_id, act) <> (%s, %s)",
        (repository_id, login, since, name, comment_id, act),
    )
    return _count(await cursor.fetchone())


async def replies_to(connection: Connection, repository_id: int, login: str, since: datetime) -> int:
    """How many replies a person's commands in a repository were given since then."""
    cursor = await connection.execute(
        "SELECT count(*) FROM command_receipts WHERE repository_id = %s AND login = %s AND claimed_at >= %s "
        "AND reply_comment_id IS NOT NULL",
        (repository_id, login, since),
    )
    return _count(await cursor.fetchone())


def _count(row: tuple[int, ...] | None) -> int:
    return 0 if row is None else row[0]
