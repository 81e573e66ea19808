"""Listening to what happens, as a program and as a browser do it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from tests.web.desk import Desk

Event = dict[str, Any]


@dataclass
class Stream:
    """An open event stream. `last_id` is what a browser would come back with."""

    lines: AsyncIterator[str]
    last_id: str = ""

    async def block(self) -> dict[str, str]:
        """The next block of lines: its fields."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(20):
            async for line in self.lines:
                if not line and fields:
                    break
                name, _, value = line.partition(":")
                fields[name or "comment"] = value.strip()
        self.last_id = fields.get("id", self.last_id)
        return fields

    async def event(self) -> Event:
        """The next event, whatever shows between that the stream lives."""
        while True:
            fields = await self.block()
            if not fields:
                raise EOFError
            if "data" in fields:
                event: Event = json.loads(fields["data"])
                assert (event["id"], event["kind"]) == (fields["id"], fields["event"])
                return event

    async def until(self, kind: str, state: str) -> list[Event]:
        """The events up to one of that kind and state."""
        seen: list[Event] = []
        while not seen or (seen[-1]["kind"], seen[-1].get("state")) != (kind, state):
            seen.append(await self.event())
        return seen


@asynccontextmanager
async def listening(
    opened: Desk,
    token: str | None = None,
    path: str = "/events",
    client: httpx.AsyncClient | None = None,
    since: str = "",
) -> AsyncIterator[Stream]:
    """An event stream that is open: what happens from now on comes, or what happened since."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    headers |= {"Last-Event-ID": since} if since else {}
    async with (
        httpx.AsyncClient(base_url=opened.url) as own,
        (client or own).stream("GET", path, headers=headers, timeout=30) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        stream = Stream(answer.aiter_lines(), since)
        while not stream.last_id:
            await stream.block()
        yield stream


@asynccontextmanager
async def socket(
    opened: Desk, token: str | None = None, path: str = "/ws", **options: Any
) -> AsyncIterator[ClientConnection]:
    """A WebSocket that is open."""
    given = {} if token is None else {"Authorization": f"Bearer {token}"}
    headers = {**given, **options.pop("headers", {})}
    url = opened.url.replace("http", "ws") + path
    async with connect(url, additional_headers=headers, proxy=None, **options) as made:
        first = json.loads(await asyncio.wait_for(made.recv(), 20))
        assert first["kind"] in ("alive", "reset")
        yield made


async def heard(made: ClientConnection) -> Event:
    """The next event of a WebSocket."""
    while True:
        event: Event = json.loads(await asyncio.wait_for(made.recv(), 20))
        if event["kind"] != "alive":
            return event
