"""A small real receiver of webhooks."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Received:
    """One request as it came in; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> str:
        return self.headers["x-github-event"]

    @property
    def payload(self) -> Any:
        return json.loads(self.body)

    @property
    def name(self) -> str:
        """Event and action, as ``check_run.created``."""
        action = self.payload.get("action")
        return f"{self.event}.{action}" if action else self.event


@dataclass
class Receiver:
    """What was received; answers 202 until told otherwise. A status of 0 closes the connection without a word."""

    url: str = ""
    status: int = 202
    received: list[Received] = field(default_factory=list)

    def names(self) -> list[str]:
        return [one.name for one in self.received]

    def of(self, name: str) -> list[Received]:
        return [one for one in self.received if one.name == name]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                first, *lines = head.strip().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.received.append(Received(first.split()[1], headers, body))
                if self.status == 0:
                    return
                writer.write(f"HTTP/1.1 {self.status} Said\r\nContent-Length: 5\r\nX-Own: yes\r\n\r\nheard".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver._serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    try:
        yield receiver
    finally:
        server.close()
        await server.wait_closed()
