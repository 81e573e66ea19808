"""A job's log in the form that GitHub Actions writes: stamped lines, groups, commands in colour, errors marked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sandbox.clock import Clock
from sandbox.state import Annotation
from sandbox.workflows.commands import LEVELS, Command, annotation, parse_command

_COLOUR = "\x1b[36;1m{}\x1b[0m"
MOST_BYTES = 1024**3
"""Of one job's log: a step that prints without end must not fill the disk before its time is up."""
# https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md#limitations
_MOST_OF_A_LEVEL = 10
_MOST_ANNOTATIONS = 50


class JobLog:
    """Writes one job's log and gathers its annotations. Values that ``mask`` was told of appear in neither."""

    def __init__(self, path: Path, clock: Clock, workspace: str) -> None:
        self.annotations: list[Annotation] = []
        self._clock = clock
        self._workspace = workspace
        self._masked: list[str] = []
        self._left = MOST_BYTES
        self._file = path.open("w", encoding="utf-8", errors="replace", newline="\n")
        self._file.write("\ufeff")
        self._begin()

    def _begin(self) -> None:
        self._step_lines = 0
        self._of_level = dict.fromkeys(LEVELS.values(), 0)
        self._resume: str | None = None

    def begin_step(self) -> None:
        """A step's log begins: its lines and its annotations are counted from here."""
        self._begin()

    def mask(self, value: str) -> None:
        """Show ``***`` instead of a value, and of each of its lines, from here on."""
        parts = {part for part in (value, *value.splitlines()) if part.strip()}
        # The longest first, so that no part of it is left over by a shorter one.
        self._masked = sorted({*self._masked, *parts}, key=len, reverse=True)

    def masked(self, text: str) -> str:
        """A text as it may be shown."""
        for value in self._masked:
            text = text.replace(value, "***")
        return text

    def line(self, text: str) -> None:
        """Write a text, stamped to a hundred nanoseconds; of several lines the first alone has a stamp, as in Actions.

        https://github.com/actions/runner/blob/main/src/Runner.Common/Logging.cs
        """
        stamp = f"{self._clock():%Y-%m-%dT%H:%M:%S.%f}0Z "
        for part in self.masked(text).split("\n"):
            self._step_lines += 1
            self._left -= len(part)
            if self._left >= 0:
                self._file.write(f"{stamp}{part}\n")
            stamp = ""

    def speak(self, text: str) -> None:
        """A line of a step's output, with the workflow commands that Actions takes out or rewrites."""
        command = parse_command(text, resume=self._resume)
        if command is None or (self._resume is not None and command.name != self._resume.lower()):
            self.line(text)
        elif self._resume is not None:
            self._resume = None
            self.line(text)
        else:
            self._obey(command, text)

    def _obey(self, command: Command, text: str) -> None:
        if command.name in LEVELS:
            self._mark(command)
        elif command.name in ("group", "endgroup"):
            self.line(f"##[{command.name}]{command.data if command.name == 'group' else ''}")
        elif command.name == "add-mask":
            self.mask(command.data)
        elif command.name == "stop-commands":
            self._resume = command.data
            self.line(text)
        # What is left, debug and echo, shows only where debugging is switched on.

    def _mark(self, command: Command) -> None:
        self.line(f"##[{command.name}]{command.data}")
        level = LEVELS[command.name]
        self._of_level[level] += 1
        if self._of_level[level] <= _MOST_OF_A_LEVEL and len(self.annotations) < _MOST_ANNOTATIONS:
            shown = Command(command.name, command.properties, self.masked(command.data))
            self.annotations.append(annotation(shown, self._workspace, self._step_lines))

    def mark_error(self, text: str) -> None:
        """What the runner itself has to complain of."""
        self._mark(Command("error", {}, text))

    def group(self, title: str, *lines: str) -> None:
        """A folded group."""
        self.line(f"##[group]{title}")
        for text in lines:
            self.line(text)
        self.line("##[endgroup]")

    def command(self, script: str, shell: str, env: Mapping[str, str]) -> None:
        """The group that shows a ``run`` step before it runs."""
        lines = script.rstrip("\n").split("\n")
        first = script.strip().partition("\n")[0]
        shown = [_COLOUR.format(line) for line in lines]
        self.group(f"Run {first}", *shown, f"shell: {shell}", *_env(env))

    def action(self, uses: str, given: Mapping[str, str], env: Mapping[str, str]) -> None:
        """The group that shows a ``uses`` step before it runs."""
        shown = ["with:", *(f"  {name}: {value}" for name, value in given.items())] if given else []
        self.group(f"Run {uses}", *shown, *_env(env))

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def _env(env: Mapping[str, str]) -> list[str]:
    return ["env:", *(f"  {name}: {value}" for name, value in env.items())] if env else []
