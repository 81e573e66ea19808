"""Which formatter printed a diff, and of which file: each has headers of its own, or the job's commands name it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from analysis.recipes.printed_diff import PrintedDiff
from analysis.recipes.stretches import in_repository

_STAMP = r"\t\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? ?[+-]\d\d:?\d\d"
_PYTHON = r"(?P<path>.+\.pyi?)"
PRE_COMMIT = "All changes made by hooks:"
"""What pre-commit prints above its diff."""


@dataclass(frozen=True, slots=True)
class _Form:
    """The two header lines of a tool's diff; the first names the file. `command` must be among the job's commands."""

    tool: str
    old: re.Pattern[str]
    new: re.Pattern[str]
    command: re.Pattern[str] = re.compile("")


def _form(tool: str, old: str, new: str, command: str = "") -> _Form:
    return _Form(tool, re.compile(f"^--- {old}$"), re.compile(rf"^\+\+\+ {new}$"), re.compile(command))


# Words by which a command says that it formats what `git diff` then shows: the tools' own, or a script's usual name.
_FORMATS = (
    r"\b(?:black|isort|yapf|autopep8|docformatter|gofmt|gofumpt|goimports|rustfmt|prettier|shfmt|clang-format|stylua"
    r"|spotless\w*|ktlint|scalafmt\w*|swiftformat|google-java-format|cmake-format|nixfmt|csharpier|buildifier|taplo|alejandra"
    r"|(?:\w+[:_ -])?(?:fmt|format))\b"
)
_FORMS = (
    _form("isort", rf"{_PYTHON}:before\t.+", r".+:after\t.+"),
    _form("yapf", rf"{_PYTHON}\t\(original\)", r".+\t\(reformatted\)"),
    _form("autopep8", rf"original/{_PYTHON}", r"fixed/.+"),
    _form("docformatter", rf"before/{_PYTHON}", r"after/.+"),
    _form("gofmt", r"(?P<path>.+\.go)\.orig(?:\t.*)?", r".+\.go(?:\t.*)?"),
    _form("shfmt", r"(?P<path>\S+)\.orig(?:\t.*)?", r".+", r"\bshfmt\b"),
    _form("terraform fmt", r"old/(?P<path>.+\.(?:tf|tfvars|hcl))", r"new/.+", r"\b(?:terraform|tofu|terragrunt)\b"),
    _form("black", rf"{_PYTHON}{_STAMP}", rf".+{_STAMP}"),
    # What a formatter writes to a pipe is compared with the file that it read.
    _form("clang-format", r"(?P<path>[^\t]+)\t.+", r"(?:-|/dev/\S+|/proc/\S+)(?:\t.+)?", r"\bclang-format\b"),
    _form(
        "git",
        r"a/(?P<path>[^\t]+)",
        r"b/.+",
        rf"\bgit (?:\S+ )*diff\b[\s\S]*{_FORMATS}|{_FORMATS}[\s\S]*\bgit (?:\S+ )*diff\b",
    ),
    _form("clang-format", r"a/(?P<path>[^\t]+)", r"b/.+", r"\b(?:git[ -])?clang-format\b.*--diff"),
)
_WOULD = re.compile(r"^(\d+) files? would be reformatted\b|^Would fix \d+ errors?\b")
_FORMATTER = re.compile(_FORMATS)


def formatter_of(diff: PrintedDiff, lines: Sequence[str], commands: Sequence[str]) -> tuple[str, str] | None:
    """Give the tool's name and the file's path; None for a diff of nothing that formats, or of no repository's file."""
    old, new = diff.headers
    if PRE_COMMIT in lines and old.startswith("--- a/"):
        return _placed("pre-commit", old[6:])
    if PurePosixPath(diff.path).suffix in (".py", ".pyi") and old[4:] == new[4:] and any(map(_WOULD.match, lines)):
        return _placed("ruff", diff.path)
    script = "\n".join(commands)
    for form in _FORMS:
        if (match := form.old.match(old)) and form.new.match(new) and form.command.search(script):
            return _placed(_named(form.tool, script), match["path"])
    return None


def announced(lines: Sequence[str]) -> int:
    """Count the files that ruff and black say they would reformat; 0 where they do not say."""
    return sum(int(match[1] or 0) for line in lines if (match := _WOULD.match(line)))


def _placed(tool: str, path: str) -> tuple[str, str] | None:
    relative = in_repository(path)
    return None if relative is None else (tool, relative)


def _named(tool: str, script: str) -> str:
    match = _FORMATTER.search(script) if tool == "git" else None
    return match[0] if match else tool
