"""Workflow commands in what a step prints: ``::error file=a.py,line=3::text`` and the older ``##[error]text``.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.state import Annotation

LEVELS = {"error": "failure", "warning": "warning", "notice": "notice"}
"""Commands that annotate, with the words of the API."""
KNOWN = frozenset({*LEVELS, "debug", "group", "endgroup", "add-mask", "stop-commands", "echo"})
LONGEST_MESSAGE = 4096
"""Characters of an annotation that are kept of a longer message, as the runner cuts it."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command with its properties and its text, unescaped; the name in lower case."""

    name: str
    properties: Mapping[str, str]
    data: str


def parse_command(line: str, *, resume: str | None = None) -> Command | None:
    """The command of a line; None when it is an ordinary line. ``resume`` is a name that is known for now."""
    for found in (_new(line), _old(line)):
        if found is not None and (found.name in KNOWN or (resume is not None and found.name == resume.lower())):
            return found
    return None


def _new(line: str) -> Command | None:
    """``::name key=value,key=value::text``, after nothing but blanks."""
    written = line.lstrip()
    head, mark, data = written[2:].partition("::")
    if not written.startswith("::") or not mark:
        return None
    name, _, properties = head.partition(" ")
    return Command(name.lower(), _properties(properties, ",", "%:,"), _unescaped(data))


def _old(line: str) -> Command | None:
    """``##[name key=value;key=value]text``, anywhere in a line."""
    _, start, rest = line.partition("##[")
    head, mark, data = rest.partition("]")
    if not start or not mark:
        return None
    name, _, properties = head.partition(" ")
    return Command(name.lower(), _properties(properties, ";", "%;]"), _unescaped(data))


def _properties(text: str, separator: str, escapes: str) -> Mapping[str, str]:
    pairs = [part.partition("=") for part in text.split(separator)]
    return {name.strip(): _unescaped(value, escapes) for name, sign, value in pairs if sign and value}


def _unescaped(text: str, escapes: str = "%") -> str:
    for character in f"\r\n{escapes[1:]}%":
        text = text.replace(f"%{ord(character):02X}", character)
    return text


def annotation(command: Command, workspace: str, log_line: int) -> Annotation:
    """What ``::error``, ``::warning`` and ``::notice`` put on the job's check run.

    Without a file it stands at ``.github`` and the line of the step's log.
    """
    properties = command.properties
    file = properties.get("file", "").replace("\\", "/").removeprefix(f"{workspace}/").removeprefix("./")
    line, end_line = _lines(properties) if file else (log_line, log_line)
    start, end = _columns(properties) if file and line == end_line else (None, None)
    return Annotation(
        path=file or ".github",
        start_line=line,
        end_line=end_line,
        start_column=start,
        end_column=end,
        level=LEVELS[command.name],
        message=command.data[:LONGEST_MESSAGE],
        title=properties.get("title", ""),
        raw_details="",
    )


def _lines(properties: Mapping[str, str]) -> tuple[int, int]:
    """The runner drops lines in the wrong order; a missing first one is the last, a missing pair line 1."""
    first, last = _whole(properties.get("line")), _whole(properties.get("endLine"))
    if first is not None and last is not None and last < first:
        first = last = None
    first = last if first is None else first
    return (1, 1) if first is None else (first, first if last is None else last)


def _columns(properties: Mapping[str, str]) -> tuple[int | None, int | None]:
    start, end = _whole(properties.get("col")), _whole(properties.get("endColumn"))
    start = end if start is None else start
    return (None, None) if start is not None and end is not None and end < start else (start, end)


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else None
