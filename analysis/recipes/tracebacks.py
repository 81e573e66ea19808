"""Python's tracebacks in a log: the last call that is the repository's own, and what was raised there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analysis.diagnosis import Diagnosis
from analysis.recipes.stretches import in_repository, stretches

_FRAME = re.compile(
    r'^(?:E\s+)?\s*File "(?P<path>[^"]+)", line (?P<line>\d+)|^(?P<short>[^\s:]+\.py):(?P<at>\d+): in \S'
)
_RAISED = re.compile(r"^(?:E\s+)?(?P<kind>[A-Za-z_][\w.]*(?:Error|Exception)): (?P<message>.{1,500})$")


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception's name and message, and the place in the repository where the innermost call stood."""

    path: str
    line: int
    kind: str
    message: str


def raised_in(diagnosis: Diagnosis) -> tuple[Raised, ...]:
    """Read the tracebacks in the evidence, each place and message once; those that end in foreign code are left out."""
    return tuple(dict.fromkeys(one for stretch in stretches(diagnosis) for one in _in_lines(stretch.lines)))


def _in_lines(lines: tuple[str, ...]) -> Iterator[Raised]:
    frame: tuple[str, int] | None = None
    for line in lines:
        if match := _FRAME.match(line):
            frame = (match["path"] or match["short"], int(match["line"] or match["at"]))
        elif (match := _RAISED.match(line)) and frame is not None:
            path = in_repository(frame[0])
            if path is not None:
                yield Raised(path, frame[1], match["kind"], match["message"])
            frame = None
