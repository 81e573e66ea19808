"""What came out of fixes: one row a decisive event of the ledger.

These are `verified`, which is a success, and `ineffective`, `rejected`, `undone` and an edit by the person who
approves, which are none. A trigger of `fix_events` writes the rows (migration 0017), so that they are right whoever
writes the event; the newest of a fix counts, with the event's `learning_weight`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import DictRow, class_row, dict_row

from storage.database import Connection
from storage.fixes import NewFix
from storage.ids import FailureId, FixId

MOST_OUTCOMES = 20_000
"""The newest of an installation that count: older ones were of other code and other recipes, and what reads these takes
some 10 ms."""


@dataclass(frozen=True, slots=True)
class FixFeatures:
    """What a person can read off a fix when it is proposed; None: not known. The failure is the fix's first.

    `lines` are the added and removed lines of the diff.
    """

    fingerprint: str
    category: str
    source: str
    complexity: str | None = None
    proof_level: str | None = None
    files: int | None = None
    lines: int | None = None
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A decision on a fix, which held from `decided_at` until `replaced_at` (None: it holds)."""

    fix_event_id: int
    fix_id: FixId
    repository_id: int
    kind: str
    features: FixFeatures
    succeeded: bool
    weight: float
    proposed_at: datetime
    decided_at: datetime
    replaced_at: datetime | None


@dataclass(frozen=True, slots=True)
class Tally:
    """Outcomes counted by weight: `successes` of `n`."""

    successes: float
    n: float


