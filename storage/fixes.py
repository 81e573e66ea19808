"""Suggested fixes and the one place that knows how their state may change; the database refuses the other ways.

proposed -> approved -> applying -> applied -> verified | ineffective | superseded
proposed -> rejected | superseded | expired
approved | applying | failed -> superseded (the branch moved on)
applying -> failed -> approved (retry)
applying -> offered (suggestions on a fork's pull request) -> applied | verified | superseded
verified <-> ineffective (the workflow ran again)
applied | verified | ineffective | superseded -> undone, where there is a commit of ours
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from psycopg.rows import DictRow, dict_row

from storage.confidence import COLUMNS, Confidence, confidence_in, values_of, without_confidence
from storage.database import Connection
from storage.ids import FailureId, FixId
from storage.ledger import NOTHING_MORE, EventKind, Told
from storage.text import exact, exact_json, storable, storable_json, storable_or_none


class FixState(StrEnum):
    """How far a fix has come."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    APPLYING = "applying"
    OFFERED = "offered"
    APPLIED = "applied"
    VERIFIED = "verified"
    INEFFECTIVE = "ineffective"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    FAILED = "failed"
    UNDONE = "undone"


class Delivery(StrEnum):
    """How an approved fix reaches the people it is for."""

    COMMIT = "commit"
    PULL_REQUEST = "pull_request"
    SUGGESTIONS = "suggestions"


TRANSITIONS: Mapping[FixState, frozenset[FixState]] = {
    FixState.PROPOSED: frozenset(
        {FixState.APPROVED, FixState.REJECTED, FixState.SUPERSEDED, FixState.EXPIRED},
    ),
    FixState.APPROVED: frozenset({FixState.APPLYING, FixState.SUPERSEDED}),
    FixState.APPLYING: frozenset({FixState.APPLIED, FixState.OFFERED, FixState.FAILED, FixState.SUPERSEDED}),
    FixState.OFFERED: frozenset({FixState.APPLIED, FixState.VERIFIED, FixState.SUPERSEDED}),
    FixState.FAILED: frozenset({FixState.APPROVED, FixState.SUPERSEDED}),
    FixState.APPLIED: frozenset(
        {FixState.VERIFIED, FixState.INEFFECTIVE, FixState.SUPERSEDED, FixState.UNDONE},
    ),
    FixState.VERIFIED: frozenset({FixState.INEFFECTIVE, FixState.UNDONE}),
    FixState.INEFFECTIVE: frozenset({FixState.VERIFIED, FixState.UNDONE}),
    FixState.REJECTED: frozenset(),
    FixState.SUPERSEDED: frozenset({FixState.UNDONE}),
    FixState.UNDONE: frozenset(),
    FixState.EXPIRED: frozenset(),
}
"""From each state, where a fix may go."""


KINDS: Mapping[FixState, EventKind] = {
    FixState.PROPOSED: EventKind.PROPOSAL,
    FixState.APPROVED: EventKind.DECISION,
    FixState.APPLYING: EventKind.STATE,
    FixState.OFFERED: EventKind.APPLICATION,
    FixState.APPLIED: EventKind.APPLICATION,
    FixState.VERIFIED: EventKind.CI_VERDICT,
    FixState.INEFFECTIVE: EventKind.CI_VERDICT,
    FixState.REJECTED: EventKind.DECISION,
    FixState.SUPERSEDED: EventKind.STATE,
    FixState.EXPIRED: EventKind.STATE,
    FixState.FAILED: EventKind.APPLICATION,
    FixState.UNDONE: EventKind.REVERT,
}
"""What an event tells of that brings a fix to a state."""


@dataclass(frozen=True, slots=True)
class NewFix:
    """A fix to propose. `patch_hash` is the SHA-256 of `diff`, in hex; `confidence` None: not enough history.

    `source` says who wrote it, such as `recipe:ruff-unused-import` or `engine:gemini:MODEL`.
    """

    repository_id: int
    run_id: int
    run_attempt: int
    head_sha: str
    head_branch: str | None
    source: str
    summary: str
    explanation: str
    edits_json: str
    base_blobs_json: str
    diff: str
    patch_hash: str
    proof_level: str
    complexity: str
    policy_json: str
    failure_ids: tuple[FailureId, ...]
    confidence: Confidence | None = None


@dataclass(frozen=True, slots=True)
class FixRow:
    """A fix as it is kept.

    `pull_request_number` is that of its own pull request, where it is delivered as one; `undo_ref` names the act that
    undid it, and `undo_commit_sha` the commit that did, where one was needed.
    """

    fix_id: FixId
    repository_id: int
    run_id: int
    run_attempt: int
    head_sha: str
    head_branch: str | None
    source: str
    summary: str
    explanation: str
    edits_json: str
    base_blobs_json: str
    diff: str
    patch_hash: str
    proof_level: str
    confidence: Confidence | None
    complexity: str
    policy_json: str
    failure_ids: tuple[FailureId, ...]
    state: FixState
    commit_sha: str | None
    delivered_as: Delivery | None
    pull_request_number: int | None
    undo_ref: str | None
    undo_commit_sha: str | None
    created_at: datetime
    updated_at: datetime


