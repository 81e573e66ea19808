"""Fixes: listed, shown, decided on."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from handlers.tasks.edited_patch import Wanted
from storage.fixes import FixRow
from web import acts, lists
from web.acts import Verdict
from web.api.operation import Asked, Operation
from web.list_models import FixesQuery, FixPage
from web.models import Approval, Comment, FixDetail, FixPath, FixStatus, Rejection
from web.people import Person
from web.site import Site
from web.views import detail, status

_Act = Callable[[Site, Person, int, Verdict], Awaitable[FixRow]]


async def list_fixes(asked: Asked) -> FixPage:
    """A page of fixes."""
    return await lists.fix_page(asked.site, asked.person, asked.given_as(FixesQuery))


async def get_fix(asked: Asked) -> FixDetail:
    """One fix."""
    repository, fix, role = await acts.fix_seen_by(asked.site, asked.person, _fix_id(asked), fresh=False)
    async with asked.site.services.database.connection() as connection:
        return await detail(connection, repository, fix, role)


async def get_fix_status(asked: Asked) -> FixStatus:
    """How far one fix has come."""
    _, fix, _ = await acts.fix_seen_by(asked.site, asked.person, _fix_id(asked), fresh=False)
    async with asked.site.services.database.connection() as connection:
        return await status(connection, fix)


async def approve_fix(asked: Asked) -> FixStatus:
    """Approve, as proposed or as edited; gives the fix that is committed."""
    given = asked.given_as(Approval)
    edits = tuple(Wanted(one.path, one.search, one.replace, one.content) for one in given.edits)
    return await _decided(asked, acts.decide, Verdict(True, given.comment, asked.idempotency_key, edits=edits))


async def reject_fix(asked: Asked) -> FixStatus:
    """Reject."""
    given = asked.given_as(Rejection)
    verdict = Verdict(False, given.comment, asked.idempotency_key, given.reason_kind)
    return await _decided(asked, acts.decide, verdict)


async def apply_fix(asked: Asked) -> FixStatus:
    """Apply again what could not be applied."""
    given = asked.given_as(Comment)
    return await _decided(asked, acts.apply_again, Verdict(True, given.comment, asked.idempotency_key))


async def _decided(asked: Asked, act: _Act, verdict: Verdict) -> FixStatus:
    fix = await act(asked.site, asked.person, _fix_id(asked), verdict)
    async with asked.site.services.database.connection() as connection:
        return await status(connection, fix)


def _fix_id(asked: Asked) -> int:
    return int(asked.path_as(FixPath).id.removeprefix("F"))


_UNSEEN = (HTTPStatus.NOT_FOUND,)
_ACT = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/fixes", "list_fixes", "Fixes, newest first", list_fixes, FixPage, query=FixesQuery,
              refusals=_UNSEEN),
    Operation("GET", "/fixes/{id}", "get_fix", "One fix, with all that a decision rests on", get_fix, FixDetail,
              path_model=FixPath, refusals=_UNSEEN),
    Operation("GET", "/fixes/{id}/status", "get_fix_status", "How far a fix has come", get_fix_status, FixStatus,
              path_model=FixPath, refusals=_UNSEEN),
    Operation("POST", "/fixes/{id}/approve", "approve_fix", "Approve a fix: just what is shown, or just your edits",
              approve_fix, FixStatus, path_model=FixPath, body=Approval, refusals=_ACT),
    Operation("POST", "/fixes/{id}/reject", "reject_fix", "Reject a fix; nothing is changed", reject_fix, FixStatus,
              path_model=FixPath, body=Rejection, refusals=_ACT),
    Operation("POST", "/fixes/{id}/apply", "apply_fix", "Try a failed application once more", apply_fix, FixStatus,
              path_model=FixPath, body=Comment, refusals=_ACT),
)  # fmt: skip
