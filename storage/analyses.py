"""What was done about one attempt: its state and the ids of what was posted, so that a second run finds its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from storage.database import Connection
from storage.failure_issues import issue_numbered
from storage.text import storable, storable_json, storable_or_none

_COLUMNS = (
    "run_id, run_attempt, repository_id, head_sha, pull_request_number, state, check_run_id, comment_id, "
    "check_digest, comment_digest, note, introduced, remarks, started_at, diagnosed_at, "
    "ignored_until, approvers, approvable, annotations::text AS annotations_json, quiet"
)


@dataclass(frozen=True, slots=True)
class AnalysisRow:
    """The analysis of one attempt: `started`, then `diagnosed`, then `published`, `superseded` or `failed`.

    The digests are of what was last posted, so that nothing is posted twice; `note` is what it said in words;
    `introduced` are the commits that the head adds to its base branch, where they are known; `remarks` are for the
    repository's owners; `ignored_until` stands where every failure was ignored when it was diagnosed. The last three
    are what the repository's own file said then: see `configure`.
    """

    run_id: int
    run_attempt: int
    repository_id: int
    head_sha: str
    pull_request_number: int | None
    state: str
    check_run_id: int | None
    comment_id: int | None
    check_digest: str | None
    comment_digest: str | None
    note: str
    introduced: list[str] | None
    remarks: list[str]
    started_at: datetime
    diagnosed_at: datetime | None
    ignored_until: datetime | None
    approvers: str | None
    approvable: bool
    annotations_json: str
    quiet: bool
    """Read by a backfill alone: nothing of it is shown on GitHub."""


async def begin(
    connection: Connection,
    run_id: int,
    run_attempt: int,
    repository_id: int,
    head_sha: str,
    pull_request_number: int | None = None,
) -> AnalysisRow:
    """The analysis of that attempt, made now or found. Its run must be saved first.

    One that a backfill has read is to be shown from now on.
    """
    await connection.execute(
        "INSERT INTO analyses AS known (run_id, run_attempt, repository_id, head_sha, pull_request_number) "
        "VALUES (%s, %s, %s, %s, %s) ON CONFLICT (run_id, run_attempt) DO UPDATE SET quiet = false, "
        "pull_request_number = coalesce(known.pull_request_number, excluded.pull_request_number) WHERE known.quiet",
        (run_id, run_attempt, repository_id, head_sha, pull_request_number),
    )
    found = await analysis(connection, run_id, run_attempt)
    if found is None:
        raise LookupError(f"the analysis of run {run_id}/{run_attempt} was deleted while it was begun")
    return found


async def keep_quietly(
    connection: Connection,
    run_id: int,
    run_attempt: int,
    repository_id: int,
    head_sha: str,
    pull_request_number: int | None,
    introduced: Sequence[str] | None,
    *,
    read: bool,
) -> bool:
    """Keep an attempt that is never to be shown; False where somebody else has read it or is about to.

    One that could not be `read`, for its logs are gone, stays `started`: nothing is known of its failure.
    """
    cursor = await connection.execute(
        "INSERT INTO analyses (run_id, run_attempt, repository_id, head_sha, pull_request_number, introduced, state, "
        "diagnosed_at, quiet) VALUES (%s, %s, %s, %s, %s, %s::text[], %s, CASE WHEN %s THEN now() END, true) "
        "ON CONFLICT DO NOTHING",
        (
            run_id,
            run_attempt,
            repository_id,
            head_sha,
            pull_request_number,
            None if introduced is None else list(introduced),
            "diagnosed" if read else "started",
            read,
        ),
    )
    return cursor.rowcount == 1


async def update(
    connection: Connection,
    run_id: int,
    run_attempt: int,
    *,
    state: str | None = None,
    pull_request_number: int | None = None,
    note: str | None = None,
    introduced: Sequence[str] | None = None,
    remarks: Sequence[str] | None = None,
    ignored_until: datetime | None = None,
) -> AnalysisRow | None:
    """Change what is given and leave the rest. `diagnosed_at` is set when the state first becomes `diagnosed`.

    What was ignored is not, once the analysis is `started` anew.
    """
    async with connection.cursor(row_factory=class_row(AnalysisRow)) as cursor:
        await cursor.execute(
            f"""
            UPDATE analyses SET
                state = coalesce(%(state)s, state),
                pull_request_number = coalesce(%(pull_request_number)s, pull_request_number),
                note = coalesce(%(note)s, note),
                introduced = coalesce(%(introduced)s::text[], introduced),
                remarks = coalesce(%(remarks)s::text[], remarks),
                ignored_until = CASE WHEN %(state)s = 'started' THEN NULL
                                     ELSE coalesce(%(ignored_until)s, ignored_until) END,
                diagnosed_at = CASE WHEN %(state)s = 'diagnosed' THEN coalesce(diagnosed_at, now())
                                    ELSE diagnosed_at END
            WHERE run_id = %(run_id)s AND run_attempt = %(run_attempt)s
            RETURNING {_COLUMNS}
            """,
            {
                "run_id": run_id,
                "run_attempt": run_attempt,
                "state": state,
                "pull_request_number": pull_request_number,
                "note": storable_or_none(note),
                "introduced": None if introduced is None else list(introduced),
                "remarks": None if remarks is None else [storable(remark) for remark in remarks],
                "ignored_until": ignored_until,
            },
        )
        return await cursor.fetchone()


async def configure(
    connection: Connection,
    run_id: int,
    run_attempt: int,
    *,
    approvers: str | None,
    approvable: bool,
    annotations_json: str,
) -> None:
    """Keep what the repository's file says of showing this attempt.

    That is who may approve in words (None: the default) and whether anybody may, and what is wrong with the file as
    annotations of the check run.
    """
    await connection.execute(
        "UPDATE analyses SET approvers = %s, approvable = %s, annotations = %s::jsonb "
        "WHERE run_id = %s AND run_attempt = %s",
        (storable_or_none(approvers), approvable, storable_json(annotations_json), run_id, run_attempt),
    )


async def begun_since(connection: Connection, repository_id: int, since: datetime) -> int:
    """How many attempts of a repository were begun to be read since then, those of backfills left out."""
    cursor = await connection.execute(
        "SELECT count(*) FROM analyses WHERE repository_id = %s AND started_at >= %s AND NOT quiet",
        (repository_id, since),
    )
    found = await cursor.fetchone()
    return 0 if found is None else int(found[0])


async def checked(
    connection: Connection, repository_id: int, head_sha: str, check_run_id: int, digest: str | None
) -> None:
    """Keep what a commit's one check run says: all runs of the commit speak there; None where it says nothing yet."""
    await connection.execute(
        "UPDATE analyses SET check_run_id = %s, check_digest = %s WHERE repository_id = %s AND head_sha = %s",
        (check_run_id, digest, repository_id, head_sha),
    )


