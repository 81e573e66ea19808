"""Receipts of commands: each command of each comment acts once, however often its delivery comes."""

from dataclasses import dataclass

from psycopg.rows import class_row

from storage.database import Connection
from storage.text import storable


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A command that was taken. `outcome` None: it is being acted on, or a crash cut it short."""

    repository_id: int
    comment_id: int
    ordinal: int
    name: str
    login: str
    outcome: str | None
    reply_comment_id: int | None


async def claim(
    connection: Connection, repository_id: int, comment_id: int, ordinal: int, name: str, login: str
) -> bool:
    """True the first time only. After a False, `receipt` says whether the first one came to its end."""
    cursor = await connection.execute(
        "INSERT INTO command_receipts (repository_id, comment_id, ordinal, name, login) "
        "VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (repository_id, comment_id, ordinal, name, login),
    )
    return cursor.rowcount == 1


async def finish(
    connection: Connection,
    repository_id: int,
    comment_id: int,
    ordinal: int,
    outcome: str,
    reply_comment_id: int | None = None,
) -> None:
    """Write what became of it, and the comment that said so."""
    await connection.execute(
        "UPDATE command_receipts SET outcome = %s, reply_comment_id = coalesce(%s, reply_comment_id) "
        "WHERE repository_id = %s AND comment_id = %s AND ordinal = %s",
        (storable(outcome), reply_comment_id, repository_id, comment_id, ordinal),
    )


async def receipt(connection: Connection, repository_id: int, comment_id: int, ordinal: int) -> ReceiptRow | None:
    """The receipt of one command of a comment; `ordinal` counts the comment's commands from 0."""
    async with connection.cursor(row_factory=class_row(ReceiptRow)) as cursor:
        await cursor.execute(
            "SELECT repository_id, comment_id, ordinal, name, login, outcome, reply_comment_id FROM command_receipts "
            "WHERE repository_id = %s AND comment_id = %s AND ordinal = %s",
            (repository_id, comment_id, ordinal),
        )
        return await cursor.fetchone()
