"""Fixes by where they stand: in a head's history, on a branch, on a pull request."""

from collections.abc import Mapping, Sequence

from storage.database import Connection
from storage.fixes import FixRow, all_fixes, one_fix
from storage.ids import FixId
from storage.runs import RunRow


async def fixes_in(
    connection: Connection,
    repository_id: int,
    commits: Sequence[str],
    trailers: Mapping[int, str],
    pull_request_number: int | None,
) -> tuple[FixId, ...]:
    """The fixes that were committed in a head's lineage, in order.

    Known by their commits; by the trailers of commits that were written anew (fix id to patch hash); and by the pull
    request, whose history may have been replaced whole.
    """
    cursor = await connection.execute(
        """
        SELECT fix_id FROM suggested_fixes WHERE repository_id = %(repository_id)s AND commit_sha = ANY(%(commits)s)
        UNION
        SELECT x.fix_id FROM unnest(%(fix_ids)s::bigint[], %(hashes)s::text[]) AS t (fix_id, patch_hash)
        JOIN suggested_fixes x ON x.fix_id = t.fix_id AND x.patch_hash = t.patch_hash
        WHERE x.repository_id = %(repository_id)s
        UNION
        SELECT x.fix_id FROM analyses a JOIN suggested_fixes x USING (run_id, run_attempt)
        WHERE a.repository_id = %(repository_id)s AND a.pull_request_number = %(number)s
          AND x.commit_sha IS NOT NULL AND x.pull_request_number IS NULL
        ORDER BY fix_id
        """,
        {
            "repository_id": repository_id,
            "commits": list(commits),
            "fix_ids": list(trailers),
            "hashes": list(trailers.values()),
            "number": pull_request_number,
        },
    )
    return tuple(FixId(int(row[0])) for row in await cursor.fetchall())


async def any_committed(connection: Connection, repository_id: int) -> bool:
    """Whether any fix of a repository was ever committed: else no history has to be asked for."""
    cursor = await connection.execute(
        "SELECT EXISTS (SELECT FROM suggested_fixes WHERE repository_id = %s AND commit_sha IS NOT NULL)",
        (repository_id,),
    )
    row = await cursor.fetchone()
    return bool(row and row[0])


async def alive_of_branch(
    connection: Connection, repository_id: int, head_repository: str, head_branch: str
) -> tuple[FixRow, ...]:
    """The fixes of a branch that a person, or CI, has yet to decide on: proposed, committed, or offered on a fork.

    A fork's branch may be named like one of ours, so that the branch is one of `head_repository` (`owner/name`).
    """
    return await all_fixes(
        connection,
        "JOIN workflow_runs r USING (run_id, run_attempt) "
        "WHERE x.repository_id = %s AND x.state IN ('proposed', 'applied', 'offered') AND x.head_branch = %s "
        "AND lower(r.head_repository) = lower(%s) ORDER BY x.fix_id",
        (repository_id, head_branch, head_repository),
    )


async def left_before(connection: Connection, green: RunRow, limit: int) -> tuple[FixRow, ...]:
    """The fixes that were left on the branch of a green run, newest first, if it is the first green one after them.

    They were superseded without a commit of ours, neither by a newer row of the same patch nor by an edit that is
    known of.
    """
    return await all_fixes(
        connection,
        "JOIN workflow_runs r USING (run_id, run_attempt) "
        "WHERE x.repository_id = %s AND x.head_branch = %s AND x.state = 'superseded' AND x.commit_sha IS NULL "
        "AND r.workflow_id = %s AND lower(r.head_repository) = lower(%s) AND r.head_sha <> %s AND r.run_id < %s "
        # Counted, since the planner may not turn that into a look at every edit there is.
        "AND (SELECT count(*) FROM fix_events e WHERE e.fix_id = x.fix_id AND e.kind = 'edit') = 0 "
        "AND NOT EXISTS (SELECT FROM suggested_fixes y WHERE y.run_id = x.run_id AND y.run_attempt = x.run_attempt "
        "AND y.patch_hash = x.patch_hash AND y.fix_id > x.fix_id) "
        "AND NOT EXISTS (SELECT FROM workflow_runs g WHERE g.repository_id = x.repository_id "
        "AND g.workflow_id = r.workflow_id AND g.head_branch = x.head_branch "
        "AND lower(g.head_repository) = lower(r.head_repository) AND g.conclusion = 'success' "
        "AND g.run_id > r.run_id AND g.run_id < %s) ORDER BY x.fix_id DESC LIMIT %s",
        (
            green.repository_id,
            green.head_branch,
            green.workflow_id,
            green.head_repository,
            green.head_sha,
            green.run_id,
            green.run_id,
            limit,
        ),
    )


async def fix_of_pull_request(connection: Connection, repository_id: int, number: int) -> FixRow | None:
    """The fix that a pull request was opened for."""
    return await one_fix(
        connection, "WHERE x.repository_id = %s AND x.pull_request_number = %s", (repository_id, number)
    )


async def undoable_of_pull_request(connection: Connection, repository_id: int, number: int) -> FixRow | None:
    """The newest fix with a commit of ours that a pull request's conversation is about, or that it was opened for."""
    return await one_fix(
        connection,
        "WHERE x.fix_id IN ("
        "SELECT y.fix_id FROM analyses a JOIN suggested_fixes y USING (run_id, run_attempt) "
        "WHERE a.repository_id = %s AND a.pull_request_number = %s "
        "AND y.commit_sha IS NOT NULL AND y.state <> 'undone' "
        "UNION SELECT z.fix_id FROM suggested_fixes z WHERE z.repository_id = %s AND z.pull_request_number = %s "
        "AND z.commit_sha IS NOT NULL AND z.state <> 'undone') ORDER BY x.fix_id DESC LIMIT 1",
        (repository_id, number, repository_id, number),
    )


async def undone_by(connection: Connection, repository_id: int, ref: str) -> FixRow | None:
    """The fix that one act undid: the same act again is about no other."""
    return await one_fix(
        connection,
        "WHERE x.repository_id = %s AND x.undo_ref = %s AND x.state = 'undone' ORDER BY x.fix_id DESC LIMIT 1",
        (repository_id, ref),
    )
