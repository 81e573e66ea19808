"""The heads of pull requests, those of the past too: a run heard of late is about the pull request it was of."""

from storage.database import Connection


async def remember_head(
    connection: Connection, repository_id: int, number: int, head_repository: str, head_sha: str, *, now: bool = False
) -> None:
    """Keep that a commit is or was the head of a pull request. Twice is once.

    An event tells of a moment that may be long past; `now` is GitHub's answer to a question, and holds against events:
    a push may lead back to a head that was left.
    """
    await connection.execute(
        "INSERT INTO pull_request_heads AS known (repository_id, head_sha, number, head_repository) "
        "VALUES (%s, %s, %s, %s) ON CONFLICT (repository_id, head_sha, number) "
        "DO UPDATE SET left_for = CASE WHEN %s THEN NULL ELSE known.left_for END",
        (repository_id, head_sha, number, head_repository, now),
    )


async def leave_head(
    connection: Connection, repository_id: int, number: int, head_repository: str, head_sha: str, left_for: str
) -> None:
    """Keep that a pull request moved on from one head to another."""
    await connection.execute(
        "INSERT INTO pull_request_heads (repository_id, head_sha, number, head_repository, left_for) "
        "VALUES (%s, %s, %s, %s, %s) "
        "ON CONFLICT (repository_id, head_sha, number) DO UPDATE SET left_for = excluded.left_for",
        (repository_id, head_sha, number, head_repository, left_for),
    )


async def number_of_head(connection: Connection, repository_id: int, head_repository: str, head_sha: str) -> int | None:
    """The first pull request from that repository that has or had the commit as its head."""
    cursor = await connection.execute(
        "SELECT min(number) FROM pull_request_heads "
        "WHERE repository_id = %s AND head_sha = %s AND lower(head_repository) = lower(%s)",
        (repository_id, head_sha, head_repository),
    )
    found = await cursor.fetchone()
    return None if found is None or found[0] is None else int(found[0])


async def left_for(connection: Connection, repository_id: int, number: int, head_sha: str) -> str | None:
    """The head that came after a commit in its pull request; None while none is known."""
    cursor = await connection.execute(
        "SELECT left_for FROM pull_request_heads WHERE repository_id = %s AND number = %s AND head_sha = %s",
        (repository_id, number, head_sha),
    )
    found = await cursor.fetchone()
    return None if found is None or found[0] is None else str(found[0])
