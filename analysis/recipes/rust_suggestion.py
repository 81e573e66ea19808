"""Changes that rustc and clippy print with an error, applied exactly as printed, where they are certain.

The text does not say which suggestions the compiler holds to be machine-applicable, so those that are are named here:
lints of clippy's and rustc's own, an import where there is one candidate, `mut`, and a name that differs by a slip.
What may be meant otherwise (a conversion, an underscore before an unused variable, one of several imports) is not.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.diagnosis import Diagnosis
from analysis.edits import Edit, SourceFile
from analysis.patch import edits_between, text_of
from analysis.recipes.model import Proposal
from analysis.recipes.page import Page
from analysis.recipes.python_source import Cut, spliced
from analysis.recipes.rust_diagnostics import Change, RustError, rust_errors
from analysis.recipes.rust_lints import MACHINE_APPLICABLE
from analysis.recipes.slip import is_slip

_ONE_IMPORT = re.compile(r"^consider importing this \w+(?: \w+)*(?: instead)?$")
_SIMILAR = re.compile(r"\bsimilar name\b")
_MUTABLE = re.compile(r"^consider (?:making this binding mutable|changing this to be mutable)$")
_WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class RustSuggestion:
    """The recipe `rust-suggestion`."""

    name: str = "rust-suggestion"

    def wants(self, diagnosis: Diagnosis) -> frozenset[str]:
        """Name the files that a certain change was printed for."""
        return frozenset(error.path for error in rust_errors(diagnosis) if _is_certain(error))

    def propose(self, diagnosis: Diagnosis, files: Mapping[str, SourceFile]) -> Proposal | None:
        """Apply each change whose old lines stand where the compiler saw them."""
        edits: list[Edit] = []
        done: set[tuple[str, int]] = set()
        titles: list[str] = []
        for path in sorted(self.wants(diagnosis) & files.keys()):
            page = Page.of(path, text_of(files[path]))
            errors = [error for error in rust_errors(diagnosis) if error.path == path and _is_certain(error)]
            cuts, answered = _all_cuts(page, errors)
            edits += edits_between(path, page.text, spliced(page.text, cuts))
            done |= {(path, error.line) for error in answered}
            titles += [error.title for error in answered]
        if not edits:
            return None
        count = len(dict.fromkeys(titles))
        return Proposal(
            recipe=self.name,
            summary=f"Do as the Rust compiler suggests for {'one error' if count == 1 else f'{count} errors'}",
            explanation="These are the changes that the compiler or clippy printed with its errors, as printed.",
            edits=tuple(edits),
            # Printed by the tool, found in the file, and of a kind that its makers call machine-applicable.
            confidence=0.9,
            settles=frozenset(at for at, place in enumerate(diagnosis.locations) if (place.path, place.line) in done),
        )


def _all_cuts(page: Page, errors: Sequence[RustError]) -> tuple[list[Cut], list[RustError]]:
    taken: list[Cut] = []
    answered: list[RustError] = []
    for error in errors:
        cuts = _cuts(page, error)
        if cuts and all(_agrees(cut, taken) for cut in cuts):
            taken += [cut for cut in cuts if cut not in taken]
            answered.append(error)
    return taken, answered


def _agrees(cut: Cut, taken: Sequence[Cut]) -> bool:
    return all(cut == other or cut.end <= other.start or other.end <= cut.start for other in taken)


def _is_certain(error: RustError) -> bool:
    if error.lint in MACHINE_APPLICABLE:
        return True
    return any(pattern.search(words) for words in _words(error) for pattern in (_ONE_IMPORT, _SIMILAR, _MUTABLE))


def _words(error: RustError) -> Iterator[str]:
    yield from (suggestion.words for suggestion in error.suggestions)
    if error.label is not None:
        yield error.label.words


def _cuts(page: Page, error: RustError) -> tuple[Cut, ...]:
    if error.lint == "unused_mut":
        return _without_mut(page, error)
    if error.label is not None:
        return _labelled(page, error, error.label.words, error.label.width, error.label.new)
    # Of several suggestions it is for a person to choose.
    if len(error.suggestions) != 1:
        return ()
    [suggestion] = error.suggestions
    cuts = [cut for change in suggestion.changes if (cut := _cut(page, change)) is not None]
    if not cuts or len(cuts) != len(suggestion.changes):
        return ()
    return tuple(cuts) if _allowed(page, error, suggestion.words, cuts) else ()


def _allowed(page: Page, error: RustError, words: str, cuts: Sequence[Cut]) -> bool:
    if error.lint in MACHINE_APPLICABLE:
        return True
    if len(cuts) != 1:
        return False
    [cut] = cuts
    if _ONE_IMPORT.match(words):
        return re.match(r"^use [\w:]+;\n+$", cut.replace) is not None and cut.start == cut.end
    if _MUTABLE.match(words):
        return cut.replace.strip() == "mut" and cut.start == cut.end
    return _SIMILAR.search(words) is not None and _mends_a_slip(page, error, cut)


def _mends_a_slip(page: Page, error: RustError, cut: Cut) -> bool:
    """Whether the change turns the name at the error's place into one that it is a slip of."""
    at = page.at(error.line, error.column - 1) if page.line(error.line) is not None else len(page.text)
    written = _WORD.match(page.text, at)
    if written is None or not at <= cut.start <= written.end():
        return False
    meant = _WORD.match(spliced(page.text, [cut]), at)
    return meant is not None and is_slip(written[0], meant[0])


