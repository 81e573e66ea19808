"""A log diagnosed while it comes over the network: the loop fetches, a thread reads, a few chunks between them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Literal, TypeVar

from analysis.analyze import analyze
from analysis.binary import is_binary
from analysis.diagnosis import Diagnosis

Result = TypeVar("Result")

_CHUNKS_HELD = 8
"""Chunks (of a MiB at most) that wait for the reading thread: memory stays flat however fast the network is."""


@dataclass(frozen=True, slots=True)
class LogRead:
    """What became of a log: `whole`, `cut` at the cap, or without a diagnosis where it was `empty` or `not text`."""

    diagnosis: Diagnosis | None
    state: Literal["whole", "cut", "empty", "not text"]


async def read_log(
    chunks: AsyncIterator[bytes],
    most_bytes: int,
    reader: Callable[[Iterator[bytes]], Diagnosis] = analyze,
) -> LogRead:
    """Diagnose a log of at most `most_bytes`; whatever `chunks` raises is raised here, with nothing left running."""
    ended = _Ended()
    diagnosis = await fed(chunks, most_bytes, reader, ended)
    if ended.state == "whole" and diagnosis.root_line is None:
        return LogRead(None, "empty")
    return LogRead(diagnosis if ended.state in ("whole", "cut") else None, ended.state)


@dataclass(slots=True)
class _Ended:
    state: Literal["whole", "cut", "empty", "not text"] = "whole"


async def fed(
    chunks: AsyncIterator[bytes],
    most_bytes: int,
    reader: Callable[[Iterator[bytes]], Result],
    ended: _Ended | None = None,
) -> Result:
    """Run `reader` in a thread on chunks as they come, at most `most_bytes` of them, and give what it makes of them."""
    hand = _Hand(asyncio.get_running_loop())
    reading = asyncio.ensure_future(asyncio.to_thread(reader, hand.chunks()))
    ended = ended or _Ended()
    try:
        ended.state = await _give(chunks, hand, most_bytes)
    finally:
        hand.end()
        # The thread ends soon after its last chunk; a task that is stopped waits that long.
        await asyncio.wait([reading])
    return reading.result()


async def _give(chunks: AsyncIterator[bytes], hand: "_Hand", most_bytes: int) -> Literal["whole", "cut", "not text"]:
    given = 0
    async for chunk in chunks:
        if given == 0 and is_binary(chunk):
            return "not text"
        part = chunk[: most_bytes - given]
        await hand.give(part)
        given += len(part)
        if len(part) < len(chunk):
            return "cut"
    return "whole"


class _Hand:
    """Chunks from the loop to a thread, a few at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._room = asyncio.Semaphore(_CHUNKS_HELD)
        self._held: SimpleQueue[bytes | None] = SimpleQueue()

    async def give(self, chunk: bytes) -> None:
        await self._room.acquire()
        self._held.put(chunk)

    def end(self) -> None:
        self._held.put(None)

    def chunks(self) -> Iterator[bytes]:
        """For the thread: the chunks as they come."""
        while (chunk := self._held.get()) is not None:
            self._loop.call_soon_threadsafe(self._room.release)
            yield chunk
