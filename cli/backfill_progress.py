"""How far a backfill is: a bar on a terminal, a line now and then elsewhere; all on standard error."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from github_app.allowance import Allowance
from handlers.tasks.backfill import Progress as Done

_EVERY = 5.0
"""Seconds between two plain lines: a log of an hour's backfill stays readable."""


class Display:
    """What is shown while history is read. Use it as a context; `allowance` says what is left of GitHub's hour."""

    def __init__(self) -> None:
        self.allowance: Allowance | None = None
        self._console = Console(stderr=True, highlight=False)
        self._done = Done(0, 0, 0, 0, 0)
        self._begun: tuple[float, int] | None = None
        self._said = 0.0
        self._bar = Progress(
            TextColumn("runs"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[more]}"),
            TextColumn("ETA"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("runs", total=None, more="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def show(self, done: Done) -> None:
        """Bring what is shown to what is done."""
        self._done = done
        now = time.monotonic()
        self._begun = self._begun or (now, done.runs)
        self._bar.update(self._task, completed=done.runs, total=done.total, more=self._more())
        if not self._console.is_terminal and (now - self._said >= _EVERY or done.runs == done.total):
            self._said = now
            self._say(f"{self.done()}, {self._more()}, ETA {self._left(now)}")

    async def wait(self, amount: timedelta, why: str) -> None:
        """Wait, and say until when and why."""
        if amount > timedelta(seconds=1):
            until = datetime.now(UTC) + amount
            self._say(f"waiting until {until:%H:%M:%S} UTC: {why}")
        await asyncio.sleep(max(0.0, amount.total_seconds()))

    def done(self) -> str:
        """How many runs of how many."""
        return f"{self._done.runs:,} of {self._done.total:,} runs"

    def _more(self) -> str:
        last = self.allowance.last if self.allowance is not None else None
        rate = "" if last is None else f", {last.remaining:,} of {last.limit:,} requests left this hour"
        return f"{self._done.failures:,} failures, {self._done.logs_missing:,} logs missing{rate}"

    def _left(self, now: float) -> str:
        """The time that the rest takes at the pace so far."""
        begun, before = self._begun or (now, 0)
        made = self._done.runs - before
        if not made:
            return "unknown"
        return str(timedelta(seconds=round((now - begun) / made * (self._done.total - self._done.runs))))

    def _say(self, text: str) -> None:
        self._console.print(text, markup=False, soft_wrap=True)