def _labelled(page: Page, error: RustError, words: str, width: int, new: str) -> tuple[Cut, ...]:
    line = page.line(error.line)
    start = error.column - 1
    if line is None or start + width > len(line) or not _drawn(error, line):
        return ()
    cut = page.cut(error.line, start, start + width, new)
    return (cut,) if _allowed(page, error, words, [cut]) else ()


def _drawn(error: RustError, line: str) -> bool:
    """Whether the compiler drew the line as it stands in the file."""
    return any(re.match(rf"^ *{error.line} +\|  ?{re.escape(line)}$", text) for text in error.body)


def _without_mut(page: Page, error: RustError) -> tuple[Cut, ...]:
    line = page.line(error.line)
    start = error.column - 1
    if line is None or not line.startswith("mut ", start) or not _drawn(error, line):
        return ()
    return (page.cut(error.line, start, start + len("mut ")),)


def _cut(page: Page, change: Change) -> Cut | None:
    if change.gap is not None:
        return _gap_cut(page, change)
    if not change.old:
        return _insertion(page, change)
    first, last = change.line, change.line + len(change.old) - 1
    if change.tight is not None and page.line(first) == change.tight:
        return _narrow(page.at(first, 0), change.tight, change.new[0])
    if last > len(page.lines) or page.lines[first - 1 : last] != change.old:
        return None
    if not change.new:
        return page.without(first, last)
    return _narrow(page.at(first, 0), "\n".join(change.old), "\n".join(change.new))


def _gap_cut(page: Page, change: Change) -> Cut | None:
    line, (prefix, suffix) = page.line(change.line), change.gap or ("", "")
    if line is None or len(line) < len(prefix) + len(suffix):
        return None
    if not line.startswith(prefix) or not line.endswith(suffix):
        return None
    new = change.new[0]
    return page.cut(change.line, len(prefix), len(line) - len(suffix), new[len(prefix) : len(new) - len(suffix)])


def _insertion(page: Page, change: Change) -> Cut | None:
    """Put an import where rustfmt has it in the run of imports at hand; any other new line where it was shown."""
    if page.line(change.line) is None or len(change.new) != 1:
        return None
    [new] = change.new
    at, below = change.line, page.lines[change.line - 1]
    while new.startswith("use ") and below.startswith("use ") and below.rstrip(";") < new.rstrip(";"):
        at, below = at + 1, page.lines[at]
    gap = "" if below.startswith(("use ", "pub use ", "mod ")) or not below.strip() else "\n"
    place = page.at(at, 0)
    return Cut(place, place, f"{new}\n{gap}")


def _narrow(start: int, old: str, new: str) -> Cut:
    """Leave out what is the same at both ends, so that two changes of one line can stand beside each other."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return Cut(start + head, start + len(old) - tail, new[head : len(new) - tail])
