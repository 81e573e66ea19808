"""From operations to routes: who asks, what is given, the answer as JSON, every refusal as a problem document."""

import re
from functools import partial
from http import HTTPStatus

import msgspec
from msgspec import Struct
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route

from web.api.openapi import document
from web.api.operation import Asked, Operation, S
from web.api.operations import OPERATIONS
from web.bodies import read_body
from web.once import Answered, Asking, once
from web.people import Person, known_person
from web.problems import Problem, not_found
from web.site import Site

PROBLEM = "application/problem+json"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def api_routes(site: Site) -> list[Route]:
    """The routes of every operation, and of the document that describes them."""
    described = msgspec.json.encode(document(OPERATIONS))

    async def openapi(request: Request) -> Response:
        return Response(described, headers=site.limits.asks(request.scope), media_type="application/json")

    made = [Route(one.path, _Endpoint(site, one).serve, methods=[one.method], name=one.name) for one in OPERATIONS]
    return [*made, Route("/openapi.json", openapi)]


def problem_response(problem: Problem) -> Response:
    """A refusal as RFC 9457 has it."""
    body = msgspec.json.encode(problem.document())
    return Response(body, int(problem.status), problem.headers, media_type=PROBLEM)


class _Endpoint:
    """One operation behind HTTP."""

    def __init__(self, site: Site, operation: Operation) -> None:
        self._site = site
        self._operation = operation

    async def serve(self, request: Request) -> Response:
        """Answer one request."""
        try:
            person = await known_person(self._site, request)
            left = self._site.limits.acts(person.actor, writes=self._operation.is_act)
            answered = await self._answered(request, await self._asked(request, person))
        except Problem as problem:
            return problem_response(problem)
        headers = {**left, **({"Location": answered.location} if answered.location else {})}
        kind = "application/json" if answered.status < HTTPStatus.BAD_REQUEST else PROBLEM
        return Response(answered.body, answered.status, headers, media_type=kind)

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
            return msgspec.json.decode(body or b"{}", type=self._operation.body)
        except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
            raise _unreadable(error) from None


def read_query(request: HTTPConnection, kind: type[S]) -> S:
    """The parameters of a request. Raises Problem 422 for any that is not of the model, or given twice."""
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
