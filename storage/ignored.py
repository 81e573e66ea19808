"""Failures that a person wants to hear nothing of for a time: by fingerprint, within one repository."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from storage.database import Connection


@dataclass(frozen=True, slots=True)
class IgnoredRow:
    """Until when a failure is ignored, and who asked for it."""

    fingerprint: str
    until: datetime
    login: str


async def begin(
    connection: Connection, repository_id: int, fingerprints: Sequence[str], until: datetime, login: str
) -> None:
    """Ignore them until then, whatever was said of them before. They must be stored failures'."""
    await connection.execute(
        "INSERT INTO ignored_failures (repository_id, fingerprint, until, login) "
        "SELECT %s, fingerprint, %s, %s FROM unnest(%s::text[]) AS fingerprint "
        "ON CONFLICT (repository_id, fingerprint) DO UPDATE SET until = excluded.until, login = excluded.login",
        (repository_id, until, login, sorted(set(fingerprints))),
    )


async def end(connection: Connection, repository_id: int, fingerprints: Sequence[str]) -> None:
    """Ignore them no longer."""
    await connection.execute(
        "DELETE FROM ignored_failures WHERE repository_id = %s AND fingerprint = ANY(%s)",
        (repository_id, list(fingerprints)),
    )


async def ignored_now(
    connection: Connection, repository_id: int, fingerprints: Sequence[str]
) -> tuple[IgnoredRow, ...]:
    """Those that are ignored at this moment, the first to end first."""
    async with connection.cursor(row_factory=class_row(IgnoredRow)) as cursor:
        await cursor.execute(
            "SELECT fingerprint, until, login FROM ignored_failures "
            "WHERE repository_id = %s AND fingerprint = ANY(%s) AND until > now() ORDER BY until, fingerprint",
            (repository_id, list(fingerprints)),
        )
        return tuple(await cursor.fetchall())
