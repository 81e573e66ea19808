"""White space at the ends of lines and of files: what pre-commit's two hooks name, W291 to W391, and pylint's.

The hooks say `Fixing PATH` and are done the same here (https://github.com/pre-commit/pre-commit-hooks); ruff and
flake8 name each line. A linter's finding inside a string that is not a docstring is left alone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath

from analysis.diagnosis import Diagnosis
from analysis.edits import Edit, SourceFile
from analysis.patch import edits_between, text_of
from analysis.recipes.model import Proposal
from analysis.recipes.pre_commit import CONFIG, hook_arguments, lines_of_hooks
from analysis.recipes.python_source import same_meaning, tree_of, without_doc_space
from analysis.recipes.stretches import Stretch, in_repository, stretches

_TRAILING, _END = "trailing-whitespace", "end-of-file-fixer"
_FIXING = re.compile(r"^Fixing (.{1,400})$")
_MARKDOWN = (".md", ".markdown")
_WHITE = " \t\x0b\x0c"
# Newer ruff names its rules by words.
_LINE_RULES = frozenset({"W291", "W293", "C0303", "trailing-whitespace", "blank-line-with-whitespace"})
_FILE_RULES = frozenset(
    {"W292", "W391", "C0304", "C0305", "missing-newline-at-end-of-file", "too-many-newlines-at-end-of-file"}
)
_RULES = _LINE_RULES | _FILE_RULES


@dataclass(frozen=True, slots=True)
class EndOfFile:
    """The recipe `end-of-file`."""

    name: str = "end-of-file"

    def wants(self, diagnosis: Diagnosis) -> frozenset[str]:
        """Name the files with white space to mend, and pre-commit's configuration where its hooks spoke."""
        fixed = frozenset(path for _, path in _fixing(diagnosis))
        linted = frozenset(place.path for place in diagnosis.locations if place.rule in _RULES)
        return fixed | linted | (frozenset({CONFIG}) if fixed else frozenset())

    def propose(self, diagnosis: Diagnosis, files: Mapping[str, SourceFile]) -> Proposal | None:
        """Take the white space away, and give the last line its end."""
        edits: list[Edit] = []
        done: set[str] = set()
        for path in sorted((self.wants(diagnosis) - {CONFIG}) & files.keys()):
            text = text_of(files[path])
            after = _linted(diagnosis, path, _hooked(diagnosis, path, text, files.get(CONFIG)))
            if after != text:
                edits += edits_between(path, text, after)
                done.add(path)
        if not edits:
            return None
        names = ", ".join(f"`{path}`" for path in sorted(done))
        return Proposal(
            recipe=self.name,
            summary=f"Mend white space at line and file ends in {names if len(done) == 1 else f'{len(done)} files'}",
            explanation=f"The check named white space at the end of lines or of the file in {names}.",
            edits=tuple(edits),
            # Nothing but white space changes, and the hook or linter names the file or the line.
            confidence=0.95,
            settles=frozenset(
                at for at, place in enumerate(diagnosis.locations) if _answers(place.path, place.rule, done)
            ),
        )


def _answers(path: str, rule: str | None, done: set[str]) -> bool:
    return path in done and (rule is None or rule in _RULES or rule == _END)


def _fixing(diagnosis: Diagnosis) -> Iterator[tuple[str, str]]:
    for stretch in stretches(diagnosis):
        yield from _in_stretch(stretch)


def _in_stretch(stretch: Stretch) -> Iterator[tuple[str, str]]:
    """Give hook and path of each `Fixing` line; a list that the stretch cuts off is not given."""
    listed: list[tuple[str, str]] = []
    for hook, line in lines_of_hooks(stretch):
        if hook in (_TRAILING, _END) and (match := _FIXING.match(line)):
            if path := in_repository(match[1]):
                listed.append((hook, path))
            continue
        yield from listed
        listed = []
    if stretch.ends_log:
        yield from listed


def _hooked(diagnosis: Diagnosis, path: str, text: str, config: SourceFile | None) -> str:
    hooks = {hook for hook, where in _fixing(diagnosis) if where == path}
    if _TRAILING in hooks:
        text = _trimmed(path, text, config)
    return _ended(text) if _END in hooks else text


def _trimmed(path: str, text: str, config: SourceFile | None) -> str:
    arguments = hook_arguments(config, _TRAILING)
    suffix = PurePosixPath(path).suffix.lower()
    breaks = _line_break_suffixes(arguments)
    if any(argument.startswith("--chars") for argument in arguments) or (config is None and suffix in _MARKDOWN):
        return text
    keep_two = suffix in breaks or "*" in breaks
    return "\n".join(_trim(line, keep_two=keep_two) for line in text.split("\n"))


def _trim(line: str, *, keep_two: bool) -> str:
    # Where line ends are mixed, the `\r` before a `\n` is part of the end, not of the white space.
    body, end = (line[:-1], "\r") if line.endswith("\r") else (line, "")
    kept = "  " if keep_two and body.endswith("  ") and body.strip() else ""
    return body.rstrip(_WHITE) + kept + end


def _line_break_suffixes(arguments: Sequence[str]) -> frozenset[str]:
    option = "--markdown-linebreak-ext"
    values = [argument.partition("=")[2] for argument in arguments if argument.startswith(f"{option}=")]
    values += [value for name, value in pairwise(arguments) if name == option]
    names = [name.strip().lower() for value in values for name in value.split(",")]
    return frozenset(name if name == "*" else "." + name.lstrip(".") for name in names)


def _ended(text: str) -> str:
    body = text.rstrip("\r\n")
    return body + "\n" if body else ""


def _linted(diagnosis: Diagnosis, path: str, text: str) -> str:
    places = [place for place in diagnosis.locations if place.path == path and place.rule in _RULES]
    lines = text.split("\n")
    after = list(lines)
    for place in places:
        if place.rule in _LINE_RULES and place.line is not None and place.line <= len(lines):
            after[place.line - 1] = lines[place.line - 1].rstrip(_WHITE)
    changed = "\n".join(after)
    if any(place.rule in _FILE_RULES for place in places):
        changed = changed.rstrip(_WHITE + "\n") + "\n"
    old, new = tree_of(text), tree_of(changed)
    if old is None or new is None or not same_meaning(without_doc_space(old), without_doc_space(new)):
        return text
    return changed
