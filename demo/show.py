"""The demo on a terminal: what happens as it happens, then the check run and the comment as people would see them."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.markdown import Markdown
from rich.panel import Panel
from rich.status import Status
from rich.text import Text

from demo.story import Outcome
from sandbox.state import CheckRun

_TAGS = re.compile(r"</?(?:details|sub)>|<!--.*?-->", re.DOTALL)
_SUMMARY = re.compile(r"<summary>(.*?)</summary>")


class Progress:
    """Lines of what has happened, and on a terminal a last line that moves with what is being waited for."""

    def __init__(self, console: Console, status: Status | None) -> None:
        self._console = console
        self._status = status
        self._began = time.monotonic()

    def doing(self, text: str) -> None:
        """Say what is being waited for; nothing where there is no terminal to take it back from."""
        if self._status is not None:
            self._status.update(Text(text, style="dim"))

    def rest(self) -> None:
        """Nothing is waited for any more."""
        if self._status is not None:
            self._status.stop()

    def done(self, text: str) -> None:
        """Say what has happened."""
        stamp = f"{time.monotonic() - self._began:6.1f} s  "
        self._console.print(Text.assemble((stamp, "dim"), text), soft_wrap=True, highlight=False)


@contextmanager
def progress(console: Console) -> Iterator[Progress]:
    """Show progress on `console` for as long as the block runs."""
    if not console.is_terminal:
        yield Progress(console, None)
        return
    with console.status("") as status:
        yield Progress(console, status)


def print_outcome(outcome: Outcome, console: Console) -> None:
    """Draw the check run and the comment, and say in one line how it ended."""
    console.print()
    console.print(_check_run(outcome.check_run))
    console.print(Panel(_markdown(outcome.comment), title=f"Comment on #{outcome.pull_request}", title_align="left"))
    word, style = ("verified", "bold green") if outcome.verified else ("not verified", "bold red")
    console.print(Text.assemble((word, style), f" in {outcome.seconds:.1f} s"), highlight=False)


def _check_run(run: CheckRun) -> Panel:
    parts: list[Markdown | Text] = [Text(run.title or "", style="bold"), _markdown(run.summary or "")]
    for one in run.annotations:
        style = "red" if one.level == "failure" else "yellow"
        place = f"{one.path}:{one.start_line}"
        parts.append(Text.assemble((f"\n{one.level} ", style), (place, "bold"), f"  {one.message.splitlines()[0]}"))
    if run.actions:
        parts.append(Text("\n" + "  ".join(f"[ {action.label} ]" for action in run.actions)))
    return Panel(Group(*parts), title=f"Check run {run.name}: {run.conclusion or run.status}", title_align="left")


def _markdown(text: str) -> Markdown:
    """GitHub's markdown for a terminal: what a browser would fold is shown open, under its own heading."""
    return Markdown(_SUMMARY.sub(r"**\1**", _TAGS.sub("", text)))
