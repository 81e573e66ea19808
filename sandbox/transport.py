"""The HTTP front: prefixes of an Enterprise server, who is asking, faults, limits, recording; then the routes."""

from __future__ import annotations

import asyncio
import logging
import uuid

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox import archives, logs
from sandbox.application import Applications
from sandbox.asgi import Answer, collect, read_body
from sandbox.auth import Caller, Nobody, authenticate
from sandbox.connections import Connections
from sandbox.errors import ApiError
from sandbox.faults import Fault
from sandbox.ratelimit import exceeded
from sandbox.recorder import Request
from sandbox.rest.router import error_response
from sandbox.world import World

_log = logging.getLogger(__name__)
_DOWNLOADS = (logs.PLACE, archives.PLACE)


class Front:
    """The outermost ASGI app."""

    def __init__(self, world: World, applications: Applications, connections: Connections) -> None:
        self._world = world
        self._applications = applications
        self._inner: ASGIApp = applications.api
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        scope = _without_prefix(scope)
        if self._applications.is_page(scope):
            await self._applications.web(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD"):
            self._world.writes.append((scope["method"], scope["path"]))
        fault = self._world.faults.take(scope["method"], scope["path"])
        if fault is not None and fault.delay and not fault.after:
            await asyncio.sleep(fault.delay)
        if scope["path"].startswith(_DOWNLOADS) and not _replaces(fault):
            await self._inner(scope, receive, self._cutting(scope, send) if fault and fault.truncate else send)
            return
        answer = await self._answered(scope, receive, fault)
        if fault is not None and fault.delay and fault.after:
            await asyncio.sleep(fault.delay)
        if fault is not None and fault.reset:
            self._connections.reset(scope["client"])
            return
        await self._send(scope, answer, send, truncate=fault is not None and fault.truncate)

    async def _answered(self, scope: Scope, receive: Receive, fault: Fault | None) -> Answer:
        """The answer, recorded; an injected one stands in the API's place, or hides what the API did."""
        body = b""
        try:
            body = await read_body(receive)
            answer = None if _replaces(fault) and fault and not fault.after else await self._api(scope, body)
        except ApiError as error:
            answer = await self._refusal(scope, error)
        if answer is None or (fault is not None and fault.status is not None):
            answer = await self._injected(scope, fault or Fault("*", ""))
        request = Request(
            scope["method"],
            scope["raw_path"].decode("latin-1"),
            scope["query_string"].decode("latin-1"),
            Headers(scope=scope),
            body,
        )
        self._world.recorder.exchange(request, answer.status, answer.mapping(), answer.body, fault=_replaces(fault))
        return answer

    async def _api(self, scope: Scope, body: bytes) -> Answer:
        """What GitHub answers, with the headers that all its answers carry."""
        caller, refused = self._caller(scope)
        free = scope["path"] == "/rate_limit"
        quota = self._world.limits.look(caller) if free else self._world.limits.count(caller)
        if refused is not None:
            answer = await self._refusal(scope, refused)
        elif quota.used > quota.limit and not free:
            answer = await self._refusal(scope, exceeded(caller))
        else:
            answer = await self._routed({**scope, "sandbox.caller": caller}, body)
        return answer.with_headers({**quota.headers(), "x-github-request-id": uuid.uuid4().hex.upper()})

    def _caller(self, scope: Scope) -> tuple[Caller, ApiError | None]:
        """Who is asking; for credentials that are refused it is nobody, with the refusal."""
        try:
            authorization = Headers(scope=scope).get("authorization")
            return authenticate(self._world.state, self._world.clock, authorization), None
        except ApiError as error:
            return Nobody(), error

    async def _routed(self, scope: Scope, body: bytes) -> Answer:
        try:
            return await collect(self._inner, scope, body)
        except Exception:  # noqa: BLE001 - a fault of the sandbox itself: the client is answered, the test's end sees it
            _log.exception("%s %s", scope["method"], scope["path"])
            return await self._refusal(scope, ApiError(500, "The sandbox itself failed; its log says how"))

    async def _injected(self, scope: Scope, fault: Fault) -> Answer:
        return await self._refusal(scope, ApiError(fault.status or 500, fault.message, headers=fault.headers))

    async def _refusal(self, scope: Scope, error: ApiError) -> Answer:
        return await collect(error_response(error), scope, b"")

    async def _send(self, scope: Scope, answer: Answer, send: Send, *, truncate: bool) -> None:
        if truncate:
            send = self._cutting(scope, send)
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _cutting(self, scope: Scope, send: Send) -> Send:
        """Lets half of the first part of a body through, then cuts the connection."""
        dropped = False

        async def cut(message: Message) -> None:
            nonlocal dropped
            if dropped:
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body = message.get("body", b"")
            dropped = True
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            self._connections.cut(scope["client"])

        return cut


def _replaces(fault: Fault | None) -> bool:
    """Whether a fault answers, or drops the connection, in the API's place."""
    return fault is not None and (fault.status is not None or fault.reset)


def _without_prefix(scope: Scope) -> Scope:
    """``/api/v3/x`` and ``/api/graphql`` of an Enterprise server are ``/x`` and ``/graphql``."""
    path: str = scope["path"]
    raw = (scope.get("raw_path") or path.encode()).partition(b"?")[0]
    query = scope["query_string"].decode("latin-1")
    url = f"{scope['scheme']}://{Headers(scope=scope).get('host', '')}{raw.decode('latin-1')}"
    if path.startswith("/api/v3/"):
        path, raw = path.removeprefix("/api/v3"), raw.removeprefix(b"/api/v3")
    elif path == "/api/graphql":
        path, raw = "/graphql", b"/graphql"
    return {**scope, "path": path, "raw_path": raw, "sandbox.url": f"{url}?{query}" if query else url}
