"""One program with its output line by line, until it ends, its time is up, or it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_LONGEST_LINE = 1024 * 1024
"""Bytes of a line before it is cut in two: a program that writes no line end must not fill memory."""
_MOST_IN_PIPE = 1024 * 1024
"""Bytes that can wait in a pipe: what a program wrote before it ended. More comes from what it left running."""
_GRACE_SECONDS = (2.0, 1.0)
"""After SIGINT and after SIGTERM, before the next harder signal: shorter than a runner's, which are 7.5 and 2.5."""


@dataclass(frozen=True, slots=True)
class Limit:
    """When a program must end: after some seconds, or when ``stop`` is set."""

    seconds: float
    stop: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: ``code`` is None when it was ended, by ``stopped`` or else because its time was up."""

    code: int | None
    stopped: bool = False


class Processes:
    """The programs of one job: what they leave running in the background lives until the job ends."""

    def __init__(self) -> None:
        self._outputs: list[_Output] = []
        self._groups: list[int] = []

    async def run(
        self, command: Sequence[str], *, folder: Path, env: Mapping[str, str], line: Callable[[str], None], limit: Limit
    ) -> Ended:
        """Run a command whose output, both streams in order, goes to ``line``. Raises OSError when it cannot start."""
        read, write = os.pipe()
        output = _Output(read, line)
        try:
            process = await asyncio.create_subprocess_exec(
                *command, cwd=folder, env=dict(env), stdin=asyncio.subprocess.DEVNULL, stdout=write, stderr=write,
                start_new_session=True,
            )  # fmt: skip
        except OSError:
            os.close(read)
            raise
        finally:
            os.close(write)
        self._outputs.append(output)
        await output.open()
        try:
            return await _ended(process, limit)
        finally:
            if process.returncode is None:
                _kill(process.pid, signal.SIGKILL)
                await process.wait()
            output.finish()
            if _kill(process.pid, 0):
                self._groups.append(process.pid)

    def end(self) -> None:
        """Kill what still runs of the programs' own groups, and forget their output."""
        for group in self._groups:
            _kill(group, signal.SIGKILL)
        for output in self._outputs:
            output.close()


async def _ended(process: asyncio.subprocess.Process, limit: Limit) -> Ended:
    exited, stopped = asyncio.ensure_future(process.wait()), asyncio.ensure_future(limit.stop.wait())
    try:
        await asyncio.wait({exited, stopped}, timeout=limit.seconds, return_when=asyncio.FIRST_COMPLETED)
        if exited.done():
            return Ended(exited.result())
        for number, seconds in zip((signal.SIGINT, signal.SIGTERM), _GRACE_SECONDS, strict=True):
            _kill(process.pid, number)
            if (await asyncio.wait({exited}, timeout=seconds))[0]:
                break
        _kill(process.pid, signal.SIGKILL)
        await exited
        return Ended(None, stopped=stopped.done())
    finally:
        stopped.cancel()
        exited.cancel()


def _kill(group: int, number: int) -> bool:
    """Signal a process group; whether there still is one. The signal 0 only asks."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


class _Output(asyncio.Protocol):
    """The reading end of a program's pipe. It does not end with the program where something else holds the pipe."""

    def __init__(self, descriptor: int, line: Callable[[str], None]) -> None:
        self._descriptor = descriptor
        self._line: Callable[[str], None] | None = line
        self._rest = b""
        self._open = True
        self._transport: asyncio.ReadTransport | None = None

    async def open(self) -> None:
        """Begin to read."""
        pipe = os.fdopen(self._descriptor, "rb", 0)
        self._transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: self, pipe)

    def data_received(self, data: bytes) -> None:
        """Give whole lines on; drop what comes after the program's end."""
        if self._line is None:
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._give(line)
        while len(self._rest) > _LONGEST_LINE:
            self._give(self._rest[:_LONGEST_LINE])
            self._rest = self._rest[_LONGEST_LINE:]

    def connection_lost(self, _error: Exception | None) -> None:
        """Nobody holds the pipe any more; its number may soon be another file's."""
        self._open = False

    def _give(self, raw: bytes) -> None:
        if self._line is not None:
            self._line(raw.decode("utf-8", "replace").removesuffix("\r"))

    def finish(self) -> None:
        """The program has ended: take what it left in the pipe, and wait for nobody else."""
        taken = 0
        with contextlib.suppress(OSError):
            while self._open and taken < _MOST_IN_PIPE and (data := os.read(self._descriptor, _MOST_IN_PIPE)):
                self.data_received(data)
                taken += len(data)
        if self._rest:
            self._give(self._rest)
        self._line = None

    def close(self) -> None:
        """Let go of the pipe."""
        if self._transport is not None:
            self._transport.close()
