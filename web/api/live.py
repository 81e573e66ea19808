"""`GET /events` (server-sent events) and `/ws` (a WebSocket): what happens in the repositories that one may read.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from storage.errors import StorageError
from web.api.beside import EVENT_STREAM
from web.api.routes import problem_response, read_query
from web.listening import Listening
from web.live_models import LiveEvent, LiveQuery, Position, position_of
from web.people import Person, known_person
from web.problems import Problem, unavailable
from web.seen import repository_seen
from web.session import is_https
from web.site import Site

PROTOCOL = "ci-fixer"
"""The WebSocket subprotocol that is spoken; a browser, which can send no header, offers its token as the next one."""
_LOG = logging.getLogger(__name__)
_STUCK_SECONDS = 10.0
"""For one event to leave: who takes none for so long holds a connection that others may want."""
_RETRY = b"retry: 2000\n\n"
"""Milliseconds after which a browser comes back."""
_GOING_AWAY, _UNSUPPORTED, _LATER = 1001, 1003, 1013


def live_routes(site: Site) -> list[BaseRoute]:
    """Both ways to listen."""
    ears = _Ears(site)
    return [Route("/events", ears.events), WebSocketRoute("/ws", ears.socket)]


@dataclass(frozen=True, slots=True)
class _Ears:
    site: Site

    async def events(self, request: Request) -> Response:
        """Answer `GET /events` with a stream that ends when either side goes."""
        try:
            person = await known_person(self.site, request)
            self.site.limits.acts(person.actor, writes=False)
            query = read_query(request, LiveQuery)
            since = _since(request.headers.get("last-event-id", query.last_event_id))
            listening = await self._listening(request, person, query)
            # The stream counts itself; here it is only refused before anything is sent.
            self.site.live.refuse_if_full(person.user)
        except Problem as problem:
            return problem_response(problem)
        if request.method == "HEAD":
            return Response(media_type=EVENT_STREAM)
        return _EventStream(self.site, listening, since)

    async def socket(self, socket: WebSocket) -> None:
        """Serve `/ws`: the same events, each a text message."""
        try:
            person = await self._person_of(socket)
            self.site.limits.acts(person.actor, writes=False)
            query = read_query(socket, LiveQuery)
            listening = await self._listening(socket, person, query)
            since = _since(query.last_event_id)
            with self.site.live.admitted(person.user):
                offered = socket.scope["subprotocols"]
                await socket.accept(PROTOCOL if PROTOCOL in offered else None)
                await self._speak(socket, listening, since)
        except Problem as problem:
            await socket.send_denial_response(problem_response(problem))
        except StorageError:
            await socket.send_denial_response(problem_response(unavailable("The database")))

    async def _person_of(self, socket: WebSocket) -> Person:
        """Who opens a socket. A browser sends the session's cookie from any site, so its origin must be our own.

        Another site's page could else listen with a visitor's session (cross-site WebSocket hijacking).
        Raises Problem 401 or 403.
        """
        origin = socket.headers.get("origin")
        ours = origin is not None and _is_own(socket, origin)
        if origin is not None and not ours and origin != self.site.frontend_url:
            raise Problem(HTTPStatus.FORBIDDEN, "Pages of that origin may not listen here.")
        offered = socket.scope["subprotocols"]
        if PROTOCOL in offered and len(offered) > 1:
            token = next(one for one in offered if one != PROTOCOL)
            return await known_person(self.site, socket, f"Bearer {token}")
        if not ours and "authorization" not in socket.headers:
            raise Problem(
                HTTPStatus.UNAUTHORIZED,
                "Give an API token; a session listens only from our own pages.",
                {"WWW-Authenticate": 'Bearer realm="CI Fixer"'},
            )
        return await known_person(self.site, socket)

    async def _listening(self, asked: HTTPConnection, person: Person, query: LiveQuery) -> Listening:
        only = None
        if query.repository is not None:
            only = await repository_seen(self.site, person, query.repository)

        async def still() -> None:
            if isinstance(asked, WebSocket):
                await self._person_of(asked)
            else:
                await known_person(self.site, asked)

        return Listening(person.user, still, only)

    async def _speak(self, socket: WebSocket, listening: Listening, since: Position | None) -> None:
        async def send() -> None:
            code, reason = _GOING_AWAY, ""
            async with aclosing(self.site.live.stream(listening, since)) as events:
                async for event in events:
                    async with asyncio.timeout(_STUCK_SECONDS):
                        await socket.send_text(msgspec.json.encode(event).decode())
                    if event.kind == "end":
                        code, reason = _LATER, event.reason or ""
            # A reason has 123 bytes at most.
            await socket.close(code, reason[:120])

        async def hear() -> None:
            message = await socket.receive()
            if message["type"] == "websocket.receive":
                await socket.close(_UNSUPPORTED, "Nothing is taken here.")

        try:
            await _either(send(), hear())
        except (WebSocketDisconnect, TimeoutError):
            _LOG.info("a listener went, or took nothing for %s s", _STUCK_SECONDS)


class _EventStream(Response):
    """The stream as an answer: it begins at once, and ends when either side goes."""

    def __init__(self, site: Site, listening: Listening, since: Position | None) -> None:
        # A proxy that gathers what it passes on (nginx does) would hold events back.
        super().__init__(media_type=EVENT_STREAM, headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._site = site
        self._listening = listening
        self._since = since

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            await _either(self._send(send), _gone(receive))
        except TimeoutError:
            _LOG.info("a listener took nothing for %s s, and is left", _STUCK_SECONDS)

    async def _send(self, send: Send) -> None:
        async for chunk in self._chunks():
            async with asyncio.timeout(_STUCK_SECONDS):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _chunks(self) -> AsyncIterator[bytes]:
        yield _RETRY
        try:
            with self._site.live.admitted(self._listening.user):
                async with aclosing(self._site.live.stream(self._listening, self._since)) as events:
                    async for event in events:
                        yield _as_text(event)
        except Problem as problem:
            yield f": {problem.detail}\n\n".encode()


def _as_text(event: LiveEvent) -> bytes:
    """An event as the stream has it. What only shows that the stream lives is no event there, but moves the id."""
    if event.kind == "alive":
        return f": alive\nid: {event.id}\n\n".encode()
    return f"id: {event.id}\nevent: {event.kind}\ndata: ".encode() + msgspec.json.encode(event) + b"\n\n"


def _since(text: str | None) -> Position | None:
    if not text:
        return None
    since = position_of(text)
    if since is None:
        raise Problem(HTTPStatus.BAD_REQUEST, "The Last-Event-ID is not one of ours; begin again without it.")
    return since


def _is_own(asked: HTTPConnection, origin: str) -> bool:
    """Whether an origin is that which the request itself went to."""
    parts = urlsplit(origin)
    scheme = "https" if is_https(asked) else "http"
    return parts.scheme == scheme and parts.netloc.lower() == asked.headers.get("host", "").lower()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _either(*both: Awaitable[None]) -> None:
    """Run until one of them ends, and end the other with it. Raises what the first one raised."""
    tasks = [asyncio.ensure_future(one) for one in both]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
