"""The job's steps as its log shows them: their headers, their commands, and how each ended.

Actions writes `##[group]Run …`, the script, `shell:` and `##[error]Process completed with exit code 1.`; Azure, GitLab,
CircleCI, Travis, Jenkins and Buildkite each have words of their own, which count only where Actions' are missing: a
log may quote any of them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from analysis.diagnosis import Script

_T = TypeVar("_T")

MARKERS = (
    r"^##\[(?:group|endgroup|error|command|section)\]",
    r"^\[command\]",
    r"^\+{1,3} [a-z./]",
    r"^[$>] [a-z@./]",
    r"^shell: ",
    r"^(?:with|env):$",
    r"^Post job cleanup\.",
    r"^(?:~~~|---|\+\+\+) [:\w]",
    r"^\[Pipeline\] ",
    r'^The command "',
    r"^ERROR: (?:Job failed|script returned)",
    r"^Exited with code ",
    r"Error: (?:The command exited|Process completed) with ",
)
"""Patterns of the lines that `StepTracker.mark` understands."""
STEPS_KEPT = 2000
"""A job of a thousand composite steps is read in full; a log that imitates headers must not fill the memory."""
MARKS_KEPT = 200
"""Marks kept of one step, half of them its first: a step that annotates every line makes no more of them useful."""

_EXIT = re.compile(
    r"Process completed with exit code (-?\d{1,10})"
    r"|^##\[error\]\S{1,40} exited with code '(-?\d{1,10})'"
    r"|^##\[error\]The process '.{1,300}' failed with exit code (-?\d{1,10})"
)
_OTHER_EXIT = re.compile(
    r"^ERROR: Job failed: .{0,80}?exit (?:code|status) (\d{1,10})"
    r"|^ERROR: script returned exit code (-?\d{1,10})"
    r"|^Exited with code (?:exit status )?(\d{1,10})"
    r'|^The command ".{1,400}" (?:failed and )?exited with (\d{1,10})'
    r"|Error: The command exited with status (-?\d{1,10})"
    r"|^Error: Process completed with exit code (-?\d{1,10})"
)
_BUILDKITE = re.compile(r"^(?:~~~|---|\+\+\+) +((?!FAIL|PASS|SKIP|a/|b/)\S.*)")
_JENKINS_STAGE = re.compile(r"^\[Pipeline\] \{ \((.{1,200})\)$")
_COMMAND_STARTS = ("[command]", "+ ", "++ ", "+++ ", "$ ", "> ")
_ECHO_LINES = 400
"""A step's header shows its script and environment; a group that runs longer is output, whatever it is called."""
_COMMANDS_KEPT = 24
_CUT = 500


@dataclass(slots=True)
class Step:
    """One step, or one command of a step. Lines count from 1; `last` is right once the log is read."""

    name: str | None
    first: int
    job: str | None = None
    last: int = 0
    commands: list[str] = field(default_factory=list)
    """Its first dozen commands and its last, each cut to 300 letters: a script under `set -x` has thousands."""
    script: Script | None = None
    """What it ran, where its header tells all of it."""
    echo: tuple[int, int] | None = None
    """The lines of the header that repeats the script and its environment: nothing there has happened."""
    exit_code: int | None = None
    errors: list[int] = field(default_factory=list)
    """Lines of the runner's `##[error]` marks."""
    exits: list[int] = field(default_factory=list)
    """Those of them that tell the exit code: the step failed here."""
    post: bool = False
    """Whether this is the clean-up after the job."""


