"""A Gemini that says what a test scripts, over real HTTP, with the wire of `generateContent`."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_PATH = re.compile(r"^/(v1beta|v1)/models/([\w.-]+):generateContent$")


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer; it is held back while `hold` is not set."""

    body: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hold: asyncio.Event | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came."""

    version: str
    model: str
    key: str
    body: str


@dataclass(slots=True)
class FakeGemini:
    """Answers with the scripted replies in turn, and with 500 when they are used up, so that no request is free.

    Where `answering` is set, it answers each request instead: for a client that may come again after it was killed.
    """

    replies: list[Reply] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    answering: Callable[[Received], Reply] | None = None

    async def generate(self, request: Request) -> Response:
        match = _PATH.match(request.url.path)
        if match is None or request.method != "POST":
            return Response(json.dumps({"error": {"code": 404, "message": "not here", "status": "NOT_FOUND"}}), 404)
        body = (await request.body()).decode()
        asked = Received(match[1], match[2], request.headers.get("x-goog-api-key", ""), body)
        self.received.append(asked)
        if self.answering is not None:
            reply = self.answering(asked)
        else:
            reply = self.replies.pop(0) if self.replies else error(500, "INTERNAL", "the script is at its end")
        if reply.hold is not None:
            await reply.hold.wait()
        return Response(reply.body, reply.status, dict(reply.headers), media_type="application/json")


Tokens = tuple[int, int, int]
"""Tokens in, out and thought."""


def says(text: str | None, *, finish: str = "STOP", tokens: Tokens = (100, 20, 5)) -> Reply:
    """An answer with a text (None: no part at all), its finish reason and its tokens."""
    return _candidate([] if text is None else [{"text": text}], finish, tokens)


def calls(*wanted: tuple[str, Mapping[str, object]], tokens: Tokens = (100, 20, 5)) -> Reply:
    """An answer that calls functions, each with its name and arguments."""
    return _candidate([{"functionCall": {"name": name, "args": args}} for name, args in wanted], "STOP", tokens)


def _candidate(parts: list[dict[str, object]], finish: str, tokens: Tokens) -> Reply:
    content = {"role": "model", "parts": parts} if parts else {"role": "model"}
    prompt, candidates, thoughts = tokens
    return Reply(
        json.dumps(
            {
                "candidates": [{"content": content, "finishReason": finish, "index": 0}],
                "usageMetadata": {
                    "promptTokenCount": prompt,
                    "candidatesTokenCount": candidates,
                    "thoughtsTokenCount": thoughts,
                    "totalTokenCount": prompt + candidates + thoughts,
                },
                "modelVersion": "gemini-2.5-pro",
                "responseId": "fake",
            }
        )
    )


def blocked(reason: str) -> Reply:
    """A prompt that the service would not read."""
    return Reply(json.dumps({"promptFeedback": {"blockReason": reason}, "usageMetadata": {"promptTokenCount": 100}}))


def error(status: int, name: str, message: str, **headers: str) -> Reply:
    """An error in Google's form."""
    body = {"error": {"code": status, "message": message, "status": name}}
    return Reply(json.dumps(body), status, {key.replace("_", "-"): value for key, value in headers.items()})


@asynccontextmanager
async def serving(fake: FakeGemini) -> AsyncIterator[str]:
    """Serve on a free port of the loopback and give the base address."""
    application = Starlette(routes=[Route("/{path:path}", fake.generate, methods=["GET", "POST"])])
    server = uvicorn.Server(uvicorn.Config(application, log_level="error", lifespan="off", ws="none"))
    # Listening from the start: who connects before the server runs waits in the backlog.
    listener = socket.create_server(("127.0.0.1", 0))
    serve = asyncio.create_task(server.serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        for reply in fake.replies:
            if reply.hold is not None:
                reply.hold.set()
        server.should_exit = True
        server.force_exit = True
        await serve
        listener.close()
