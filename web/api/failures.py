"""Failures: listed, shown."""

from http import HTTPStatus

from web import failures
from web.api.operation import Asked, Operation
from web.failure_models import FailureDetail, FailurePage, FailurePath, FailuresQuery


async def list_failures(asked: Asked) -> FailurePage:
    """A page of failures."""
    return await failures.failure_page(asked.site, asked.person, asked.given_as(FailuresQuery))


async def get_failure(asked: Asked) -> FailureDetail:
    """One failure."""
    return await failures.failure_detail(asked.site, asked.person, int(asked.path_as(FailurePath).id))


_UNSEEN = (HTTPStatus.NOT_FOUND,)
OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/failures", "list_failures", "Failures, newest first", list_failures, FailurePage,
              query=FailuresQuery, refusals=_UNSEEN,
              about="Of the repositories that one may read, at most 200 of them; beyond, name one. Filters combine. "
              "`status` is looked up failure by failure: a page may be short, or empty, while `next_cursor` leads on, "
              "and there is no `total` with it."),
    Operation("GET", "/failures/{id}", "get_failure", "One failure, with its evidence, verdict and fixes",
              get_failure, FailureDetail, path_model=FailurePath, refusals=_UNSEEN),
)  # fmt: skip
