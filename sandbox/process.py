"""One step as local processes: its output line by line, its whole group killed at its end or when time is up."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_LONGEST_LINE = 1024 * 1024
"""Bytes of a line before it is cut in two: a program that writes no line end must not fill memory."""


async def run_process(
    command: Sequence[str], *, folder: Path, env: Mapping[str, str], line: Callable[[str], None], seconds: float
) -> int | None:
    """The exit code of a command whose output, both streams in order, goes to `line`; None when time was up."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=dict(env),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=_LONGEST_LINE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(seconds):
            await _lines(process, line)
            return await process.wait()
    except TimeoutError:
        return None
    finally:
        # What a step started in the background ends with it, as on a runner that is thrown away.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _lines(process: asyncio.subprocess.Process, line: Callable[[str], None]) -> None:
    stream = process.stdout
    if stream is None:
        return
    while True:
        try:
            raw = await stream.readuntil(b"\n")
        except asyncio.IncompleteReadError as end:
            if end.partial:
                line(end.partial.decode("utf-8", "replace"))
            return
        except asyncio.LimitOverrunError as over:
            raw = await stream.readexactly(over.consumed)
        line(raw.decode("utf-8", "replace").rstrip("\r\n"))