async def commented(
    connection: Connection, repository_id: int, pull_request_number: int, head_sha: str, comment_id: int, digest: str
) -> None:
    """Keep what a pull request's one comment says: all runs of its head speak there, those of other heads no more."""
    await connection.execute(
        "UPDATE analyses SET comment_id = %s, comment_digest = CASE WHEN head_sha = %s THEN %s END "
        "WHERE repository_id = %s AND pull_request_number = %s",
        (comment_id, head_sha, digest, repository_id, pull_request_number),
    )


async def speak_in(connection: Connection, repository_id: int, pull_request_number: int, comment_id: int) -> None:
    """Have the analyses that came after a pull request's one comment know of it, those of older heads too."""
    await connection.execute(
        "UPDATE analyses SET comment_id = %s "
        "WHERE repository_id = %s AND pull_request_number = %s AND comment_id IS DISTINCT FROM %s",
        (comment_id, repository_id, pull_request_number, comment_id),
    )


async def analysis(connection: Connection, run_id: int, run_attempt: int) -> AnalysisRow | None:
    """The analysis of that attempt."""
    async with connection.cursor(row_factory=class_row(AnalysisRow)) as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM analyses WHERE run_id = %s AND run_attempt = %s", (run_id, run_attempt)
        )
        return await cursor.fetchone()


