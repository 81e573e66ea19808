"""The web process: the webhook's receiver, a plain ASGI callable, and the few pages that say how it is.

The receiver answers before anything is parsed: caps, time limit, signature, then one write. GitHub gives ten seconds
(github-facts 1); what fails here is a failed delivery there, and can be delivered again.
"""

import asyncio
import errno
import json
import logging
import re
import secrets as random_ids
import socket
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from github_app.stopping import Server, stopped_by
from github_app.webhook import MAX_BODY, Delivery, WebhookRefused, delivery, is_signed

Write = Callable[[Delivery], Awaitable[bool]]
"""Stores a delivery with its job: True for a new one, False for a duplicate; raises ConnectionError where it cannot."""
Result = TypeVar("Result")

WEBHOOK_PATH = "/webhook/github"
_PROBES = ("/health", "/ready")
BODY_SECONDS = 8.0
"""For a whole body: GitHub itself gives up at ten, and a sender that drips holds one connection no longer."""
MAX_BODIES = 4 * MAX_BODY
"""Bytes of all bodies that are being received: senders are strangers until the last byte, and memory is not theirs."""
_SIGNATURE = re.compile(rb"sha256=[0-9a-f]{64}")
_TOO_LARGE = "The payload is larger than 25 MiB, which GitHub never sends"
_OUTCOMES = {HTTPStatus.ACCEPTED: "accepted", HTTPStatus.OK: "duplicate"}
_LOG = logging.getLogger(__name__)


class PortTaken(Exception):
    """Another program listens there."""


class _Refused(Exception):
    """A request that ends here; `reason` is safe to send back."""

    def __init__(self, status: HTTPStatus, reason: str, *, unread: bool = False) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.unread = unread


class Receiver:
    """`POST /webhook/github`."""

    def __init__(
        self,
        write: Write,
        secrets: Sequence[bytes],
        *,
        body_seconds: float = BODY_SECONDS,
        max_bodies: int = MAX_BODIES,
        counted: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._write = write
        self._secrets = tuple(secrets)
        self._body_seconds = body_seconds
        self._max_bodies = max_bodies
        self._receiving = 0
        self._counted_as = counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: 202 new, 200 duplicate, else a problem and nothing stored."""
        headers = [(b"content-type", b"application/json")]
        try:
            status, body = await self._answer(dict(scope["headers"]), scope["method"], receive)
        except _Refused as refused:
            status, body = refused.status, _problem(refused.status, refused.reason)
            headers = [(b"content-type", b"application/problem+json")]
            if refused.unread:
                # Nobody is going to read the rest of this body.
                headers.append((b"connection", b"close"))
            if status == HTTPStatus.SERVICE_UNAVAILABLE:
                headers.append((b"retry-after", b"30"))
            if status == HTTPStatus.METHOD_NOT_ALLOWED:
                headers.append((b"allow", b"POST"))
        self._counted_as(_OUTCOMES.get(status, str(int(status))))
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": int(status), "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, headers: dict[bytes, bytes], method: str, receive: Receive) -> tuple[HTTPStatus, bytes]:
        if method != "POST":
            raise _Refused(HTTPStatus.METHOD_NOT_ALLOWED, "Deliveries are sent with POST", unread=True)
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > MAX_BODY:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _TOO_LARGE, unread=True)
        signature = headers.get(b"x-hub-signature-256")
        unsigned = _Refused(HTTPStatus.UNAUTHORIZED, "X-Hub-Signature-256 is missing or wrong")
        if signature is None or not _SIGNATURE.fullmatch(signature):
            unsigned.unread = True
            raise unsigned
        with self._counted() as count:
            try:
                async with asyncio.timeout(self._body_seconds):
                    body = await _read(receive, count)
            except TimeoutError:
                raise _Refused(HTTPStatus.REQUEST_TIMEOUT, "The payload took too long", unread=True) from None
            if not is_signed(body, signature, self._secrets):
                raise unsigned
            return await self._store(headers, body)

    @contextmanager
    def _counted(self) -> Iterator[Callable[[int], None]]:
        """Count one request's bytes among those of all, as long as they are held."""
        mine = 0

        def count(more: int) -> None:
            nonlocal mine
            mine += more
            self._receiving += more
            if mine > MAX_BODY:
                raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _TOO_LARGE, unread=True)
            if self._receiving > self._max_bodies:
                raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE, "Too much arrives at once", unread=True)

        try:
            yield count
        finally:
            self._receiving -= mine

    async def _store(self, headers: dict[bytes, bytes], body: bytes) -> tuple[HTTPStatus, bytes]:
        try:
            is_new = await self._write(delivery(headers, body))
        except WebhookRefused as refused:
            raise _Refused(HTTPStatus.BAD_REQUEST, str(refused)) from refused
        except ConnectionError as error:
            _LOG.warning("a delivery was refused: %s", error)
            raise _Refused(HTTPStatus.SERVICE_UNAVAILABLE, "The database does not answer") from error
        except Exception as error:
            raise _Refused(HTTPStatus.INTERNAL_SERVER_ERROR, _reported(error)) from error
        if is_new:
            return HTTPStatus.ACCEPTED, b'{"status":"accepted"}'
        return HTTPStatus.OK, b'{"status":"duplicate"}'


