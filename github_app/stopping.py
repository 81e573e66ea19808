"""Ending a server: by an event of ours instead of its signals, and with a word to what would stream on."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import uvicorn


class Server(uvicorn.Server):
    """A server that says when it begins to go down: what streams without end would else keep it for ten seconds."""

    def __init__(self, config: uvicorn.Config, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._ending = ending

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Say so, then go down."""
        self._ending()
        await super().shutdown(sockets)


@asynccontextmanager
async def stopped_by(server: uvicorn.Server, stop: asyncio.Event) -> AsyncIterator[None]:
    """Have the server end when `stop` is set."""

    async def watch() -> None:
        await stop.wait()
        server.should_exit = True

    watching = asyncio.create_task(watch(), name="stop the server")
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