async def analyses_of_head(connection: Connection, repository_id: int, head_sha: str) -> tuple[AnalysisRow, ...]:
    """Every analysis on a head commit, in the order of the runs."""
    async with connection.cursor(row_factory=class_row(AnalysisRow)) as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM analyses WHERE repository_id = %s AND head_sha = %s ORDER BY run_id, run_attempt",
            (repository_id, head_sha),
        )
        return tuple(await cursor.fetchall())


async def comment_of(connection: Connection, repository_id: int, pull_request_number: int) -> int | None:
    """The id of the comment last used on a pull request."""
    cursor = await connection.execute(
        "SELECT comment_id FROM analyses WHERE repository_id = %s AND pull_request_number = %s "
        "AND comment_id IS NOT NULL ORDER BY run_id DESC, run_attempt DESC LIMIT 1",
        (repository_id, pull_request_number),
    )
    found = await cursor.fetchone()
    return None if found is None else int(found[0])


async def newest_of_pull_request(
    connection: Connection, repository_id: int, pull_request_number: int
) -> AnalysisRow | None:
    """The analysis of a pull request's newest run, in whatever order they came: the comment speaks of its head."""
    async with connection.cursor(row_factory=class_row(AnalysisRow)) as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM analyses WHERE repository_id = %s AND pull_request_number = %s "
            "ORDER BY run_id DESC, run_attempt DESC LIMIT 1",
            (repository_id, pull_request_number),
        )
        return await cursor.fetchone()


async def adopt(connection: Connection, repository_id: int, number: int, head_repository: str, head_sha: str) -> None:
    """Have the analyses of a head, that knew of no pull request, be about this one."""
    await connection.execute(
        "UPDATE analyses a SET pull_request_number = %s FROM workflow_runs r "
        "WHERE a.repository_id = %s AND a.head_sha = %s AND a.pull_request_number IS NULL "
        "AND r.run_id = a.run_id AND r.run_attempt = a.run_attempt AND lower(r.head_repository) = lower(%s)",
        (number, repository_id, head_sha, head_repository),
    )


async def resting_on(
    connection: Connection,
    repository_id: int,
    workflow_id: int,
    head_sha: str,
    run_id: int,
    run_attempt: int,
    limit: int,
) -> tuple[AnalysisRow, ...]:
    """The diagnosed attempts of a workflow whose verdict an attempt may bear on, the nearest `limit` in their order.

    Those are the attempts on its own head, and those of later runs.
    """
    async with connection.cursor(row_factory=class_row(AnalysisRow)) as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM analyses WHERE repository_id = %(repository_id)s AND diagnosed_at IS NOT NULL "
            "AND (run_id, run_attempt) <> (%(run_id)s, %(run_attempt)s) AND (run_id, run_attempt) IN ("
            "SELECT run_id, run_attempt FROM workflow_runs WHERE repository_id = %(repository_id)s "
            "AND workflow_id = %(workflow_id)s AND (run_id > %(run_id)s OR head_sha = %(head_sha)s)) "
            "ORDER BY run_id, run_attempt LIMIT %(limit)s",
            {
                "repository_id": repository_id,
                "workflow_id": workflow_id,
                "head_sha": head_sha,
                "run_id": run_id,
                "run_attempt": run_attempt,
                "limit": limit,
            },
        )
        return tuple(await cursor.fetchall())


async def newest_of_conversation(connection: Connection, repository_id: int, number: int) -> AnalysisRow | None:
    """The analysis that a pull request's or an issue's conversation speaks of; None where it is about none of ours."""
    issue = await issue_numbered(connection, repository_id, number)
    if issue is not None:
        return await analysis(connection, issue.run_id, issue.run_attempt)
    return await newest_of_pull_request(connection, repository_id, number)
