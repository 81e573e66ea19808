"""What a person does here, on a page or by the API: decide on a fix, answer a question.

The right is read from GitHub at that moment; what the person may not see is as if it were not there.
"""

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

import msgspec

from github_app.client import REPORT, Installation
from github_app.errors import Permanent, RetryLater
from github_app.model import Repository, Role
from github_app.queue import defer
from handlers import jobs
from handlers.tasks.answering import answer_question
from handlers.tasks.edited_patch import Wanted
from handlers.tasks.editing import approve_edited
from handlers.tasks.review import Decision, review
from learning.reasons import ReasonKind
from storage import fixes, ledger, review_lists
from storage.fixes import FixRow, FixState
from storage.ids import FixId
from web.people import Person
from web.problems import Problem, not_found, unavailable
from web.rights import repository_from
from web.site import Site

_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision to make. `key` tells this act from another one like it, where the client named it.

    `reason_kind` says outright what a rejection means; with `edits` an approval is of these and not of what was shown.
    """

    approve: bool
    comment: str
    key: str | None = None
    reason_kind: ReasonKind | None = None
    edits: tuple[Wanted, ...] = ()


async def fix_seen_by(site: Site, person: Person, fix_id: int, *, fresh: bool) -> tuple[Repository, FixRow, Role]:
    """A fix, where it is, and the person's role there. Raises Problem 404 for what that person may not read."""
    async with site.services.database.connection() as connection:
        row = await review_lists.repository_of_fix(connection, fix_id) if 0 < fix_id <= _LARGEST_ID else None
    if row is None:
        raise not_found("fix")
    repository = repository_from(row)
    role = await site.rights.role(person.user, repository, fresh=fresh)
    async with site.services.database.connection() as connection:
        fix = await fixes.fix(connection, repository.repository_id, FixId(fix_id))
    if role is Role.NONE or fix is None:
        raise not_found("fix")
    return repository, fix, role


async def decide(site: Site, person: Person, fix_id: int, verdict: Verdict) -> FixRow:
    """Approve or reject. Raises Problem: 404 unseen, 403 without the right, 409 where nothing is left to decide."""
    repository, fix, _ = await fix_seen_by(site, person, fix_id, fresh=True)
    if not person.may_decide:
        raise Problem(HTTPStatus.FORBIDDEN, "This token may read; to decide takes one of the scope decide.")
    async with site.services.database.connection() as connection:
        past = await ledger.events_of(connection, fix.fix_id)
    failed = sum(event.to_state == FixState.FAILED.value for event in past)
    decision = Decision(
        approve=verdict.approve,
        fix_id=fix.fix_id,
        reviewer=person.user,
        comment=verdict.comment,
        channel=person.channel,
        source_ref=_act(person, verdict, failed) if not verdict.edits else _edit(person, fix_id, verdict),
        reason_kind=verdict.reason_kind,
    )
    async with acting(site, repository) as installation:
        if verdict.edits:
            answer = await approve_edited(site.services, installation, repository, decision, verdict.edits)
        else:
            answer = await review(site.services, installation, repository, decision)
    if answer.refusal is not None:
        status = HTTPStatus.FORBIDDEN if answer.by_right else HTTPStatus.CONFLICT
        raise Problem(status, answer.refusal)
    async with site.services.database.transaction() as connection:
        await defer(connection, [jobs.show(repository.repository_id, fix.run_id, fix.run_attempt)])
        decided = fix if answer.fix is None else answer.fix
        return await fixes.fix(connection, repository.repository_id, decided.fix_id) or decided


async def apply_again(site: Site, person: Person, fix_id: int, verdict: Verdict) -> FixRow:
    """Try a failed application once more, which is to approve again. Raises Problem as `decide` does."""
    _, fix, role = await fix_seen_by(site, person, fix_id, fresh=True)
    if fix.state is FixState.PROPOSED:
        if not role.can_write:
            raise Problem(HTTPStatus.FORBIDDEN, f"To apply a fix takes write access; you have {role.value}.")
        raise Problem(HTTPStatus.CONFLICT, f"F{fix_id} was not approved yet; approve it, and it is applied.")
    return await decide(site, person, fix_id, verdict)


async def respond(site: Site, person: Person, clarification_id: str, text: str) -> None:
    """Answer a question. Raises Problem: 404 unseen, 403 without the right, 409 where it waits no more."""
    async with site.services.database.connection() as connection:
        row = await review_lists.repository_of_question(connection, clarification_id)
    if row is None or await site.rights.role(person.user, repository_from(row), fresh=True) is Role.NONE:
        raise not_found("question")
    if not person.may_decide:
        raise Problem(HTTPStatus.FORBIDDEN, "This token may read; to answer takes one of the scope decide.")
    repository = repository_from(row)
    async with acting(site, repository) as installation:
        refused = await answer_question(
            site.services, installation, repository, clarification_id, text.strip(), person.user
        )
    if refused is not None:
        raise Problem(HTTPStatus.FORBIDDEN if refused.by_right else HTTPStatus.CONFLICT, refused.reason)


@asynccontextmanager
async def acting(site: Site, repository: Repository) -> AsyncIterator[Installation]:
    """The App on a repository. Raises Problem where GitHub is away, or does not let it."""
    try:
        async with site.services.github.installation(repository, REPORT) as installation:
            yield installation
    except RetryLater as later:
        raise unavailable("GitHub", int(later.after.total_seconds())) from later
    except Permanent as error:
        raise Problem(HTTPStatus.BAD_GATEWAY, "GitHub does not let the App do this; ask its owner.") from error


def _act(person: Person, verdict: Verdict, failed: int) -> str:
    """The name of an act: the same request twice is one. After a failed application the same words are a new act."""
    what = ["approve" if verdict.approve else "reject", verdict.key if verdict.key is not None else failed]
    return hashlib.sha256(json.dumps([person.actor, *what, verdict.key is None]).encode()).hexdigest()


def _edit(person: Person, fix_id: int, verdict: Verdict) -> str:
    """The name of an approval with edits: it decides on a fix that is not there yet, so it names the one edited."""
    named = (person.actor, "edit", fix_id, verdict.key, () if verdict.key is not None else verdict.edits)
    return hashlib.sha256(msgspec.json.encode(named)).hexdigest()
