"""Whole requests and whole answers, taken out of ASGI's streams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope

from sandbox.errors import ApiError

# GitHub's own largest is a blob of 100 MB in base64.
MOST_BODY_BYTES = 140 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def mapping(self) -> dict[str, str]:
        """Headers by name."""
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in self.headers}

    def with_headers(self, extra: Mapping[str, str]) -> Answer:
        """The same with headers added; those that are there stay as they are."""
        present = {name.lower() for name, _ in self.headers}
        added = tuple((name.encode(), value.encode()) for name, value in extra.items() if name.encode() not in present)
        return Answer(self.status, (*self.headers, *added), self.body)


async def read_body(receive: Receive) -> bytes:
    """A request's body; ApiError 413 when it is longer than GitHub would take."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        part: bytes = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > MOST_BODY_BYTES:
            raise ApiError(413, "Payload Too Large")
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return b"".join(parts)


async def collect(app: ASGIApp, scope: Scope, body: bytes) -> Answer:
    """Run an ASGI app and keep its whole response."""
    started: list[Message] = []
    parts: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.append(message)
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    headers = tuple((bytes(name), bytes(value)) for name, value in started[0].get("headers", ()))
    return Answer(started[0]["status"], headers, b"".join(parts))
