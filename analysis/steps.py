"""The job's steps as its log shows them: `##[group]Run …` headers, their commands, and how each ended."""

import re
from dataclasses import dataclass, field

MARKERS = (
    rb"^##\[",
    rb"^\[command\]",
    rb"^\+{1,3} [a-z./]",
    rb"^(?:\$|>) [a-z@./]",
    rb"^shell: ",
    rb"^(?:with|env):$",
    rb"^Post job cleanup\.",
)
"""Patterns of the lines that `StepTracker.mark` understands."""

_EXIT = re.compile(r"Process completed with exit code (-?\d{1,10})")
_ECHO_LINES = 400
"""A step's header shows its script and environment; a group that runs longer is output, whatever it is called."""


@dataclass(slots=True)
class Step:
    """One step, or one command of a step. Lines count from 1; `last` is right once the log is read."""

    name: str | None
    first: int
    job: str | None = None
    last: int = 0
    commands: list[str] = field(default_factory=list)
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
    """Told of each structural line in order, keeps the list of steps."""

    def __init__(self) -> None:
        self.steps: list[Step] = [Step(None, 1)]
        self._group: tuple[int, bool] | None = None
        self._header = False
        self._place: tuple[str, str] | None = None

    @property
    def current(self) -> Step:
        """The step that the last told line belongs to."""
        return self.steps[-1]

    def place(self, line: int, job: str, step: str) -> None:
        """Take job and step from the columns of `gh run view --log`."""
        self._place = (job, step)
        self._begin(line, None)

    def mark(self, line: int, text: str) -> None:
        """Take in one line that a marker pattern flagged."""
        if text.startswith("##["):
            self._workflow_command(line, text)
        elif text.startswith("Post job cleanup."):
            self._begin(line, "Post job cleanup")
            self.current.post = True
        elif text.startswith(("shell: ", "with:", "env:")):
            self._header = self._header or (self._group is not None and self._group[1])
        elif self._group is None or not self._group[1]:
            self._command(text.removeprefix("[command]").lstrip("+$> "))

    def finish(self, lines: int) -> None:
        """Set the last line of the last step."""
        self.current.last = lines

    def _workflow_command(self, line: int, text: str) -> None:
        if text.startswith("##[group]"):
            name = text.removeprefix("##[group]").strip()
            is_run = name.startswith("Run ")
            if is_run:
                self._begin(line, name)
                self._command(name.removeprefix("Run "))
            self._group = (line, is_run)
            self._header = False
        elif text.startswith("##[endgroup]"):
            if self._group is not None and self._group[1] and line - self._group[0] <= _ECHO_LINES:
                one_line = line - self._group[0] <= 1
                if self._header or one_line:
                    self.current.echo = (self._group[0], line)
            self._group = None
        elif text.startswith("##[error]"):
            self.current.errors.append(line)
            if found := _EXIT.search(text[:200]):
                self.current.exits.append(line)
                self.current.exit_code = int(found[1])

    def _begin(self, line: int, name: str | None) -> None:
        job, step = self._place or (None, None)
        if step is not None and step != "UNKNOWN STEP":
            name = step
        self.current.last = line - 1
        self.steps.append(Step(name, line, job))
        self._group = None

    def _command(self, text: str) -> None:
        # The first few commands tell what the step is; a script under `set -x` has thousands.
        if len(self.current.commands) < 12:
            self.current.commands.append(text[:300])
