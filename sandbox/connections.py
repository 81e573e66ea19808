"""The open sockets, by the client's address, so that a fault can cut one."""

from __future__ import annotations

import asyncio
import socket
import struct


class Connections:
    """Which connection is whose; uvicorn's protocol tells (``server.py``)."""

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
