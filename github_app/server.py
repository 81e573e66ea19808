"""The web process: the webhook's receiver, a plain ASGI callable, and the few pages that say how it is.

The receiver answers before anything is parsed: cap, time limit, signature, then one write. GitHub gives ten seconds
(github-facts 1); what fails here is a failed delivery there, and can be delivered again.
"""

import asyncio
import errno
import json
import socket
from collections.abc import Awaitable, Callable, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from github_app.webhook import MAX_BODY, Delivery, WebhookRefused, delivery, is_signed

Write = Callable[[Delivery], Awaitable[bool]]
"""Stores a delivery with its job: True for a new one, False for a duplicate; raises ConnectionError where it cannot."""

BODY_SECONDS = 8.0
"""For a whole body: GitHub itself gives up at ten, and a sender that drips holds one connection no longer."""


class PortTaken(Exception):
    """Another program listens there."""


class Receiver:
    """`POST /webhook/github`."""

    def __init__(self, write: Write, secrets: Sequence[bytes], *, body_seconds: float = BODY_SECONDS) -> None:
        self._write = write
        self._secrets = tuple(secrets)
        self._body_seconds = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: 202 new, 200 duplicate, else a problem and nothing stored."""
        status, body = await self._answer(dict(scope["headers"]), scope["method"], receive)
        kind = b"application/json" if status < 300 else b"application/problem+json"
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        if status == 503:
            headers.append((b"retry-after", b"30"))
        if status in (408, 413):
            # What is still unread would be taken for the next request.
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, headers: dict[bytes, bytes], method: str, receive: Receive) -> tuple[int, bytes]:
        if method != "POST":
            return _problem(405, "Deliveries are sent with POST")
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > MAX_BODY:
            return _problem(413, "The payload is larger than 25 MiB, which GitHub never sends")
        try:
            async with asyncio.timeout(self._body_seconds):
                body = await _read(receive)
        except TimeoutError:
            return _problem(408, "The payload took too long")
        if body is None:
            return _problem(413, "The payload is larger than 25 MiB, which GitHub never sends")
        if not is_signed(body, headers.get(b"x-hub-signature-256"), self._secrets):
            return _problem(401, "X-Hub-Signature-256 is missing or wrong")
        return await self._store(headers, body)

    async def _store(self, headers: dict[bytes, bytes], body: bytes) -> tuple[int, bytes]:
        try:
            is_new = await self._write(delivery(headers, body))
        except WebhookRefused as refused:
            return _problem(400, str(refused))
        except ConnectionError:
            return _problem(503, "The database does not answer; deliver again later")
        return (202, b'{"status":"accepted"}') if is_new else (200, b'{"status":"duplicate"}')


def build_server(write: Write, secrets: Sequence[bytes], ready: Callable[[], Awaitable[bool]]) -> Starlette:
    """The web application; `ready` says whether the database answers."""

    async def root(_: Request) -> JSONResponse:
        return JSONResponse({"name": "CI Fixer"})

    async def health(_: Request) -> JSONResponse:
        return JSONResponse({"status": "alive"})

    async def readiness(_: Request) -> JSONResponse:
        if await ready():
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "the database does not answer"}, status_code=503)

    return Starlette(
        routes=[
            Route("/", root),
            Route("/health", health),
            Route("/ready", readiness),
            Route("/webhook/github", Receiver(write, secrets)),
        ]
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises PortTaken with the way out, or OSError for a host that is not this machine's."""
    try:
        return socket.create_server((host, port), backlog=1024)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortTaken(f"port {port} on {host} is taken by another program. Set PORT to a free one.") from error


async def serve(app: Starlette, listening: socket.socket) -> None:
    """Serve `app` until SIGINT or SIGTERM. No access log: it costs half of the receiver's rate."""
    config = uvicorn.Config(app, access_log=False, log_level="warning", timeout_graceful_shutdown=10)
    await uvicorn.Server(config).serve(sockets=[listening])


async def _read(receive: Receive) -> bytes | None:
    """The body, or None as soon as it is over the cap."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY:
            return None
        chunks.append(chunk)
        # A sender that hangs up leaves a truncated body, whose signature is wrong.
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return b"".join(chunks)


def _problem(status: int, detail: str) -> tuple[int, bytes]:
    """A problem document (RFC 9457); `detail` never holds an internal message."""
    return status, json.dumps({"status": status, "detail": detail}).encode()
