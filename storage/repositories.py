"""The repositories that the App is installed on. Owner and name may change; the id does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from storage.database import Connection

_COLUMNS = "repository_id, installation_id, owner, name, default_branch, removed_at, named_at, private"

# What another event said before is kept where this one is older, or says nothing of it. Ids of installations grow.
_SAVE = """
INSERT INTO repositories AS known
    (repository_id, installation_id, owner, name, default_branch, removed_at, named_at, private, withdrawn)
SELECT %(repository_id)s, %(installation_id)s, %(owner)s, %(name)s, %(default_branch)s,
       CASE WHEN i.deleted_at IS NOT NULL OR %(taken)s THEN now() ELSE %(removed_at)s::timestamptz END,
       %(named_at)s::timestamptz, %(private)s, i.deleted_at IS NOT NULL
FROM installations i WHERE i.installation_id = %(installation_id)s
ON CONFLICT (repository_id) DO UPDATE SET
    installation_id = greatest(known.installation_id, excluded.installation_id),
    owner = CASE WHEN %(newer)s THEN excluded.owner ELSE known.owner END,
    name = CASE WHEN %(newer)s THEN excluded.name ELSE known.name END,
    default_branch = CASE WHEN %(newer)s THEN excluded.default_branch ELSE known.default_branch END,
    private = CASE WHEN %(newer)s THEN excluded.private ELSE known.private END,
    named_at = greatest(known.named_at, excluded.named_at),
    removed_at = CASE
        WHEN excluded.installation_id < known.installation_id
             OR (known.withdrawn AND excluded.installation_id = known.installation_id) THEN known.removed_at
        ELSE excluded.removed_at END,
    withdrawn = CASE
        WHEN excluded.installation_id = known.installation_id THEN known.withdrawn OR excluded.withdrawn
        WHEN excluded.installation_id > known.installation_id THEN excluded.withdrawn ELSE known.withdrawn END,
    updated_at = now()
"""


@dataclass(frozen=True, slots=True)
class RepositoryRow:
    """One repository; `removed_at` is None while the App may reach it. `named_at`: when GitHub said the name.

    `private` where strangers may not read it, as far as the newest event told; internal repositories are private too.
    """

    repository_id: int
    installation_id: int
    owner: str
    name: str
    default_branch: str
    removed_at: datetime | None = None
    named_at: datetime | None = None
    private: bool = True


async def save_repository(connection: Connection, row: RepositoryRow) -> None:
    """Insert or bring up to date, by id. Call it in a transaction.

    Events come in any order. One may be handled before the `installation` event that announces its installation: then
    a row stands in for it. One that is older than what is known renames nothing, and brings back nothing that was
    withdrawn. Another repository that held this name must have lost it, since GitHub gives a name to one at a time.
    """
    await connection.execute(
        "INSERT INTO installations (installation_id, account_login, account_type) VALUES (%s, %s, 'Unknown') "
        "ON CONFLICT DO NOTHING",
        (row.installation_id, row.owner),
    )
    known = await repository(connection, row.repository_id)
    newer = known is None or _is_newer(row, known)
    owner, name = (row.owner, row.name) if newer or known is None else (known.owner, known.name)
    taken = await _taken(connection, row, owner, name) if row.removed_at is None else False
    values = {"newer": newer, "taken": taken, **{field: getattr(row, field) for field in _FIELDS}}
    await connection.execute(_SAVE, values)


_FIELDS = _COLUMNS.split(", ")


def _is_newer(row: RepositoryRow, known: RepositoryRow) -> bool:
    """An event that says no time yields to one that did."""
    if known.named_at is None or row.named_at is None:
        return known.named_at is None
    return row.named_at >= known.named_at


async def _taken(connection: Connection, row: RepositoryRow, owner: str, name: str) -> bool:
    """Take the name from whoever held it; True where another one was given it later, and keeps it."""
    other = await repository_by_name(connection, owner, name)
    if other is None or other.repository_id == row.repository_id:
        return False
    if other.named_at is not None and row.named_at is not None and other.named_at > row.named_at:
        return True
    await connection.execute(
        "UPDATE repositories SET removed_at = now(), updated_at = now() WHERE repository_id = %s",
        (other.repository_id,),
    )
    return False


async def remove_repositories(connection: Connection, installation_id: int, repository_ids: Sequence[int]) -> None:
    """Mark those repositories of the installation as withdrawn; others and unknown ids are left alone."""
    await connection.execute(
        "UPDATE repositories SET removed_at = coalesce(removed_at, now()), withdrawn = true, updated_at = now() "
        "WHERE repository_id = ANY(%s) AND installation_id = %s AND NOT withdrawn",
        (list(repository_ids), installation_id),
    )


async def give_back(connection: Connection, installation_id: int, repository_ids: Sequence[int]) -> None:
    """Mark those repositories of the installation as within reach again, unless it is deleted or the name taken."""
    await connection.execute(
        "UPDATE repositories r SET removed_at = NULL, withdrawn = false, updated_at = now() "
        "FROM installations i WHERE r.repository_id = ANY(%s) AND r.installation_id = %s "
        "AND i.installation_id = r.installation_id AND i.deleted_at IS NULL AND r.withdrawn "
        "AND NOT EXISTS (SELECT FROM repositories o WHERE o.removed_at IS NULL "
        "AND o.repository_id <> r.repository_id AND lower(o.owner) = lower(r.owner) AND lower(o.name) = lower(r.name))",
        (list(repository_ids), installation_id),
    )


async def repository(connection: Connection, repository_id: int) -> RepositoryRow | None:
    """The repository of that id, removed or not."""
    async with connection.cursor(row_factory=class_row(RepositoryRow)) as cursor:
        await cursor.execute(f"SELECT {_COLUMNS} FROM repositories WHERE repository_id = %s", (repository_id,))
        return await cursor.fetchone()


async def repository_by_name(connection: Connection, owner: str, name: str) -> RepositoryRow | None:
    """The repository that has that name now, whatever the case of the letters."""
    async with connection.cursor(row_factory=class_row(RepositoryRow)) as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM repositories "
            "WHERE lower(owner) = lower(%s) AND lower(name) = lower(%s) AND removed_at IS NULL",
            (owner, name),
        )
        return await cursor.fetchone()


async def told_of_in(connection: Connection, repository_id: int) -> tuple[int, ...]:
    """The repositories of which a text may speak that all who read this one see: itself, and its installation's public
    ones that the App still reaches.
    """
    cursor = await connection.execute(
        "SELECT o.repository_id FROM repositories r JOIN repositories o USING (installation_id) "
        "WHERE r.repository_id = %s AND (o.repository_id = r.repository_id OR NOT o.private AND o.removed_at IS NULL) "
        "ORDER BY o.repository_id",
        (repository_id,),
    )
    return tuple([row[0] async for row in cursor])
