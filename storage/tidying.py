"""What a pull request leaves behind when it is closed: fixes that nobody will decide on any more."""

from storage.database import Connection
from storage.text import storable


async def close_fixes(
    connection: Connection, repository_id: int, pull_request_number: int, to: str, actor: str, reason: str
) -> None:
    """Move the fixes of a pull request that wait for people: proposed ones to `to`, offered ones to superseded."""
    await connection.execute(
        """
        WITH before AS (
            SELECT x.fix_id, x.state FROM analyses a JOIN suggested_fixes x USING (run_id, run_attempt)
            WHERE a.repository_id = %(repository_id)s AND a.pull_request_number = %(number)s
              AND x.state IN ('proposed', 'offered') FOR UPDATE OF x
        ), moved AS (
            UPDATE suggested_fixes x SET state = CASE before.state WHEN 'proposed' THEN %(to)s ELSE 'superseded' END
            FROM before WHERE x.fix_id = before.fix_id RETURNING x.fix_id, before.state AS from_state, x.state
        )
        INSERT INTO fix_events (fix_id, from_state, to_state, actor, reason)
        SELECT fix_id, from_state, state, %(actor)s, %(reason)s FROM moved
        """,
        {
            "repository_id": repository_id,
            "number": pull_request_number,
            "to": to,
            "actor": actor,
            "reason": storable(reason),
        },
    )


async def attempts_with_fixes(
    connection: Connection, repository_id: int, pull_request_number: int
) -> tuple[tuple[int, int], ...]:
    """Run and attempt of each analysis of a pull request that has a fix, oldest first."""
    cursor = await connection.execute(
        "SELECT DISTINCT a.run_id, a.run_attempt FROM analyses a JOIN suggested_fixes x USING (run_id, run_attempt) "
        "WHERE a.repository_id = %s AND a.pull_request_number = %s ORDER BY a.run_id, a.run_attempt",
        (repository_id, pull_request_number),
    )
    return tuple((int(row[0]), int(row[1])) for row in await cursor.fetchall())
