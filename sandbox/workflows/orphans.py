"""What a job's steps left running, found by a mark in their environment, as a runner finds it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

MARK = "RUNNER_TRACKING_ID"
_PROCESSES = Path("/proc")


def terminate(tracking_id: str) -> list[str]:
    """Kill every process that carries the mark; gives a line for each. On a system without /proc it finds none."""
    wanted = f"{MARK}={tracking_id}".encode()
    lines: list[str] = []
    for folder in sorted(_PROCESSES.glob("[0-9]*")) if _PROCESSES.is_dir() else ():
        pid = int(folder.name)
        try:
            if pid == os.getpid() or wanted not in (folder / "environ").read_bytes().split(b"\0"):
                continue
            name = (folder / "comm").read_text().strip()
            os.kill(pid, signal.SIGKILL)
        except OSError:
            # It ended meanwhile, or is another user's.
            continue
        lines.append(f"Terminate orphan process: pid ({pid}) ({name})")
    return lines
