"""What rustc and clippy print of one error, and the changes that they show with it.

Read are the forms of rustc's own renderer: a label `help: WORDS: `NEW`` under the carets, and `help:` with the line as
it would be, marked by `+` and `~` below it or shown as `-` and `+` lines
(https://doc.rust-lang.org/rustc/json.html says more of suggestions than the text does).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.diagnosis import Diagnosis
from analysis.recipes.stretches import Stretch, in_repository, stretches

_TITLE = re.compile(r"^(?:##\[error\])?error(?:\[(?P<code>E\d{4})\])?: (?P<title>\S.{0,400})$")
_PLACE = re.compile(r"^ {0,8}--> (?P<path>[^\s:][^:]*\.rs):(?P<line>\d+):(?P<column>\d+)$")
_LINT = re.compile(r"(?:rust-clippy/\S*index\.html#|`-[DF] (?:clippy::)?)(?P<lint>[\w-]{1,100})")
_HELP = re.compile(r"^help: (?P<words>.{1,400})$")
_SHOWN = re.compile(r"^ *(?P<number>\d+) (?P<sign>[-+|~])(?: (?P<text>.*))?$")
_MARKS = re.compile(r"^ *\| (?P<marks>[ +~-]*[+~-][ +~-]*)$")
_LABEL = re.compile(r"^ *\| +(?P<carets>\^+) help: (?P<words>.{1,300}): `(?P<new>[^`]{0,300})`$")
_BAR = re.compile(r"^ *\|$")
# A diagnostic longer than this is a macro's or a trait's whole story.
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Change:
    """Lines from `line` on (from 1) that stand as `old` and would be `new`; without `old`, `new` goes in before it.

    `gap` holds the prefix and suffix of a line whose replaced middle the tool does not print. `tight`: what `old` may
    be too, since the tool does not mark the space that it inserts behind a word.
    """

    line: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    gap: tuple[str, str] | None = None
    tight: str | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The tool's words, and every change shown under them."""

    words: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """A suggestion under the carets: `width` characters at the diagnostic's place give way to `new`."""

    words: str
    width: int
    new: str


@dataclass(frozen=True, slots=True)
class RustError:
    """One error: its place, its code or lint, and what was suggested."""

    title: str
    code: str | None
    lint: str | None
    path: str
    line: int
    column: int
    suggestions: tuple[Suggestion, ...]
    label: Label | None
    body: tuple[str, ...]


def rust_errors(diagnosis: Diagnosis) -> tuple[RustError, ...]:
    """Read every error that stands whole in the evidence and is placed in a file of the repository."""
    return tuple(error for stretch in stretches(diagnosis) for error in _in_stretch(stretch))


def _in_stretch(stretch: Stretch) -> Iterator[RustError]:
    lines = stretch.lines
    for at, line in enumerate(lines):
        match = _TITLE.match(line)
        if match is None:
            continue
        end = next((to for to in range(at + 1, min(len(lines), at + _LONGEST)) if not lines[to].strip()), None)
        # rustc ends each diagnostic with an empty line; without it some of it may be missing.
        if end is not None and (error := _error(match, lines[at + 1 : end])) is not None:
            yield error


def _error(title: re.Match[str], body: Sequence[str]) -> RustError | None:
    place = _PLACE.match(body[0]) if body else None
    path = in_repository(place["path"]) if place else None
    if place is None or path is None:
        return None
    lint = next((match["lint"].replace("-", "_") for line in body if (match := _LINT.search(line))), None)
    label = next((match for line in body if (match := _LABEL.match(line))), None)
    return RustError(
        title=title["title"],
        code=title["code"],
        lint=lint,
        path=path,
        line=int(place["line"]),
        column=int(place["column"]),
        suggestions=tuple(_suggestions(body)),
        label=Label(label["words"], len(label["carets"]), label["new"]) if label else None,
        body=tuple(body),
    )


def _suggestions(body: Sequence[str]) -> Iterator[Suggestion]:
    for at, line in enumerate(body):
        if match := _HELP.match(line):
            end = next((to for to in range(at + 1, len(body)) if not _SHOWS.match(body[to])), len(body))
            yield Suggestion(match["words"], tuple(_changes(body[at + 1 : end])))


_SHOWS = re.compile(r"^ *(?:\||\d+ [-+|~])")


def _changes(shown: Sequence[str]) -> Iterator[Change]:
    at = 0
    while at < len(shown):
        match = _SHOWN.match(shown[at])
        if match is None:
            at += 1
        elif match["sign"] == "|":
            marks = _MARKS.match(shown[at + 1]) if at + 1 < len(shown) else None
            if marks is not None:
                yield _marked(match, marks["marks"])
            at += 2 if marks is not None else 1
        else:
            end = at
            while end < len(shown) and (row := _SHOWN.match(shown[end])) and row["sign"] in "-+":
                end += 1
            yield from _signed([row for text in shown[at:end] if (row := _SHOWN.match(text))])
            at = max(end, at + 1)


def _marked(shown: re.Match[str], marks: str) -> Change:
    new = shown["text"] or ""
    marks = marks.ljust(len(new))
    if "~" in marks:
        first, last = marks.index("~"), marks.rindex("~") + 1
        return Change(int(shown["number"]), (), (new,), (new[:first], new[last:]))
    old = "".join(letter for letter, mark in zip(new, marks, strict=False) if mark != "+")
    end = marks.rindex("+") + 1
    spaced = new[end : end + 1] == " " and marks.strip().count(" ") == 0
    tight = new[: marks.index("+")] + new[end + 1 :] if spaced else None
    return Change(int(shown["number"]), (old,), (new,), tight=tight)


def _signed(rows: Sequence[re.Match[str]]) -> Iterator[Change]:
    """Pair each run of `-` lines with the `+` lines behind it."""
    at = 0
    while at < len(rows):
        minus = at
        while minus < len(rows) and rows[minus]["sign"] == "-":
            minus += 1
        plus = minus
        while plus < len(rows) and rows[plus]["sign"] == "+" and (minus == at or plus - minus < minus - at):
            plus += 1
        old, new = rows[at:minus], rows[minus:plus]
        if plus == at:
            return
        yield Change(
            int(rows[at]["number"]),
            tuple(row["text"] or "" for row in old),
            tuple(row["text"] or "" for row in new),
        )
        at = plus
