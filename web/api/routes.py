"""From operations to routes: who asks, what is given, the answer as JSON, every refusal as a problem document."""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from http import HTTPStatus

import msgspec
from msgspec import Struct
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from web.api.beside import BESIDE
from web.api.openapi import Json, document
from web.api.operation import NOBODY, Asked, Operation, S, Streamed
from web.api.operations import OPERATIONS
from web.bodies import read_body
from web.once import Answered, Asking, once
from web.people import Person, known_person
from web.problems import Problem, not_found
from web.site import Site

PROBLEM = "application/problem+json"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


Page = Callable[[Request], Awaitable[Response]]


def api_routes(site: Site, pages: Mapping[str, Page]) -> list[Route]:
    """The routes of every operation, and of the document that describes them.

    `pages` are what a browser gets, where a path is an operation's and a page's.
    """
    described = msgspec.json.encode(document(OPERATIONS, BESIDE))

    async def openapi(request: Request) -> Response:
        return Response(described, headers=site.limits.asks(request.scope), media_type="application/json")

    made = [
        Route(one.path, _Endpoint(site, one, pages.get(one.path)).serve, methods=[one.method], name=one.name)
        for one in OPERATIONS
    ]
    return [*made, Route("/openapi.json", openapi)]


def problem_response(problem: Problem) -> Response:
    """A refusal as RFC 9457 has it."""
    body = msgspec.json.encode(problem.document())
    return Response(body, int(problem.status), problem.headers, media_type=PROBLEM)


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
            person, left = await self._who(request)
            asked = await self._asked(request, person)
            if self._operation.streams:
                return _stream(await self._operation.run(asked), left)
            answered = await self._answered(request, asked)
        except Problem as problem:
            return problem_response(problem)
        headers = {**left, **({"Location": answered.location} if answered.location else {})}
        kind = "application/json" if answered.status < HTTPStatus.BAD_REQUEST else PROBLEM
        return Response(answered.body, answered.status, headers, media_type=kind)

    async def _who(self, request: Request) -> tuple[Person, Mapping[str, str]]:
        """Who asks, counted, and the headers that say how much is left."""
        if self._operation.public:
            # What is a page too was counted as one.
            return NOBODY, self._site.limits.asks(request.scope) if self._page is None else {}
        person = await known_person(self._site, request)
        return person, self._site.limits.acts(person.actor, writes=self._operation.is_act)

    async def _asked(self, request: Request, person: Person) -> Asked:
        key = _key(request) if self._operation.is_act else None
        return Asked(self._site, person, self._path(request), await self._given(request), key)

    async def _answered(self, request: Request, asked: Asked) -> Answered:
        if asked.idempotency_key is None:
            return await self._run(asked)
        given = msgspec.json.encode(asked.given)
        asking = Asking(asked.person.actor, f"POST {request.url.path}"[:500], asked.idempotency_key, given)
        return await once(self._site.services.database, asking, partial(self._kept, asked))

    async def _run(self, asked: Asked) -> Answered:
        answer = await self._operation.run(asked)
        if isinstance(answer, Streamed):
            raise TypeError(f"{self._operation.name} is not declared to stream")
        location = None if self._operation.location is None else self._operation.location(answer)
        return Answered(int(self._operation.status), msgspec.json.encode(answer), location)

    async def _kept(self, asked: Asked) -> Answered:
        """A refusal is an answer to keep; what did not answer is none."""
        try:
            return await self._run(asked)
        except Problem as problem:
            if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            return Answered(int(problem.status), msgspec.json.encode(problem.document()))

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
            return read_query(request, self._operation.query)
        if self._operation.body is None:
            return None
        body = await read_body(request)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if body and kind != "application/json":
            raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body is sent as application/json.")
        try:
            return msgspec.convert(_whole(msgspec.json.decode(body or b"{}")), type=self._operation.body)
        except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
            raise _unreadable(error) from None


def _whole(value: Json) -> Json:
    """5.0 as 5, which is the same integer to JSON Schema, and to the languages that know one kind of number."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(one) for one in value]
    return {name: _whole(one) for name, one in value.items()} if isinstance(value, dict) else value


def _stream(answer: Struct | Streamed, headers: Mapping[str, str]) -> Response:
    if not isinstance(answer, Streamed):
        raise TypeError("the operation is declared to stream")
    if answer.filename is not None:
        headers = {**headers, "Content-Disposition": f'attachment; filename="{answer.filename}"'}
    return StreamingResponse(answer.chunks, headers=headers, media_type=answer.media_type)


def read_query(request: HTTPConnection, kind: type[S]) -> S:
    """The parameters of a request. Raises Problem 422 for any that is not of the model, or given twice."""
    given = request.query_params.multi_items()
    if len({name for name, _ in given}) < len(given):
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "A parameter is given twice.")
    try:
        read = msgspec.convert(dict(given), kind, strict=False)
    except msgspec.ValidationError as error:
        raise _unreadable(error) from None
    for name, text in given:
        # A text that says null would else be as if the parameter were not there, and a number be seconds since 1970.
        if getattr(read, name) is None:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"The parameter {name} has no value; leave it out.")
        if isinstance(getattr(read, name), datetime) and "T" not in text.upper():
            raise Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY, f"The parameter {name} is no moment such as 2026-01-31T12:00Z."
            )
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
