"""The one use case behind every decision on a fix, whatever surface it was made on.

The right is read at that moment; the fix is found only within the repository of the event; one conditional update moves
it, so that of many who decide at once one does; the decision names the patch's hash and the head commit.
"""

from dataclasses import dataclass

from github_app.client import Installation
from github_app.model import Repository, Role, User
from github_app.queue import defer
from github_app.report import Place
from handlers import jobs
from handlers.services import Services
from handlers.tasks.deciders import may_decide
from handlers.tasks.reporting import can_decide
from storage import analyses, approvals, fixes, runs
from storage.approvals import NewApproval
from storage.database import Connection
from storage.fixes import FixRow, FixState
from storage.ids import FixId


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided what, where. `channel` and `source_ref` name the act itself: the same act twice is one decision."""

    approve: bool
    fix_id: FixId
    reviewer: User
    comment: str
    channel: str
    source_ref: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a decision; `refusal` says in words why it changed nothing."""

    fix: FixRow | None
    refusal: str | None = None


async def review(services: Services, installation: Installation, repository: Repository, decision: Decision) -> Answer:
    """Carry a decision out, or say why not. Twice is once."""
    role = await installation.role(decision.reviewer.login)
    may_not = await _may_not(services, installation, repository, decision, role)
    if may_not is not None:
        return may_not
    async with services.database.transaction() as connection:
        fix = await fixes.fix(connection, repository.repository_id, decision.fix_id)
        if fix is None:
            return Answer(None, f"There is no fix F{decision.fix_id} in this repository.")
        if await _done_before(connection, decision):
            return Answer(fix)
        refusal = await _refusal(connection, repository, fix, decision)
        if refusal is not None:
            return Answer(fix, refusal)
        to = FixState.APPROVED if decision.approve else FixState.REJECTED
        moved = await fixes.move(connection, fix.fix_id, to=to, actor=decision.reviewer.login, reason=decision.comment)
        if moved is None:
            return Answer(fix, f"F{fix.fix_id} was decided a moment ago.")
        await _record(connection, fix, decision, role.value)
        if decision.approve:
            await defer(connection, [jobs.apply(repository.repository_id, fix.fix_id)])
    return Answer(moved)


async def _may_not(
    services: Services, installation: Installation, repository: Repository, decision: Decision, role: Role
) -> Answer | None:
    if decision.reviewer.is_bot or not role.can_write:
        verb = "approve" if decision.approve else "reject"
        return Answer(None, f"To {verb} a fix takes write access to this repository; you have {role.value}.")
    async with services.database.connection() as connection:
        fix = await fixes.fix(connection, repository.repository_id, decision.fix_id)
    said = None if fix is None else await may_decide(services, installation, repository, decision, fix, role)
    return None if said is None else Answer(fix, said)


async def _done_before(connection: Connection, decision: Decision) -> bool:
    past = await approvals.approvals_of(connection, decision.fix_id)
    return any((one.channel, one.source_ref) == (decision.channel, decision.source_ref) for one in past)


async def _refusal(connection: Connection, repository: Repository, fix: FixRow, decision: Decision) -> str | None:
    if fix.state is FixState.FAILED and decision.approve:
        return None
    if fix.state is not FixState.PROPOSED:
        return f"F{fix.fix_id} is {fix.state.value}; nothing is left to decide."
    if not decision.approve:
        return None
    run = await runs.run(connection, fix.run_id, fix.run_attempt)
    row = await analyses.analysis(connection, fix.run_id, fix.run_attempt)
    own = run is not None and (run.head_repository or "").lower() == repository.full_name.lower()
    place = Place.PULL_REQUEST if own and row is not None and row.pull_request_number is not None else Place.BRANCH
    if not can_decide(repository, fix, place):
        return f"F{fix.fix_id} cannot be committed here: it takes a pull request from a branch of this repository."
    return None


async def _record(connection: Connection, fix: FixRow, decision: Decision, role: str) -> None:
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
