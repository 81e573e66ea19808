"""The HTTP front: prefixes of an Enterprise server, faults, limits, recording; then the routes."""

from __future__ import annotations

import asyncio
import socket
import struct
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.errors import ApiError
from sandbox.faults import Fault
from sandbox.ratelimit import exceeded
from sandbox.rest.router import error_response
from sandbox.world import World

# What a client may send to the sandbox; GitHub's own largest is a blob of 100 MB.
MOST_BODY_BYTES = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def mapping(self) -> dict[str, str]:
        """Headers by name."""
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in self.headers}


class Connections:
    """The open sockets by the client's address, so that a fault can cut one."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.BaseTransport] = {}

    def add(self, client: tuple[str, int], transport: asyncio.BaseTransport) -> None:
        """Remember a connection."""
        self._open[client] = transport

    def remove(self, client: tuple[str, int]) -> None:
        """Forget it."""
        self._open.pop(client, None)

    def reset(self, client: tuple[str, int]) -> None:
        """End a connection with a TCP reset, without an orderly close."""
        transport = self._open.get(client)
        if not isinstance(transport, asyncio.Transport):
            return
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()

    def cut(self, client: tuple[str, int]) -> None:
        """Close a connection after what was written has gone out."""
        transport = self._open.get(client)
        if isinstance(transport, asyncio.Transport):
            transport.close()


class Dropped(Exception):
    """The connection was cut on purpose; nothing is answered."""


class Front:
    """The outermost ASGI app."""

    def __init__(self, world: World, inner: ASGIApp, connections: Connections) -> None:
        self._world = world
        self._inner = inner
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        scope = _without_prefix(scope)
        fault = self._world.faults.take(scope["method"], scope["path"])
        if fault is not None and fault.delay and not fault.after:
            await asyncio.sleep(fault.delay)
        if scope["path"].startswith("/_logs/") and (fault is None or (fault.status is None and not fault.reset)):
            await self._inner(scope, receive, self._truncating(scope, send) if fault and fault.truncate else send)
            return
        body = await _read(receive)
        answer = await self._answer(scope, body, fault)
        self._record(scope, body, answer)
        if fault is not None and fault.delay and fault.after:
            await asyncio.sleep(fault.delay)
        if fault is not None and fault.reset:
            self._connections.reset(scope["client"])
            return
        await self._send(scope, answer, send, truncate=fault is not None and fault.truncate)

    async def _answer(self, scope: Scope, body: bytes, fault: Fault | None) -> Answer:
        if fault is not None and not fault.after and (fault.status is not None or fault.reset):
            return await self._refusal(scope, fault)
        key = Headers(scope=scope).get("authorization", "")
        free = scope["path"] == "/rate_limit"
        quota = self._world.limits.look(key) if free else self._world.limits.count(key)
        if quota.used > quota.limit and not free:
            answer = await collect(error_response(exceeded()), scope, b"")
        else:
            answer = await collect(self._inner, scope, body)
        if fault is not None and fault.status is not None:
            answer = await self._refusal(scope, fault)
        return _with_headers(answer, {**quota.headers(), "x-github-request-id": uuid.uuid4().hex.upper()})

    async def _refusal(self, scope: Scope, fault: Fault) -> Answer:
        error = ApiError(fault.status or 500, fault.message, headers=fault.headers)
        return await collect(error_response(error), scope, b"")

    def _record(self, scope: Scope, body: bytes, answer: Answer) -> None:
        request = (scope["method"], scope["path"], scope["query_string"].decode(), Headers(scope=scope), body)
        self._world.recorder.exchange(request, (answer.status, answer.mapping(), answer.body))

    async def _send(self, scope: Scope, answer: Answer, send: Send, *, truncate: bool) -> None:
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        if not truncate:
            await send({"type": "http.response.body", "body": answer.body})
            return
        half = answer.body[: len(answer.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        self._connections.cut(scope["client"])

    def _truncating(self, scope: Scope, send: Send) -> Send:
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


def _without_prefix(scope: Scope) -> Scope:
    """``/api/v3/x`` and ``/api/graphql`` of an Enterprise server are ``/x`` and ``/graphql``."""
    path: str = scope["path"]
    headers = Headers(scope=scope)
    raw = scope.get("raw_path") or path.encode()
    query = scope["query_string"].decode("latin-1")
    url = f"{scope['scheme']}://{headers.get('host', '')}{raw.decode('latin-1').partition('?')[0]}"
    short = path.removeprefix("/api/v3") if path.startswith("/api/v3/") else path
    if path == "/api/graphql":
        short = "/graphql"
    return {**scope, "path": short, "raw_path": short.encode(), "sandbox.url": f"{url}?{query}" if query else url}


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        part: bytes = message.get("body", b"")
        size += len(part)
        if size <= MOST_BODY_BYTES:
            parts.append(part)
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return b"".join(parts)


async def collect(app: ASGIApp, scope: Scope, body: bytes) -> Answer:
    """Run an ASGI app and keep its whole response."""
    status, headers, parts = 500, (), []  # type: int, tuple[tuple[bytes, bytes], ...], list[bytes]

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], tuple(_pairs(message.get("headers", ())))
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return Answer(status, headers, b"".join(parts))


def _pairs(headers: Iterable[Iterable[bytes]]) -> Iterable[tuple[bytes, bytes]]:
    for pair in headers:
        name, value = pair
        yield bytes(name), bytes(value)


def _with_headers(answer: Answer, extra: Mapping[str, str]) -> Answer:
    present = {name.lower() for name, _ in answer.headers}
    added = tuple((n.encode(), v.encode()) for n, v in extra.items() if n.encode() not in present)
    return Answer(answer.status, (*answer.headers, *added), answer.body)
