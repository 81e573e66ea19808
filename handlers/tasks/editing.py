"""An approval of what a person made of a fix: one act that proposes the person's own patch and approves exactly that.

The patch goes the way of every patch: it applies at the head, parses, and the policy has no veto. The fix that was
proposed is superseded by it; both tell of the edit, and the next proposal for a like failure is told of both. No
command is run again for it: a person waits for the answer, and CI has the last word anyway.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from analysis import policy
from analysis.complexity import complexity
from analysis.patch import PatchError
from github_app.client import Installation
from github_app.model import Repository, Role, Sha
from github_app.queue import defer
from handlers import jobs
from handlers.services import Services
from handlers.tasks.configuration import allowed_for
from handlers.tasks.deciders import may_decide
from handlers.tasks.edited_patch import EditedPatch, Wanted, patched
from handlers.tasks.patches import edits_of
from handlers.tasks.places import stand
from handlers.tasks.predicting import propose_predicted
from handlers.tasks.reporting import can_decide
from handlers.tasks.review import Answer, Decision, has_right, record, renewed, review
from learning.weights import EDITED
from storage import approvals, fixes, ledger
from storage.database import Connection
from storage.fixes import FixRow, FixState, NewFix
from storage.ids import FixId
from storage.ledger import Edited, EventKind, Told


class _Stop(Exception):
    """There is nothing more to do."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.refusal)
        self.answer = answer


class _Late(Exception):
    """Somebody else decided meanwhile; nothing of ours is kept."""


async def approve_edited(
    services: Services,
    installation: Installation,
    repository: Repository,
    decision: Decision,
    wanted: Sequence[Wanted],
) -> Answer:
    """Carry out an approval of a fix as a person edited it, or say why not; gives the edited fix. Twice is once.

    `decision` names the fix that was edited; edits that lead to what was proposed are a plain approval of it.
    """
    role = await installation.role(decision.reviewer.login, decision.reviewer.user_id)
    try:
        fix = await _editable(services, installation, repository, decision, role)
        made = await _made(installation, fix, wanted)
        if made.patch.hash == fix.patch_hash:
            return await review(services, installation, repository, decision)
        new = await _new(services, fix, made, decision.reviewer.login)
        shown = _as_edited(fix, new)
        refusal = await may_decide(services, installation, repository, decision, shown, role)
        if refusal is not None:
            return Answer(fix, refusal, by_right=True)
        async with services.database.transaction() as connection:
            return await _approve(connection, repository, shown, new, made.difference, decision, role.value)
    except _Stop as stop:
        return stop.answer
    except _Late:
        # By another request of this very act, or by somebody else.
        done = await _done_before(services, repository, decision)
        return Answer(None, f"F{decision.fix_id} was decided a moment ago.") if done is None else Answer(done)


async def _editable(
    services: Services, installation: Installation, repository: Repository, decision: Decision, role: Role
) -> FixRow:
    """The fix that waits, at the present head. Raises _Stop, also where this act was carried out before."""
    if not has_right(decision.reviewer, role):
        said = f"To approve a fix takes write access to this repository; you have {role.value}."
        raise _Stop(Answer(None, said, by_right=True))
    done = await _done_before(services, repository, decision)
    if done is not None:
        raise _Stop(Answer(done))
    async with services.database.connection() as connection:
        fix = await fixes.fix(connection, repository.repository_id, decision.fix_id)
    if fix is None or fix.state is not FixState.PROPOSED:
        # This very act may have done it a moment ago.
        done = await _done_before(services, repository, decision)
        if done is not None:
            raise _Stop(Answer(done))
        state = "not here" if fix is None else fix.state.value
        said = f"F{decision.fix_id} is {state}; only a fix that waits for a decision can be edited."
        raise _Stop(Answer(fix, said))
    moved_on = await renewed(services, installation, repository, decision)
    if moved_on is not None:
        raise _Stop(moved_on)
    return fix


def _as_edited(fix: FixRow, new: NewFix) -> FixRow:
    """The fix with the person's patch: rights are asked for on what is to be committed, not on what was proposed."""
    return replace(
        fix, edits_json=new.edits_json, base_blobs_json=new.base_blobs_json, diff=new.diff, policy_json=new.policy_json
    )


