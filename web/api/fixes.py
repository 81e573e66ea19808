"""Fixes: listed, shown, decided on."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from web import acts, lists
from web.acts import Verdict
from web.api.operation import Asked, Operation
from web.list_models import FixesQuery, FixPage
from web.models import Comment, FixDetail, FixPath, FixStatus
from web.views import detail, status


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
    """Approve."""
    return await _decided(asked, acts.decide, approve=True)


async def reject_fix(asked: Asked) -> FixStatus:
    """Reject."""
    return await _decided(asked, acts.decide, approve=False)


async def apply_fix(asked: Asked) -> FixStatus:
    """Apply again what could not be applied."""
    return await _decided(asked, acts.apply_again, approve=True)


async def _decided(asked: Asked, act: Callable[..., Awaitable[Any]], *, approve: bool) -> FixStatus:
    verdict = Verdict(approve, asked.given_as(Comment).comment, asked.idempotency_key)
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
    Operation("POST", "/fixes/{id}/approve", "approve_fix", "Approve a fix: exactly what is shown is committed",
              approve_fix, FixStatus, path_model=FixPath, body=Comment, refusals=_ACT),
    Operation("POST", "/fixes/{id}/reject", "reject_fix", "Reject a fix; nothing is changed", reject_fix, FixStatus,
              path_model=FixPath, body=Comment, refusals=_ACT),
    Operation("POST", "/fixes/{id}/apply", "apply_fix", "Try a failed application once more", apply_fix, FixStatus,
              path_model=FixPath, body=Comment, refusals=_ACT),
)  # fmt: skip
