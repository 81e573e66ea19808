"""The one use case behind every decision on a fix, whatever surface it was made on.

The right is read at that moment; the fix is found only within the repository of the event; one conditional update moves
it, so that of many who decide at once one does; the decision names the patch's hash and the head commit.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from github_app.client import Installation
from github_app.model import Repository, Role, RunId, User
from github_app.queue import defer
from handlers import jobs
from handlers.services import Services
from handlers.tasks.deciders import may_decide
from handlers.tasks.places import delivery_of, present_head, stand
from handlers.tasks.publishing import publish
from handlers.tasks.renewing import renew
from handlers.tasks.reporting import can_decide, findings_of
from learning.reasons import ReasonKind, read_reason
from learning.weights import of_rejection
from storage import approvals, fixes
from storage.approvals import NewApproval
from storage.database import Connection
from storage.fixes import Delivery, FixRow, FixState
from storage.ids import FixId
from storage.ledger import Decided, Told

STUCK = timedelta(minutes=30)
"""After it an approval that came to nothing may be given again: the queue's tries are over by then."""
_TOO_LATE = "F{} was decided a moment ago."
_ASKED_AGAIN = (FixState.PROPOSED, FixState.FAILED, FixState.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided what, where. `channel` and `source_ref` name the act itself: the same act twice is one decision."""

    approve: bool
    fix_id: FixId
    reviewer: User
    comment: str
    channel: str
    source_ref: str
    reason_kind: ReasonKind | None = None
    """What a rejection says, where it was said outright; else its words are read."""

    @property
    def said(self) -> ReasonKind | None:
        """The class of a rejection's reason."""
        return None if self.approve else self.reason_kind or read_reason(self.comment)

    def told(self, role: str) -> Told:
        """What the ledger keeps of it, beside who, when and why."""
        kind = self.said
        weight = 0.0 if self.approve else of_rejection(kind)
        details = Decided(self.channel, role, self.reviewer.user_id, None if kind is None else kind.value)
        return Told(weight, details, f"{self.channel}/{self.source_ref}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a decision; `refusal` says in words why it changed nothing, `by_right` for who it was."""

    fix: FixRow | None
    refusal: str | None = None
    by_right: bool = False


async def review(services: Services, installation: Installation, repository: Repository, decision: Decision) -> Answer:
    """Carry a decision out, or say why not. Twice is once.

    Where the branch moved on, the fix is asked for again for its new head, and nothing is decided.
    """
    role = await installation.role(decision.reviewer.login, decision.reviewer.user_id)
    may_not = await _may_not(services, installation, repository, decision, role)
    if may_not is not None:
        return may_not
    if decision.approve:
        moved_on = await renewed(services, installation, repository, decision)
        if moved_on is not None:
            return moved_on
    async with services.database.transaction() as connection:
        return await _decide(connection, repository, decision, role.value)


async def _decide(connection: Connection, repository: Repository, decision: Decision, role: str) -> Answer:
    """The one update that moves the fix, with the row and the job that go with it."""
    fix = await fixes.fix(connection, repository.repository_id, decision.fix_id)
    if fix is None:
        return Answer(None, f"There is no fix F{decision.fix_id} in this repository.")
    if await _done_before(connection, decision):
        return Answer(fix)
    refusal = await _refusal(connection, repository, fix, decision)
    if refusal is not None:
        return Answer(fix, refusal)
    to, who = FixState.APPROVED if decision.approve else FixState.REJECTED, decision.reviewer.login
    told = decision.told(role)
    moved = await fixes.move(
        connection, fix.fix_id, to=to, since=fix.state, actor=who, reason=decision.comment, told=told
    )
    if moved is None:
        # By another request of this very act, or by somebody else.
        return Answer(fix, None if await _done_before(connection, decision) else _TOO_LATE.format(fix.fix_id))
    await record(connection, fix, decision, role)
    if decision.approve:
        await defer(connection, [jobs.apply(repository.repository_id, fix.fix_id)])
    return Answer(moved)


async def _may_not(
    services: Services, installation: Installation, repository: Repository, decision: Decision, role: Role
) -> Answer | None:
    if not has_right(decision.reviewer, role):
        verb = "approve" if decision.approve else "reject"
        said = f"To {verb} a fix takes write access to this repository; you have {role.value}."
        return Answer(None, said, by_right=True)
    async with services.database.connection() as connection:
        fix = await fixes.fix(connection, repository.repository_id, decision.fix_id)
    refusal = None if fix is None else await may_decide(services, installation, repository, decision, fix, role)
    return None if refusal is None else Answer(fix, refusal, by_right=True)


def has_right(reviewer: User, role: Role) -> bool:
    """Whether somebody with that role may decide on fixes at all."""
    return role.can_write and not reviewer.is_bot


async def renewed(
    services: Services, installation: Installation, repository: Repository, decision: Decision
) -> Answer | None:
    """The answer to an approval of a fix whose branch moved on; None where it may be approved as it is, or never.

    A fix that gets a branch of its own is committed on the head that it was approved for, whatever is pushed elsewhere.
    """
    async with services.database.connection() as connection:
        fix = await fixes.fix(connection, repository.repository_id, decision.fix_id)
        if fix is None or fix.state not in _ASKED_AGAIN or fix.commit_sha or await _done_before(connection, decision):
            return None
        where = await stand(connection, repository, fix)
    way = delivery_of(repository, fix.head_branch, where)
    if not can_decide(repository, fix, where) or way is Delivery.PULL_REQUEST:
        return None
    head = await present_head(installation, fix, where)
    if head == fix.head_sha:
        return None
    again = await renew(services, installation, fix, head)
    await publish(services, installation, repository, RunId(fix.run_id), fix.run_attempt)
    return Answer(fix, again.said)


async def _done_before(connection: Connection, decision: Decision) -> bool:
    past = await approvals.approvals_of(connection, decision.fix_id)
    return any((one.channel, one.source_ref) == (decision.channel, decision.source_ref) for one in past)


async def _refusal(connection: Connection, repository: Repository, fix: FixRow, decision: Decision) -> str | None:
    name = f"F{fix.fix_id}"
    if decision.approve and fix.state in (FixState.APPROVED, FixState.APPLYING):
        # Of a job that was tried in vain for so long nothing is left that would go on by itself.
        if fix.updated_at < datetime.now(UTC) - STUCK:
            await defer(connection, [jobs.apply(repository.repository_id, fix.fix_id)])
            return f"{name} is approved already; it is being tried once more."
        return f"{name} is {fix.state.value}; nothing is left to decide."
    if fix.state is not FixState.PROPOSED and not (decision.approve and fix.state is FixState.FAILED):
        return f"{name} is {fix.state.value}; nothing is left to decide."
    if decision.approve and not can_decide(repository, fix, await stand(connection, repository, fix)):
        if any(finding.blocking for finding in findings_of(fix)):
            return f"{name} cannot be approved: the policy does not let it be applied."
        return f"{name} cannot be delivered here: there is neither a branch of this repository nor a pull request."
    return None


async def record(connection: Connection, fix: FixRow, decision: Decision, role: str) -> None:
    """Keep the binding record of a decision on a fix."""
    await approvals.record(
        connection,
        NewApproval(
            fix_id=fix.fix_id,
            decision="approve" if decision.approve else "reject",
            reviewer_id=decision.reviewer.user_id,
            reviewer_login=decision.reviewer.login,
            role=role,
            comment=decision.comment,
            channel=decision.channel,
            source_ref=decision.source_ref,
            patch_hash=fix.patch_hash,
            head_sha=fix.head_sha,
        ),
    )