NONE = Tally(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Tallies:
    """The outcomes that may speak for a fix, each level within the one before; `failure` is its failure, any kind."""

    every: Tally = NONE
    category: Tally = NONE
    category_kind: Tally = NONE
    failure_kind: Tally = NONE
    failure: Tally = NONE


@dataclass(frozen=True, slots=True)
class Said:
    """What came out where `probability` was said: `successes` of `n`, by weight."""

    probability: float
    successes: float
    n: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fix to predict for: the installation whose outcomes speak, and its own id where it is stored already."""

    installation_id: int
    features: FixFeatures
    fix_id: FixId | None = None


_FEATURES = """
    coalesce(f.fingerprint, '') AS fingerprint, coalesce(f.category, 'unknown') AS category, x.source, x.complexity,
    x.proof_level, (SELECT count(*) FROM jsonb_object_keys(x.base_blobs))::integer AS files,
    -- Two lines of each file's head begin with the same characters.
    regexp_count(x.diff, '^[-+]', 1, 'n') - 2 * regexp_count(x.diff, '^\\+\\+\\+ "?b/', 1, 'n') AS lines
"""
_FIRST_FAILURE = """
    LEFT JOIN LATERAL (
        SELECT w.fingerprint, w.category, w.verdict FROM fix_failures l JOIN workflow_failures w USING (failure_id)
        WHERE l.fix_id = x.fix_id ORDER BY l.failure_id LIMIT 1
    ) f ON true
"""
_TALLIES = """
WITH newest AS MATERIALIZED (
    SELECT fix_id, fingerprint, category, kind, succeeded, weight FROM fix_outcomes
    WHERE installation_id = %(installation_id)s AND replaced_at IS NULL AND weight > 0
    ORDER BY fix_event_id DESC LIMIT %(most)s
), counted AS (
    SELECT category = %(category)s AS same_category, kind = kind_of_fix(%(source)s) AS same_kind,
           fingerprint = %(fingerprint)s AS same_failure, weight, CASE WHEN succeeded THEN weight ELSE 0 END AS success
    FROM newest WHERE fix_id <> %(fix_id)s
)
SELECT sum(success), sum(weight),
       sum(success) FILTER (WHERE same_category), sum(weight) FILTER (WHERE same_category),
       sum(success) FILTER (WHERE same_category AND same_kind), sum(weight) FILTER (WHERE same_category AND same_kind),
       sum(success) FILTER (WHERE same_category AND same_kind AND same_failure),
       sum(weight) FILTER (WHERE same_category AND same_kind AND same_failure),
       sum(success) FILTER (WHERE same_failure), sum(weight) FILTER (WHERE same_failure)
FROM counted
"""


async def about_new(connection: Connection, new: NewFix) -> Candidate | None:
    """What is known of a fix that is about to be proposed; None where its repository is not known."""
    return await _candidate(
        connection,
        f"""
        SELECT r.installation_id, NULL::bigint AS fix_id, {_FEATURES}, f.verdict
        FROM (VALUES (%(source)s::text, %(complexity)s::text, %(proof_level)s::text, %(base_blobs)s::jsonb,
                      %(diff)s::text)) AS x (source, complexity, proof_level, base_blobs, diff)
        JOIN repositories r ON r.repository_id = %(repository_id)s
        LEFT JOIN LATERAL (
            SELECT w.fingerprint, w.category, w.verdict FROM workflow_failures w
            WHERE w.failure_id = ANY(%(failure_ids)s) ORDER BY w.failure_id LIMIT 1
        ) f ON true
        """,
        {
            "source": new.source,
            "complexity": new.complexity,
            "proof_level": new.proof_level,
            "base_blobs": new.base_blobs_json,
            "diff": new.diff,
            "repository_id": new.repository_id,
            "failure_ids": list(new.failure_ids),
        },
    )


async def about_fix(connection: Connection, repository_id: int, fix_id: FixId) -> Candidate | None:
    """What was known of a stored fix when it was proposed; None where that repository has no such fix."""
    return await _candidate(
        connection,
        f"SELECT r.installation_id, x.fix_id, {_FEATURES}, coalesce(x.verdict, f.verdict) AS verdict "
        f"FROM suggested_fixes x JOIN repositories r USING (repository_id) {_FIRST_FAILURE} "
        "WHERE x.repository_id = %(repository_id)s AND x.fix_id = %(fix_id)s",
        {"repository_id": repository_id, "fix_id": fix_id},
    )


async def tallies_for(connection: Connection, candidate: Candidate) -> Tallies:
    """The outcomes of the installation that may speak for a fix, without its own; the newest `MOST_OUTCOMES`."""
    cursor = await connection.execute(
        _TALLIES,
        {
            "installation_id": candidate.installation_id,
            "most": MOST_OUTCOMES,
            "category": candidate.features.category,
            "source": candidate.features.source,
            "fingerprint": candidate.features.fingerprint,
            "fix_id": candidate.fix_id or 0,
        },
    )
    row = await cursor.fetchone() or (None,) * 10
    figures = [float(value or 0) for value in row]
    return Tallies(*(Tally(*figures[at : at + 2]) for at in range(0, 10, 2)))


async def outcomes_of(connection: Connection, installation_id: int, most: int = MOST_OUTCOMES) -> tuple[Outcome, ...]:
    """The fixes of an installation that were decided last, with all that was known at each proposal, oldest first.

    Their decisions that were replaced are there too: they were what was known for a time.
    """
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"""
            SELECT o.fix_event_id, o.fix_id, o.repository_id, o.kind, o.succeeded, o.weight, o.proposed_at,
                   o.decided_at, o.replaced_at, {_FEATURES},
                   coalesce(x.verdict, f.verdict) AS verdict
            FROM (
                WITH newest AS MATERIALIZED (
                    SELECT * FROM fix_outcomes
                    WHERE installation_id = %s AND replaced_at IS NULL AND weight > 0
                    ORDER BY fix_event_id DESC LIMIT %s
                )
                SELECT * FROM newest
                UNION ALL
                SELECT replaced.* FROM newest
                JOIN fix_outcomes replaced ON replaced.fix_id = newest.fix_id AND replaced.replaced_at IS NOT NULL
            ) o
            JOIN suggested_fixes x USING (fix_id) {_FIRST_FAILURE}
            ORDER BY o.decided_at, o.fix_event_id
            """.encode(),
            (installation_id, most),
        )
        return tuple([_outcome(found) async for found in cursor])


async def said_and_done(connection: Connection, repository_ids: Sequence[int], since: datetime) -> tuple[Said, ...]:
    """What came out of the fixes that were decided since then and of which a probability was said, by probability.

    To a thousandth, finer than the per cent that people are shown: so any number of fixes is a thousand rows at most.
    """
    async with connection.cursor(row_factory=class_row(Said)) as cursor:
        await cursor.execute(
            """
            SELECT round(said * 1000) / 1000 AS probability,
                   coalesce(sum(weight) FILTER (WHERE succeeded), 0) AS successes, sum(weight) AS n
            FROM fix_outcomes
            WHERE repository_id = ANY(%s) AND decided_at >= %s AND replaced_at IS NULL AND said IS NOT NULL
              AND weight > 0
            GROUP BY 1 ORDER BY 1
            """,
            (list(repository_ids), since),
        )
        return tuple(await cursor.fetchall())


async def _candidate(
    connection: Connection, query: str, values: Mapping[str, str | int | list[FailureId]]
) -> Candidate | None:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query.encode(), values)
        found = await cursor.fetchone()
    if found is None:
        return None
    return Candidate(found["installation_id"], _features(found), found["fix_id"])


def _outcome(found: DictRow) -> Outcome:
    return Outcome(
        fix_event_id=found["fix_event_id"],
        fix_id=FixId(found["fix_id"]),
        repository_id=found["repository_id"],
        kind=found["kind"],
        features=_features(found),
        succeeded=found["succeeded"],
        weight=found["weight"],
        proposed_at=found["proposed_at"],
        decided_at=found["decided_at"],
        replaced_at=found["replaced_at"],
    )


def _features(found: DictRow) -> FixFeatures:
    return FixFeatures(
        fingerprint=found["fingerprint"],
        category=found["category"],
        source=found["source"],
        complexity=found["complexity"],
        proof_level=found["proof_level"],
        files=found["files"],
        lines=found["lines"],
        verdict=found["verdict"],
    )
