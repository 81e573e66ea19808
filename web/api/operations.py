"""Every operation of the API as data: what it is called, takes and gives, who may refuse what, and what it does."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from msgspec import Struct

from web import acts, lists
from web.acts import Verdict
from web.models import (
    Answered,
    ClarificationPage,
    ClarificationsQuery,
    Comment,
    FixDetail,
    FixesQuery,
    FixPage,
    FixStatus,
    Response,
)
from web.people import Person
from web.site import Site
from web.views import detail, status

_ACT = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as an operation sees it: read, checked, and from somebody who is known."""

    site: Site
    person: Person
    fix_id: int
    given: Struct | None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """`query` or `body` is what it takes, `answer` what it gives; `refusals` beside those that every one may give."""

    method: str
    path: str
    name: str
    summary: str
    run: Callable[[Asked], Awaitable[Struct]]
    answer: type[Struct]
    query: type[Struct] | None = None
    body: type[Struct] | None = None
    refusals: tuple[HTTPStatus, ...] = ()


async def list_fixes(asked: Asked) -> FixPage:
    """A page of fixes."""
    query = asked.given if isinstance(asked.given, FixesQuery) else FixesQuery()
    return await lists.fix_page(asked.site, asked.person, query)


async def get_fix(asked: Asked) -> FixDetail:
    """One fix."""
    repository, fix, role = await acts.fix_seen_by(asked.site, asked.person, asked.fix_id, fresh=False)
    async with asked.site.services.database.connection() as connection:
        return await detail(connection, repository, fix, role)


async def get_fix_status(asked: Asked) -> FixStatus:
    """How far one fix has come."""
    _, fix, _ = await acts.fix_seen_by(asked.site, asked.person, asked.fix_id, fresh=False)
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
    comment = asked.given.comment if isinstance(asked.given, Comment) else ""
    fix = await act(asked.site, asked.person, asked.fix_id, Verdict(approve, comment, asked.idempotency_key))
    async with asked.site.services.database.connection() as connection:
        return await status(connection, fix)


async def list_clarifications(asked: Asked) -> ClarificationPage:
    """A page of questions that wait."""
    query = asked.given if isinstance(asked.given, ClarificationsQuery) else ClarificationsQuery()
    return await lists.clarification_page(asked.site, asked.person, query)


async def respond_to_clarification(asked: Asked) -> Answered:
    """Answer a question."""
    if not isinstance(asked.given, Response):
        raise TypeError("the route reads the body")
    await acts.respond(asked.site, asked.person, asked.given.clarification_id, asked.given.answer)
    return Answered(asked.given.clarification_id)


OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/fixes", "list_fixes", "Fixes, newest first", list_fixes, FixPage, query=FixesQuery,
              refusals=(HTTPStatus.NOT_FOUND,)),
    Operation("GET", "/fixes/{id}", "get_fix", "One fix, with all that a decision rests on", get_fix, FixDetail,
              refusals=(HTTPStatus.NOT_FOUND,)),
    Operation("GET", "/fixes/{id}/status", "get_fix_status", "How far a fix has come", get_fix_status, FixStatus,
              refusals=(HTTPStatus.NOT_FOUND,)),
    Operation("POST", "/fixes/{id}/approve", "approve_fix", "Approve a fix: exactly what is shown is committed",
              approve_fix, FixStatus, body=Comment, refusals=_ACT),
    Operation("POST", "/fixes/{id}/reject", "reject_fix", "Reject a fix; nothing is changed", reject_fix, FixStatus,
              body=Comment, refusals=_ACT),
    Operation("POST", "/fixes/{id}/apply", "apply_fix", "Try a failed application once more", apply_fix, FixStatus,
              body=Comment, refusals=_ACT),
    Operation("GET", "/clarifications", "list_clarifications", "Questions of the model that wait, oldest first",
              list_clarifications, ClarificationPage, query=ClarificationsQuery, refusals=(HTTPStatus.NOT_FOUND,)),
    Operation("POST", "/clarifications/respond", "respond_to_clarification", "Answer a question; the plan goes on",
              respond_to_clarification, Answered, body=Response, refusals=_ACT),
)  # fmt: skip
