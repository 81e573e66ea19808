"""A formatter's own diff, printed into the log, applied exactly as printed.

Read are `ruff format --diff`, `black --diff`, `gofmt -d`, `rustfmt --check` (`cargo fmt --check`), and the changes that
`pre-commit run --show-diff-on-failure` shows. Nothing is proposed unless all of what the tool printed is in the
evidence, every hunk stands in its file, and the new text means what the old one did: a log that prints some other
diff in a formatter's name changes nothing.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from analysis.diagnosis import Diagnosis
from analysis.edits import Edit, SourceFile
from analysis.patch import edits_between, text_of
from analysis.recipes.model import Proposal
from analysis.recipes.printed_diff import Incomplete, PrintedDiff, apply_hunks, rustfmt_diffs, unified_diffs
from analysis.recipes.python_source import same_meaning, tree_of, without_doc_space
from analysis.recipes.stretches import Stretch, stretches

_WOULD = re.compile(r"^(\d+) files? would be reformatted\b")
_BLACK_STAMP = re.compile(r"\t\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? ?[+-]\d\d:?\d\d$")
_PRE_COMMIT = "All changes made by hooks:"
_PYTHON = (".py", ".pyi")
# A formatter breaks and joins lines, and adds or drops these where they mean nothing, also around quotes.
_PUNCTUATION = frozenset(" \t\n,;(){}'\"")


@dataclass(frozen=True, slots=True)
class FormatterDiff:
    """The recipe `formatter-diff`."""

    name: str = "formatter-diff"

    def wants(self, diagnosis: Diagnosis) -> frozenset[str]:
        """Name the files that a formatter printed a whole diff of."""
        return frozenset(diff.path for _, diff in _found(diagnosis))

    def propose(self, diagnosis: Diagnosis, files: Mapping[str, SourceFile]) -> Proposal | None:
        """Apply all of the formatter's diffs; if one does not apply, none is proposed."""
        found = _found(diagnosis)
        edits: list[Edit] = []
        for _, diff in found:
            source = files.get(diff.path)
            text = text_of(source) if source is not None else None
            after = apply_hunks(text, diff.hunks) if text is not None else None
            if text is None or after is None or not _means_the_same(diff.path, text, after):
                return None
            edits += edits_between(diff.path, text, after)
        if not edits:
            return None
        tools = " and ".join(sorted({tool for tool, _ in found}))
        paths = sorted({diff.path for _, diff in found})
        return Proposal(
            recipe=self.name,
            summary=f"Format {f'`{paths[0]}`' if len(paths) == 1 else f'{len(paths)} files'} as {tools} does",
            explanation=f"The log holds the whole diff that {tools} printed; these are its changes, as printed.",
            edits=tuple(edits),
            # The tool itself says what it wants; only another version of it would want something else.
            confidence=0.95,
            settles=_settled(diagnosis, frozenset(paths)),
        )


def _found(diagnosis: Diagnosis) -> tuple[tuple[str, PrintedDiff], ...]:
    """Read the diffs, each with its tool's name; none at all where one was cut off."""
    try:
        return tuple(pair for stretch in stretches(diagnosis) for pair in _in_stretch(stretch))
    except Incomplete:
        return ()


def _in_stretch(stretch: Stretch) -> Iterator[tuple[str, PrintedDiff]]:
    yield from (("rustfmt", diff) for diff in rustfmt_diffs(stretch))
    diffs = unified_diffs(stretch)
    named = [(tool, diff) for diff in diffs if (tool := _tool(diff, stretch.lines)) is not None]
    announced = sum(int(match[1]) for line in stretch.lines if (match := _WOULD.match(line)))
    if announced and announced != sum(1 for tool, _ in named if tool in ("ruff", "black")):
        raise Incomplete("the formatter names more files than it shows")
    yield from named


def _tool(diff: PrintedDiff, lines: Sequence[str]) -> str | None:
    old, new = diff.headers
    suffix = PurePosixPath(diff.path).suffix
    if _PRE_COMMIT in lines and old.startswith("--- a/"):
        return "pre-commit"
    if suffix == ".go" and old.removeprefix("--- ").partition("\t")[0].endswith(".go.orig"):
        return "gofmt"
    if suffix in _PYTHON and _BLACK_STAMP.search(old) and _BLACK_STAMP.search(new):
        return "black"
    if suffix in _PYTHON and old[4:] == new[4:] and any(_WOULD.match(line) for line in lines):
        return "ruff"
    return None


def _means_the_same(path: str, before: str, after: str) -> bool:
    compare = _COMPARE.get(PurePosixPath(path).suffix, _same_characters)
    return compare(before, after)


def _same_python(before: str, after: str) -> bool:
    old, new = tree_of(before), tree_of(after)
    if old is None or new is None:
        return False
    return same_meaning(without_doc_space(old), without_doc_space(new))


def _same_characters(before: str, after: str) -> bool:
    return _characters(before) == _characters(after)


def _characters(text: str) -> Counter[str]:
    return Counter(character for character in text if character not in _PUNCTUATION)


_COMPARE: Mapping[str, Callable[[str, str], bool]] = dict.fromkeys(_PYTHON, _same_python)


def _settled(diagnosis: Diagnosis, paths: frozenset[str]) -> frozenset[int]:
    return frozenset(
        at
        for at, place in enumerate(diagnosis.locations)
        if place.path in paths and (place.rule is None or "format" in place.rule.lower())
    )