FixValues = tuple[int | str | Sequence[int] | Sequence[str] | None, ...]
"""What may stand for the `%s` of a condition."""

_SELECT = f"""
SELECT x.fix_id, x.repository_id, x.run_id, x.run_attempt, x.head_sha, x.head_branch, x.source, x.summary,
       x.explanation, x.edits::text AS edits_json, x.base_blobs::text AS base_blobs_json, x.diff, x.patch_hash,
       x.proof_level, {COLUMNS}, x.complexity, x.findings::text AS policy_json,
       ARRAY(SELECT failure_id FROM fix_failures WHERE fix_failures.fix_id = x.fix_id ORDER BY failure_id)
           AS failure_ids,
       x.state, x.commit_sha, x.delivered_as, x.pull_request_number, x.undo_ref, x.undo_commit_sha,
       x.created_at, x.updated_at
FROM suggested_fixes x
"""
_INSERT = """
WITH made AS (
    INSERT INTO suggested_fixes (
        repository_id, run_id, run_attempt, head_sha, head_branch, source, summary, explanation, edits, base_blobs,
        diff, patch_hash, proof_level, confidence, confidence_low, confidence_high, confidence_n, confidence_level,
        confidence_model, complexity, findings, verdict)
    VALUES (
        %(repository_id)s, %(run_id)s, %(run_attempt)s, %(head_sha)s, %(head_branch)s, %(source)s, %(summary)s,
        %(explanation)s, %(edits)s, %(base_blobs)s, %(diff)s, %(patch_hash)s, %(proof_level)s, %(confidence)s,
        %(confidence_low)s, %(confidence_high)s, %(confidence_n)s, %(confidence_level)s, %(confidence_model)s,
        %(complexity)s, %(findings)s,
        (SELECT verdict FROM workflow_failures WHERE failure_id = ANY(%(failure_ids)s) ORDER BY failure_id LIMIT 1))
    ON CONFLICT (run_id, run_attempt, patch_hash, head_sha) DO NOTHING
    RETURNING fix_id
), links AS (
    INSERT INTO fix_failures (fix_id, failure_id) SELECT fix_id, unnest(%(failure_ids)s::bigint[]) FROM made
)
INSERT INTO fix_events (fix_id, kind, to_state, actor, reason)
SELECT fix_id, 'proposal', 'proposed', %(source)s, %(reason)s FROM made
"""


async def propose(connection: Connection, new: NewFix, reason: str = "") -> FixRow:
    """Store a fix as `proposed`; the same patch for the same attempt and head again gives the first row, in any state.

    `reason` says in words why it is proposed, where that is not the failure alone.

    Raises ValueError for a patch with characters that PostgreSQL cannot keep exactly: its hash would lie.
    """
    await connection.execute(_INSERT, {**_values(new), "reason": storable(reason)})
    row = await one_fix(
        connection,
        "WHERE x.run_id = %s AND x.run_attempt = %s AND x.patch_hash = %s AND x.head_sha = %s",
        (new.run_id, new.run_attempt, new.patch_hash, new.head_sha),
    )
    if row is None:
        raise LookupError(f"the fix for run {new.run_id}/{new.run_attempt} was deleted while it was proposed")
    return row


async def fix(connection: Connection, repository_id: int, fix_id: FixId) -> FixRow | None:
    """The fix of that id, if it belongs to that repository: an id from elsewhere finds nothing."""
    return await one_fix(connection, "WHERE x.repository_id = %s AND x.fix_id = %s", (repository_id, fix_id))


async def open_fixes(connection: Connection, repository_id: int, head_sha: str) -> tuple[FixRow, ...]:
    """The fixes that wait for a decision on a head commit, oldest first."""
    return await all_fixes(
        connection,
        "WHERE x.repository_id = %s AND x.head_sha = %s AND x.state = 'proposed' ORDER BY x.fix_id",
        (repository_id, head_sha),
    )


async def fixes_of(connection: Connection, run_id: int, run_attempt: int) -> tuple[FixRow, ...]:
    """The fixes of one attempt, oldest first."""
    return await all_fixes(
        connection, "WHERE x.run_id = %s AND x.run_attempt = %s ORDER BY x.fix_id", (run_id, run_attempt)
    )


async def fix_by_commit(connection: Connection, repository_id: int, commit_sha: str) -> FixRow | None:
    """The fix that was committed as that commit."""
    return await one_fix(
        connection,
        "WHERE x.repository_id = %s AND x.commit_sha = %s ORDER BY x.fix_id DESC LIMIT 1",
        (repository_id, commit_sha),
    )


async def verified_for(connection: Connection, repository_id: int, fingerprint: str, limit: int) -> tuple[FixRow, ...]:
    """The fixes of a repository that answered a fingerprint and that CI found green, newest first."""
    return await all_fixes(
        connection,
        "WHERE x.fix_id IN (SELECT l.fix_id FROM workflow_failures f JOIN fix_failures l USING (failure_id) "
        "JOIN suggested_fixes s USING (fix_id) WHERE f.repository_id = %s AND f.fingerprint = %s "
        "AND s.state = 'verified' ORDER BY l.fix_id DESC LIMIT %s) ORDER BY x.fix_id DESC",
        (repository_id, fingerprint, limit),
    )


