"""A job's log in the form that GitHub Actions writes: stamped lines, groups, commands in colour, errors marked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

_SPOKEN = ("error", "warning", "notice", "debug", "group", "endgroup")
_COLOUR = "\x1b[36;1m{}\x1b[0m"


class JobLog:
    """Writes one job's log. Values that `mask` was told of never appear in it."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._masked: list[str] = []
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._file.write("\ufeff")

    def mask(self, value: str) -> None:
        """Show `***` instead of `value` from here on."""
        if value.strip():
            self._masked.append(value)

    def line(self, text: str) -> None:
        """One line, stamped to a hundred nanoseconds as Actions does it."""
        for value in self._masked:
            text = text.replace(value, "***")
        self._file.write(f"{self._clock():%Y-%m-%dT%H:%M:%S.%f}0Z {text}\n")

    def speak(self, text: str) -> None:
        """A line of a step's output, with the workflow commands that Actions takes out or rewrites.

        https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
        """
        if text.startswith("::add-mask::"):
            self.mask(text.removeprefix("::add-mask::"))
            return
        for kind in _SPOKEN:
            if text.startswith((f"::{kind}::", f"::{kind} ")):
                text = f"##[{kind}]{text.split('::', 2)[-1]}"
                break
        self.line(text)

    def group(self, title: str, *lines: str) -> None:
        """A folded group."""
        self.line(f"##[group]{title}")
        for text in lines:
            self.line(text)
        self.line("##[endgroup]")

    def command(self, script: str, shell: str, env: Mapping[str, str]) -> None:
        """The group that shows a `run` step before it runs."""
        lines = script.strip("\n").split("\n")
        shown = [_COLOUR.format(line) for line in lines]
        self.group(f"Run {lines[0].strip()}", *shown, f"shell: {shell}", *_env(env))

    def action(self, uses: str, given: Mapping[str, str], env: Mapping[str, str]) -> None:
        """The group that shows a `uses` step before it runs."""
        shown = ["with:", *(f"  {name}: {value}" for name, value in given.items())] if given else []
        self.group(f"Run {uses}", *shown, *_env(env))

    def mark_error(self, text: str) -> None:
        """A line marked as error."""
        self.line(f"##[error]{text}")

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def _env(env: Mapping[str, str]) -> list[str]:
    return ["env:", *(f"  {name}: {value}" for name, value in env.items())] if env else []
