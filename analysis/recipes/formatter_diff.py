"""A formatter's own diff, printed into the log, applied exactly as printed.

Read are the diffs of `formatters.py`: ruff, black, isort, yapf, autopep8, gofmt, shfmt, terraform fmt, clang-format,
pre-commit, and what `git diff` shows after a formatter ran; and `rustfmt --check` (`cargo fmt --check`). Nothing is
proposed unless all of what the tool printed is in the evidence, every hunk stands in its file, and the new text means
what the old one did: a log that prints some other diff in a formatter's name changes nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from analysis.diagnosis import Diagnosis
from analysis.edits import Edit, SourceFile
from analysis.patch import edits_between, text_of
from analysis.recipes.formatters import announced, formatter_of
from analysis.recipes.model import Proposal
from analysis.recipes.printed_diff import Incomplete, PrintedDiff, apply_hunks, rustfmt_diffs, unified_diffs
from analysis.recipes.python_source import same_meaning, tree_of, with_sorted_imports, without_doc_space
from analysis.recipes.stretches import Stretch, stretches

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
        found = [pair for stretch in stretches(diagnosis) for pair in _in_stretch(stretch, diagnosis.commands)]
    except Incomplete:
        return ()
    paths = Counter(diff.path for _, diff in found)
    # One file in two diffs: which of two tools is to be followed is not said, unless they agree.
    return tuple(dict.fromkeys(pair for pair in found if paths[pair[1].path] == 1 or _agreed(pair[1], found)))


def _agreed(diff: PrintedDiff, found: Sequence[tuple[str, PrintedDiff]]) -> bool:
    return all(other.hunks == diff.hunks for _, other in found if other.path == diff.path)


def _in_stretch(stretch: Stretch, commands: Sequence[str]) -> Iterator[tuple[str, PrintedDiff]]:
    yield from (("rustfmt", diff) for diff in rustfmt_diffs(stretch))
    named = [
        (found[0], replace(diff, path=found[1]))
        for diff in unified_diffs(stretch)
        if (found := formatter_of(diff, stretch.lines, commands)) is not None
    ]
    count = announced(stretch.lines)
    if count and count != sum(1 for tool, _ in named if tool in ("ruff", "black")):
        raise Incomplete("the formatter names more files than it shows")
    yield from named


def _means_the_same(path: str, before: str, after: str) -> bool:
    compare = _COMPARE.get(PurePosixPath(path).suffix, _same_characters)
    return compare(before, after)


def _same_python(before: str, after: str) -> bool:
    old, new = tree_of(before), tree_of(after)
    if old is None or new is None:
        return False
    return same_meaning(with_sorted_imports(without_doc_space(old)), with_sorted_imports(without_doc_space(new)))


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
