"""Taking whole statements out of a Python file, with the blank lines around them as formatters want them."""

import ast
import re
from collections.abc import Iterator, Sequence

from analysis.recipes.python_source import Cut, PythonSource

_NOTHING_BUT_COMMENT = re.compile(r"[ \t]*(#.*)?\n?$")


def removal_cuts(
    source: PythonSource, block: Sequence[ast.stmt], going: Sequence[ast.stmt], *, nested: bool
) -> list[Cut]:
    """Give the cuts that take `going` out of its block; a nested block that would be empty gets `pass`."""
    emptied = nested and len(going) == len(block)
    cuts: list[Cut] = []
    lines: set[int] = set()
    for statement in going:
        if emptied and statement is block[0]:
            cuts.append(Cut(*span(source, statement), "pass"))
        elif _alone(source, statement):
            lines.update(range(first_line(statement) - 1, end_line(statement)))
        else:
            cuts.append(_inline(source, statement))
    first = block[0].lineno - 1 if nested else None
    return cuts + [_line_cut(source, start, end, first) for start, end in _runs(source, lines)]


def span(source: PythonSource, node: ast.stmt | ast.expr | ast.alias) -> tuple[int, int]:
    """Give where a node begins and ends in the text."""
    last, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return source.offset(node.lineno, node.col_offset), source.offset(last, end_column)


def around(source: PythonSource, start: int, end: int, node: ast.stmt | ast.alias) -> tuple[str, str]:
    """Give what stands before it on its first line and after it on its last."""
    return source.text[source.starts[node.lineno - 1] : start], source.text[end : source.starts[end_line(node)]]


def end_line(node: ast.stmt | ast.alias) -> int:
    """Give the last line of a node, from 1."""
    return node.end_lineno or node.lineno


def first_line(statement: ast.stmt) -> int:
    """Give the first line of a statement, its decorators included, from 1."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _alone(source: PythonSource, statement: ast.stmt) -> bool:
    before, after = around(source, *span(source, statement), statement)
    return not before.strip() and bool(_NOTHING_BUT_COMMENT.match(after))


def _inline(source: PythonSource, statement: ast.stmt) -> Cut:
    """Cut a statement that shares its line with others, and one of the semicolons beside it."""
    start, end = span(source, statement)
    before, after = around(source, start, end, statement)
    following = re.match(r"[ \t]*;[ \t]*(?=\S)", after)
    if following:
        return Cut(start, end + following.end())
    return Cut(start - (len(before) - len(before.rstrip("; \t"))), end)


def _runs(source: PythonSource, lines: set[int]) -> Iterator[tuple[int, int]]:
    """Give stretches of removed lines; only blank lines between two make them one."""
    start: int | None = None
    end = 0
    for line in sorted(lines):
        if start is not None and any(source.lines[between].strip() for between in range(end, line)):
            yield start, end
            start = None
        start = line if start is None else start
        end = line + 1
    if start is not None:
        yield start, end


def _line_cut(source: PythonSource, start: int, end: int, block_start: int | None) -> Cut:
    above, below = start, end
    while above > 0 and not source.lines[above - 1].strip():
        above -= 1
    while below < len(source.lines) and not source.lines[below].strip():
        below += 1
    blank_above, blank_below = start - above, below - end
    if above == 0 or below == len(source.lines):
        keep = 0
    elif start == block_start:
        keep = blank_above
    else:
        keep = max(blank_above, blank_below)
    return Cut(source.starts[above], source.starts[below], "\n" * keep)
