"""Questions of the model: listed and answered."""

from http import HTTPStatus

from web import acts, lists
from web.api.operation import Asked, Operation
from web.list_models import ClarificationPage, ClarificationsQuery
from web.models import Answered, Response


async def list_clarifications(asked: Asked) -> ClarificationPage:
    """A page of questions that wait."""
    return await lists.clarification_page(asked.site, asked.person, asked.given_as(ClarificationsQuery))


async def respond_to_clarification(asked: Asked) -> Answered:
    """Answer a question."""
    said = asked.given_as(Response)
    await acts.respond(asked.site, asked.person, said.clarification_id, said.answer)
    return Answered(said.clarification_id)


OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/clarifications", "list_clarifications", "Questions of the model that wait, oldest first",
              list_clarifications, ClarificationPage, query=ClarificationsQuery, refusals=(HTTPStatus.NOT_FOUND,)),
    Operation("POST", "/clarifications/respond", "respond_to_clarification", "Answer a question; the plan goes on",
              respond_to_clarification, Answered, body=Response,
              refusals=(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)),
)  # fmt: skip
