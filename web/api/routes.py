"""From operations to routes: who asks, what is given, the answer as JSON, every refusal as a problem document."""

import re
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from web.api.openapi import document
from web.api.operation import NOBODY, Asked, Operation, Streamed
from web.api.operations import OPERATIONS
from web.bodies import read_body
from web.people import api_person
from web.problems import Problem, not_found
from web.site import Site

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


Page = Callable[[Request], Awaitable[Response]]


def api_routes(site: Site, pages: Mapping[str, Page]) -> list[Route]:
    """The routes of every operation, and of the document that describes them.

    `pages` are what a browser gets, where a path is an operation's and a page's.
    """
    described = msgspec.json.encode(document(OPERATIONS))

    async def openapi(_: Request) -> Response:
        return Response(described, media_type="application/json")

    made = [
        Route(one.path, _Endpoint(site, one, pages.get(one.path)).serve, methods=[one.method], name=one.name)
        for one in OPERATIONS
    ]
    return [*made, Route("/openapi.json", openapi)]


def problem_response(problem: Problem) -> Response:
    """A refusal as RFC 9457 has it."""
    body = msgspec.json.encode(problem.document())
    return Response(body, int(problem.status), problem.headers, media_type="application/problem+json")


def wants_page(request: Request) -> bool:
    """Whether a browser asks: programs do not name HTML."""
    return "text/html" in request.headers.get("accept", "")


class _Endpoint:
    """One operation behind HTTP."""

    def __init__(self, site: Site, operation: Operation, page: Page | None) -> None:
        self._site = site
        self._operation = operation
        self._page = page

    async def serve(self, request: Request) -> Response:
        """Answer one request."""
        if self._page is None:
            return await self._served(request)
        response = await (self._page if wants_page(request) else self._served)(request)
        response.headers["Vary"] = "Accept"
        return response

    async def _served(self, request: Request) -> Response:
        try:
            asked = await self._asked(request)
            answer = await self._operation.run(asked)
        except Problem as problem:
            return problem_response(problem)
        if isinstance(answer, Streamed):
            named = (
                {} if answer.filename is None else {"Content-Disposition": f'attachment; filename="{answer.filename}"'}
            )
            return StreamingResponse(answer.chunks, int(self._operation.status), named, answer.media_type)
        return Response(msgspec.json.encode(answer), int(self._operation.status), media_type="application/json")

    async def _asked(self, request: Request) -> Asked:
        person = NOBODY if self._operation.public else await api_person(self._site, request)
        path = self._path(request)
        return Asked(self._site, person, path, await self._given(request), _key(request))

    def _path(self, request: Request) -> Struct | None:
        """What the path names; one that can name nothing is as one that names what is not there."""
        model = self._operation.path_model
        if model is None:
            return None
        try:
            return msgspec.convert(request.path_params, model, strict=False)
        except msgspec.ValidationError:
            raise not_found(model.__name__.removesuffix("Path").lower()) from None

    async def _given(self, request: Request) -> Struct | None:
        if self._operation.query is not None:
            return _query(request, self._operation.query)
        if self._operation.body is None:
            return None
        body = await read_body(request)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if body and kind != "application/json":
            raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body is sent as application/json.")
        try:
            return msgspec.json.decode(body or b"{}", type=self._operation.body)
        except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
            raise _unreadable(error) from None


def _query(request: Request, kind: type[Struct]) -> Struct:
    given = request.query_params.multi_items()
    if len({name for name, _ in given}) < len(given):
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "A parameter is given twice.")
    try:
        read = msgspec.convert(dict(given), kind, strict=False)
    except msgspec.ValidationError as error:
        raise _unreadable(error) from None
    for name, _ in given:
        # A text that says null would else be as if the parameter were not there.
        if getattr(read, name) is None:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"The parameter {name} has no value; leave it out.")
    return read


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        raise Problem(HTTPStatus.BAD_REQUEST, "An Idempotency-Key has 1 to 255 visible ASCII characters.")
    return key


def _unreadable(error: Exception) -> Problem:
    """msgspec names the field and what was expected, never what was given."""
    if isinstance(error, msgspec.ValidationError):
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{error}.")
    return Problem(HTTPStatus.BAD_REQUEST, "The body is not JSON.")