def build_server(
    write: Write,
    secrets: Sequence[bytes],
    probes: ASGIApp,
    web: ASGIApp | None = None,
    *,
    counted: Callable[[str], None] = lambda _: None,
) -> ASGIApp:
    """The web application; `probes` serves /health and /ready, `web` what people and programs open.

    `counted` is told what became of each delivery: `accepted`, `duplicate`, or the status that it was refused with.

    The webhook is answered before Starlette's routing and middleware, which cost a quarter of the rate.
    """
    receiver = Receiver(write, secrets, counted=counted)
    pages = _pages()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == WEBHOOK_PATH:
            await receiver(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] in _PROBES:
            await probes(scope, receive, send)
        elif web is not None:
            await web(scope, receive, send)
        else:
            await pages(scope, receive, send)

    return app


def _pages() -> Starlette:
    """What a process shows that has no App's key: its name."""

    async def root(_: Request) -> JSONResponse:
        return JSONResponse({"name": "CI Fixer"})

    async def refused(_: Request, error: Exception) -> Response:
        status = HTTPStatus(error.status_code) if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
        detail = status.phrase if isinstance(error, HTTPException) else _reported(error)
        return Response(_problem(status, detail), status, media_type="application/problem+json")

    return Starlette(
        routes=[Route("/", root)],
        exception_handlers={HTTPException: refused, Exception: refused},
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises PortTaken with the way out, or OSError for a host that is not this machine's."""
    try:
        listening = socket.create_server((host, port), backlog=1024)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortTaken(f"port {port} on {host} is taken by another program. Set PORT to a free one.") from error
    # asyncio sets it for its own servers only: without, an answer waits 40 ms for the receiver's acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


async def serve(
    app: ASGIApp,
    listening: socket.socket,
    stop: asyncio.Event | None = None,
    *,
    ending: Callable[[], None] = lambda: None,
) -> None:
    """Serve `app` until `stop` is set or, without one, until SIGINT or SIGTERM; requests under way get ten seconds.

    `ending` is called when it begins to go down. No access log: it costs half of the receiver's rate.
    """
    server = Server(
        uvicorn.Config(
            app,
            access_log=False,
            log_level="warning",
            lifespan="off",
            ws="websockets-sansio",
            # Nothing is taken over a WebSocket, and what is told is a line: no compressor a connection.
            ws_max_size=1024,
            ws_per_message_deflate=False,
            server_header=False,
            timeout_graceful_shutdown=10,
        ),
        ending,
    )
    if stop is None:
        await server.serve(sockets=[listening])
        return
    async with stopped_by(server, stop):
        # Not `serve`: that takes the signals from whoever set the event.
        await server._serve([listening])  # noqa: SLF001 - uvicorn has no public way to serve without signal handlers


def run(main: Coroutine[None, None, Result]) -> Result:
    """Run `main` on uvloop, where there is one: uvicorn chooses the loop only for programs that it starts itself."""
    try:
        import uvloop  # noqa: PLC0415 - not there on Windows
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


async def _read(receive: Receive, count: Callable[[int], None]) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        chunk: bytes = message.get("body", b"")
        count(len(chunk))
        chunks.append(chunk)
        # A sender that hangs up leaves a truncated body, whose signature is wrong.
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return b"".join(chunks)


def _reported(error: Exception) -> str:
    """What is told of a bug: an id, under which the log has its kind and place."""
    error_id = random_ids.token_hex(4)
    # Its kind and place without its text, which may quote a stranger or a secret.
    where = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("error %s: %s\n%s", error_id, type(error).__qualname__, where)
    return f"Something went wrong here; it is in the log as error {error_id}"


def _problem(status: HTTPStatus, detail: str) -> bytes:
    """A problem document (RFC 9457); `detail` never holds an internal message."""
    return json.dumps({"title": status.phrase, "status": int(status), "detail": detail}).encode()