async def move(
    connection: Connection,
    fix_id: FixId,
    *,
    to: FixState,
    actor: str,
    since: FixState | None = None,
    reason: str = "",
    commit_sha: str | None = None,
    pull_request_number: int | None = None,
    undo_ref: str | None = None,
    undo_commit_sha: str | None = None,
    kind: EventKind | None = None,
    told: Told = NOTHING_MORE,
) -> FixRow | None:
    """Change the state and write the event, both or neither; None where the fix is in no state that leads there.

    Of many who ask at once, one gets the row. `since` is the one state that it may come from. The rest is kept where it
    is given; a new approval delivers anew. The event is of the `kind` that the new state is of by itself, if none is
    given; without `told` nothing is learned from it.
    """
    sources = [state.value for state, targets in TRANSITIONS.items() if to in targets and since in (None, state)]
    cursor = await connection.execute(
        """
        WITH before AS (
            SELECT fix_id, state FROM suggested_fixes WHERE fix_id = %(fix_id)s AND state = ANY(%(sources)s) FOR UPDATE
        ), moved AS (
            UPDATE suggested_fixes x SET
                state = %(to)s,
                commit_sha = coalesce(%(commit_sha)s, x.commit_sha),
                delivered_as = CASE WHEN %(to)s = 'approved' THEN NULL ELSE x.delivered_as END,
                pull_request_number = coalesce(%(pull_request_number)s, x.pull_request_number),
                undo_ref = coalesce(%(undo_ref)s, x.undo_ref),
                undo_commit_sha = coalesce(%(undo_commit_sha)s, x.undo_commit_sha)
            FROM before WHERE x.fix_id = before.fix_id RETURNING x.fix_id
        )
        INSERT INTO fix_events (
            fix_id, kind, from_state, to_state, actor, reason, learning_weight, details, source_ref)
        SELECT before.fix_id, %(kind)s, before.state, %(to)s, %(actor)s, %(reason)s, %(weight)s, %(details)s, %(ref)s
        FROM before JOIN moved USING (fix_id)
        """,
        {
            "fix_id": fix_id,
            "sources": sources,
            "to": to.value,
            "actor": storable(actor),
            "reason": storable(reason),
            "commit_sha": commit_sha,
            "pull_request_number": pull_request_number,
            "undo_ref": undo_ref,
            "undo_commit_sha": undo_commit_sha,
            "kind": (kind or KINDS[to]).value,
            "weight": told.weight,
            "details": told.details_json,
            "ref": told.ref,
        },
    )
    if cursor.rowcount == 0:
        return None
    return await one_fix(connection, "WHERE x.fix_id = %s", (fix_id,))


async def hold(connection: Connection, fix_id: FixId) -> None:
    """Be alone with a fix until the transaction ends: what is read then is not judged by somebody else meanwhile."""
    await connection.execute("SELECT FROM suggested_fixes WHERE fix_id = %s FOR UPDATE", (fix_id,))


async def deliver_as(connection: Connection, fix_id: FixId, way: Delivery) -> None:
    """Keep how a fix that is being applied is delivered; what a crash cut short goes on in the same way."""
    await connection.execute(
        "UPDATE suggested_fixes SET delivered_as = %s WHERE fix_id = %s AND state = 'applying'", (way.value, fix_id)
    )


async def one_fix(connection: Connection, where: str, values: FixValues) -> FixRow | None:
    """The first fix of such a condition on `x`."""
    found = await all_fixes(connection, where, values)
    return found[0] if found else None


async def all_fixes(connection: Connection, where: str, values: FixValues) -> tuple[FixRow, ...]:
    """The fixes of such a condition on `x`."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute((_SELECT + where).encode(), values)
        return tuple([_row(found) async for found in cursor])


def _row(found: DictRow) -> FixRow:
    way = found["delivered_as"]
    return FixRow(
        **{
            **without_confidence(found),
            "confidence": confidence_in(found),
            "failure_ids": tuple(found["failure_ids"]),
            "state": FixState(found["state"]),
            "delivered_as": None if way is None else Delivery(way),
        }
    )


def _values(new: NewFix) -> Mapping[str, str | int | float | list[FailureId] | None]:
    return {
        "repository_id": new.repository_id,
        "run_id": new.run_id,
        "run_attempt": new.run_attempt,
        "head_sha": new.head_sha,
        "head_branch": storable_or_none(new.head_branch),
        "source": storable(new.source),
        "summary": storable(new.summary),
        "explanation": storable(new.explanation),
        "edits": exact_json("the edits", new.edits_json),
        "base_blobs": exact_json("the base blobs", new.base_blobs_json),
        "diff": exact("the diff", new.diff),
        "patch_hash": new.patch_hash,
        "proof_level": new.proof_level,
        **values_of(new.confidence),
        "complexity": new.complexity,
        "findings": storable_json(new.policy_json),
        "failure_ids": list(new.failure_ids),
    }