class StepTracker:
    """Told of each structural line in order, keeps the list of steps. What it is told must be scrubbed."""

    def __init__(self) -> None:
        self.steps: list[Step] = [Step(None, 1)]
        self._header_from: int | None = None
        self._shell_told = False
        self._job: str | None = None
        self._place: str | None = None
        self._actions = False
        self._buildkite = False

    @property
    def current(self) -> Step:
        """The step that the last told line belongs to."""
        return self.steps[-1]

    @property
    def script_from(self) -> int | None:
        """The line of the open header `##[group]Run …`, below which the script stands."""
        return None if self._shell_told else self._header_from

    def place(self, line: int, step: str, job: str | None = None) -> None:
        """Take the step's name, and the job's, from where the log's own form tells them; no name ends the step."""
        self._job = job or self._job
        self._place = step if step and step != "UNKNOWN STEP" else None
        self._begin(line, None)

    def script(self, lines: Sequence[str], whole: Script | None) -> None:
        """Take in the script that a header shows; `whole` where that is all of it, as it was."""
        for line in lines:
            self._command(line.strip())
        if self.current.first == self._header_from:
            self.current.script = whole

    def mark(self, line: int, text: str) -> None:
        """Take in one line that a marker pattern flagged; the patterns flag a few lines that mark nothing."""
        text = text[:_CUT]
        if text.startswith("##["):
            self._workflow_command(line, text)
        elif text.startswith("Post job cleanup."):
            self._begin(line, "Post job cleanup")
            self.current.post = True
        elif text.startswith(("shell: ", "with:", "env:")):
            self._shell_told = self._header_from is not None
        elif self._header_from is None and not self._elsewhere(line, text) and text.startswith(_COMMAND_STARTS):
            self._command(text.removeprefix("[command]").lstrip("+$> "))

    def finish(self, lines: int) -> None:
        """Set the last line of the last step."""
        self.current.last = lines

    def _workflow_command(self, line: int, text: str) -> None:
        if text.startswith("##[group]"):
            self._actions = True
            self._header_from, self._shell_told = None, False
            name = text.removeprefix("##[group]").strip()
            if name.startswith("Run "):
                self._begin(line, name)
                self._command(name.removeprefix("Run "))
                self._header_from = line
        elif text.startswith("##[endgroup]"):
            self._end_group(line)
        elif text.startswith("##[error]"):
            self._error(line, _EXIT.search(text))
        elif text.startswith("##[command]"):
            self._command(text.removeprefix("##[command]").strip('"'))
        elif text.startswith("##[section]Starting: "):
            self._begin(line, text.removeprefix("##[section]Starting: ").strip())
        elif text.startswith("##[section]Finishing: "):
            self._begin(line + 1, None)

    def _end_group(self, line: int) -> None:
        first = self._header_from
        if first is not None and (line - first <= 1 or (self._shell_told and line - first <= _ECHO_LINES)):
            self.current.echo = (first, line)
        self._header_from = None

    def _elsewhere(self, line: int, text: str) -> bool:
        """Take in what services other than GitHub write; False if it is nothing of theirs."""
        if self._actions:
            return False
        if found := _OTHER_EXIT.search(text):
            self._error(line, found)
        elif found := _JENKINS_STAGE.match(text):
            self._begin(line, found[1])
        elif (found := _BUILDKITE.match(text)) and (self._buildkite or text.startswith("~~~ ")):
            self._buildkite = True
            self._begin(line, found[1].strip())
        else:
            return False
        return True

    def _error(self, line: int, exited: re.Match[str] | None) -> None:
        step = self.current
        _append(step.errors, line, MARKS_KEPT)
        if exited is not None:
            _append(step.exits, line, MARKS_KEPT)
            step.exit_code = int(next(group for group in exited.groups() if group is not None))

    def _begin(self, line: int, name: str | None) -> None:
        self._header_from = None
        if len(self.steps) >= STEPS_KEPT:
            return
        self.current.last = line - 1
        self.steps.append(Step(self._place or name, line, self._job))

    def _command(self, text: str) -> None:
        if text:
            _append(self.current.commands, text[:300], _COMMANDS_KEPT)


def _append(kept: list[_T], last: _T, most: int) -> None:
    """Keep the first ones and the last ones."""
    kept.append(last)
    if len(kept) > most:
        del kept[most // 2]