async def _done_before(services: Services, repository: Repository, decision: Decision) -> FixRow | None:
    ids = repository.repository_id, decision.channel, decision.source_ref
    async with services.database.connection() as connection:
        done = await approvals.fix_decided_by(connection, *ids)
        return None if done is None else await fixes.fix(connection, repository.repository_id, done)


async def _made(installation: Installation, fix: FixRow, wanted: Sequence[Wanted]) -> EditedPatch:
    """The person's patch at the fix's head. Raises _Stop where there is none."""
    proposed = edits_of(fix)
    paths = {one.path for one in wanted} | {edit.path for edit in proposed}
    files = await installation.files(paths, Sha(fix.head_sha))
    try:
        return await asyncio.to_thread(patched, files, proposed, wanted)
    except PatchError as error:
        raise _Stop(Answer(fix, f"The edits cannot be applied: {error}.")) from error


async def _new(services: Services, fix: FixRow, made: EditedPatch, login: str) -> NewFix:
    allowed = await allowed_for(services, fix.repository_id)
    findings = await asyncio.to_thread(policy.check, made.patch, allowed)
    return NewFix(
        repository_id=fix.repository_id,
        run_id=fix.run_id,
        run_attempt=fix.run_attempt,
        head_sha=fix.head_sha,
        head_branch=fix.head_branch,
        source=f"edited:F{fix.fix_id}:{login}",
        summary=fix.summary,
        explanation=f"{login} made this of F{fix.fix_id}. {fix.explanation}",
        edits_json=msgspec.json.encode(list(made.edits)).decode(),
        base_blobs_json=msgspec.json.encode({one.path: one.before_blob_sha for one in made.patch.files}).decode(),
        diff=made.patch.diff,
        patch_hash=made.patch.hash,
        proof_level=made.proof.value,
        complexity=complexity(made.patch).value,
        policy_json=msgspec.json.encode(findings).decode(),
        failure_ids=fix.failure_ids,
    )


async def _approve(
    connection: Connection,
    repository: Repository,
    shown: FixRow,
    new: NewFix,
    difference: str,
    decision: Decision,
    role: str,
) -> Answer:
    """The whole act, in one transaction. Raises _Late."""
    if not can_decide(repository, shown, await stand(connection, repository, shown)):
        vetoes = [f"{one.path}: {one.message}" for one in _findings(new) if one.blocking]
        why = f"the policy does not let it be applied ({vetoes[0]})" if vetoes else "it cannot be delivered here"
        return Answer(shown, f"F{shown.fix_id} cannot be approved as it was edited: {why}.")
    original, who = shown.fix_id, decision.reviewer.login
    edited = await propose_predicted(connection, new, f"{who} made it of F{original}.")
    if edited.state is not FixState.PROPOSED:
        raise _Late
    told = Told(EDITED, Edited(original, edited.fix_id, difference), _ref(original, edited.fix_id))
    since, to = FixState.PROPOSED, FixState.SUPERSEDED
    why = f"{who} made F{edited.fix_id} of it."
    kind = EventKind.EDIT
    if await fixes.move(connection, original, to=to, since=since, actor=who, reason=why, kind=kind, told=told) is None:
        raise _Late
    await ledger.add(
        connection, edited.fix_id, kind, actor=who, reason=decision.comment, told=replace(told, weight=0.0)
    )
    decided = decision.told(role)
    to = FixState.APPROVED
    moved = await fixes.move(
        connection, edited.fix_id, to=to, since=since, actor=who, reason=decision.comment, told=decided
    )
    if moved is None:
        raise _Late
    await record(connection, edited, decision, role)
    await defer(connection, [jobs.apply(repository.repository_id, edited.fix_id)])
    return Answer(moved)


def _findings(new: NewFix) -> tuple[policy.Finding, ...]:
    return msgspec.json.decode(new.policy_json, type=tuple[policy.Finding, ...])


def _ref(original: FixId, edited: FixId) -> str:
    return f"F{original}/F{edited}"
