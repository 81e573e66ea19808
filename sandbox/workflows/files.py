"""The files through which a step speaks to those after it: ``GITHUB_OUTPUT``, ``GITHUB_ENV``, ``GITHUB_PATH``.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#environment-files
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NAMES = ("output", "env", "path", "state", "summary")
MOST_BYTES = 1024 * 1024
"""Of each file, as GitHub limits outputs and summaries."""


class FileCommandError(Exception):
    """A file that does not hold what it must; the step fails by it. The text is what the runner says."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a step wrote."""

    outputs: dict[str, str]
    env: dict[str, str]
    paths: tuple[str, ...]


def prepare(folder: Path) -> dict[str, str]:
    """Empty files, and the variables that name them."""
    for name in NAMES:
        (folder / name).write_bytes(b"")
    names = {"summary": "GITHUB_STEP_SUMMARY"}
    return {names.get(name, f"GITHUB_{name.upper()}"): str(folder / name) for name in NAMES}


def collect(folder: Path) -> Said:
    """What stands in the files. Raises FileCommandError."""
    paths = tuple(line for line in _lines(folder, "path") if line)
    return Said(_pairs(folder, "output"), _env(folder), paths)


def _env(folder: Path) -> dict[str, str]:
    found = _pairs(folder, "env")
    for name in found:
        if name.upper() == "NODE_OPTIONS":
            raise _unprocessed("env", "Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.")
    # The runner's own variables cannot be set anew.
    return {name: value for name, value in found.items() if not name.upper().startswith(("GITHUB_", "RUNNER_"))}


def _lines(folder: Path, name: str) -> list[str]:
    """Ended by a line feed, with a carriage return before it or not, and by nothing else that Unicode has."""
    file = folder / name
    if not file.is_file():
        return []
    if file.stat().st_size > MOST_BYTES:
        raise _unprocessed(name, f"$GITHUB_{name.upper()} supports at most {MOST_BYTES // 1024}k")
    text = file.read_bytes().decode(errors="replace").removeprefix("\ufeff")
    return text.replace("\r\n", "\n").split("\n")


def _pairs(folder: Path, name: str) -> dict[str, str]:
    """``name=value`` lines and ``name<<END`` blocks; whichever mark comes first decides."""
    pairs: dict[str, str] = {}
    lines = iter(_lines(folder, name))
    for line in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if heredoc >= 0 and (equals < 0 or heredoc < equals):
            key, end = line[:heredoc], line[heredoc + 2 :]
            value = _block(name, lines, end) if key and end else None
        else:
            key, value = line[: max(equals, 0)], line[equals + 1 :]
        if not key or value is None:
            raise _unprocessed(name, f"Invalid format '{line[:200]}'")
        pairs[key] = value
    return pairs


def _block(name: str, lines: Iterator[str], end: str) -> str:
    held: list[str] = []
    for line in lines:
        if line == end:
            return "\n".join(held)
        held.append(line)
    raise _unprocessed(name, f"Invalid value. Matching delimiter not found '{end}'")


def _unprocessed(name: str, reason: str) -> FileCommandError:
    return FileCommandError(f"Unable to process file command '{name}' successfully.\n{reason}")
