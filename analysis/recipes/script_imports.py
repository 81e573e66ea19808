"""Taking names out of JavaScript's imports: exactly those named go, in the style in which the rest is written."""

import re
from collections.abc import Collection, Sequence

from analysis.recipes.page import Page
from analysis.recipes.python_source import Cut
from analysis.recipes.script_source import Imported, ImportStatement, opening_imports, uses

# A module of such a name is often imported for what it does when it loads; then the import must stay.
_DOES = re.compile(
    r"polyfill|register|setup|set-up|init|global|shim|patch|side|effect|config|instrument|bootstrap|env|mock|"
    r"\.(?:s?css|less|sass|styl)$",
    re.IGNORECASE,
)
# JSX is written without naming what it is compiled to.
_UNSEEN = frozenset({"React", "h", "jsx", "Fragment", "preact", "Preact"})


def may_go(page: Page, statement: ImportStatement, name: Imported) -> bool:
    """Whether nothing speaks against the tool: no use of the name in code, and no module that acts on loading."""
    rest = page.text[: statement.start] + page.text[statement.end :]
    return not uses(rest, name.name) and name.name not in _UNSEEN and not _DOES.search(statement.source)


def without_names(page: Page, unused: Collection[Imported]) -> tuple[Cut, ...]:
    """Give the cuts that take names out of the imports that a file opens with."""
    statements = opening_imports(page.text)
    hit = [one for one in statements if any(name in unused for name in one.names)]
    kept = [(one, [name for name in one.names if name not in unused]) for one in hit]
    gone = [one for one, names in kept if not names]
    cuts = [_clause_cut(page, one, names) for one, names in kept if names]
    return (*cuts, *(_statement_cut(page, one, last=len(gone) == len(statements)) for one in gone))


def _statement_cut(page: Page, statement: ImportStatement, *, last: bool) -> Cut:
    """Take the statement's lines; where no import is left, the blank line behind them too."""
    first, end = page.place(statement.start), page.place(statement.end)
    line_end = page.starts[end] - 1
    alone = page.at(first, 0) == statement.start and not page.text[statement.end : line_end].strip()
    if not alone:
        return Cut(statement.start, statement.end)
    opens = first == 1 or not page.lines[first - 2].strip()
    if last and opens and page.line(end + 1) == "":
        end += 1
    return page.without(first, end)


def _clause_cut(page: Page, statement: ImportStatement, kept: Sequence[Imported]) -> Cut:
    start, end = statement.clause
    clause = page.text[start:end]
    named = [name for name in kept if name.kind == "named"]
    if named and "\n" in clause and not any(name.kind == "default" for name in statement.names):
        return Cut(start, end, _fewer_lines(page, statement, named))
    parts = [page.text[name.start : name.end] for name in kept if name.kind == "default"]
    parts += [f"* as {name.name}" for name in kept if name.kind == "star"]
    if named:
        space = " " if re.search(r"\{\s", clause) else ""
        parts.append("{" + space + ", ".join(page.text[name.start : name.end] for name in named) + space + "}")
    return Cut(start, end, ", ".join(parts))


def _fewer_lines(page: Page, statement: ImportStatement, kept: Sequence[Imported]) -> str:
    """Leave the removed names out, and lines on which nothing else stood; the last comma stays as it was."""
    start, end = statement.clause
    text = page.text[start:end]
    trailing = re.search(r",\s*\}$", text) is not None
    for name in reversed(statement.names):
        if name not in kept:
            head, tail = text[: name.start - start], re.sub(r"^[ \t]*,[ \t]*", "", text[name.end - start :])
            bare = head.rstrip(" \t")
            text = bare + tail[1:] if bare.endswith("\n") and tail.startswith("\n") else head + tail
    return text if trailing else re.sub(r",(\s*\})$", r"\1", text)
