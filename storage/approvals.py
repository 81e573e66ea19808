"""What people decided about fixes: each decision names the patch and the head commit that it was made on."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from storage.database import Connection
from storage.ids import ApprovalId, FixId
from storage.text import storable

_COLUMNS = (
    "approval_id, fix_id, decision, reviewer_id, reviewer_login, role, comment, channel, source_ref, patch_hash, "
    "head_sha, decided_at"
)


@dataclass(frozen=True, slots=True)
class NewApproval:
    """A decision: `approve` or `reject`, by `comment`, `button`, `api` or `dashboard`.

    `source_ref` names the one act (a comment's id and ordinal, a delivery's guid), so that it counts once.
    """

    fix_id: FixId
    decision: str
    reviewer_id: int
    reviewer_login: str
    role: str
    comment: str
    channel: str
    source_ref: str
    patch_hash: str
    head_sha: str


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """A decision as it is kept."""

    approval_id: ApprovalId
    fix_id: FixId
    decision: str
    reviewer_id: int
    reviewer_login: str
    role: str
    comment: str
    channel: str
    source_ref: str
    patch_hash: str
    head_sha: str
    decided_at: datetime


async def record(connection: Connection, new: NewApproval) -> ApprovalRow:
    """Keep a decision; the same act on the same fix again gives the first row."""
    await connection.execute(
        """
        INSERT INTO human_approvals (fix_id, decision, reviewer_id, reviewer_login, role, comment, channel,
                                     source_ref, patch_hash, head_sha)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (fix_id, channel, source_ref) DO NOTHING
        """,
        (
            new.fix_id,
            new.decision,
            new.reviewer_id,
            new.reviewer_login,
            new.role,
            storable(new.comment),
            new.channel,
            new.source_ref,
            new.patch_hash,
            new.head_sha,
        ),
    )
    async with connection.cursor(row_factory=class_row(ApprovalRow)) as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM human_approvals WHERE fix_id = %s AND channel = %s AND source_ref = %s",
            (new.fix_id, new.channel, new.source_ref),
        )
        stored = await cursor.fetchone()
    if stored is None:
        raise LookupError(f"the decision on fix {new.fix_id} was deleted while it was recorded")
    return stored


async def approvals_of(connection: Connection, fix_id: FixId) -> tuple[ApprovalRow, ...]:
    """The decisions on a fix, in the order they were made."""
    async with connection.cursor(row_factory=class_row(ApprovalRow)) as cursor:
        await cursor.execute(
            f"SELECT {_COLUMNS} FROM human_approvals WHERE fix_id = %s ORDER BY approval_id", (fix_id,)
        )
        return tuple(await cursor.fetchall())


async def fix_decided_by(connection: Connection, repository_id: int, channel: str, source_ref: str) -> FixId | None:
    """The fix of that repository that one act decided on: the same act again is about no other."""
    cursor = await connection.execute(
        "SELECT a.fix_id FROM human_approvals a JOIN suggested_fixes f USING (fix_id) "
        "WHERE a.channel = %s AND a.source_ref = %s AND f.repository_id = %s ORDER BY a.approval_id LIMIT 1",
        (channel, source_ref, repository_id),
    )
    found = await cursor.fetchone()
    return None if found is None else FixId(int(found[0]))
