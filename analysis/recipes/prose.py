"""Where a file's text is written for people: a document's sentences, and code's comments and docstrings.

What stands between backticks, in a code block, in a link's target or in a string is no prose: it may be a name or a
value that something else relies on.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from analysis.recipes.python_source import parse_python
from analysis.recipes.statement_removal import span

Span = tuple[int, int]

_DOCUMENTS = frozenset({".md", ".markdown", ".mdx", ".rst", ".txt", ".adoc", ".asciidoc", ".text"})
_NAMED_DOCUMENTS = frozenset({"readme", "changelog", "changes", "contributing", "authors", "news", "history", "todo"})
# Text files by name that a program reads.
_READ_BY_PROGRAMS = re.compile(r"^(requirements|constraints|cmakelists|robots|humans|llms)\b.*\.txt$", re.IGNORECASE)
_SLASHES = re.compile(
    r"^\.(c|h|cc|cpp|cxx|hh|hpp|cs|java|[mc]?jsx?|[mc]?tsx?|go|rs|kts?|swift|scala|dart|css|scss|less|proto|groovy|gradle)$"
)
_HASHES = re.compile(r"^\.((ba|z)?sh|ya?ml|toml|rb|pl|r|tf|cfg|ini|conf|mk|cmake|exs?)$")
_NAMED_HASHES = frozenset({"makefile", "dockerfile", "gemfile", "rakefile", "cmakelists.txt"})
_FENCE = re.compile(r"^ {0,3}(?P<fence>`{3,}|~{3,}|-{4,}$|\.{4,}$)")
# Each alternative is code or an address within a line of a document or a comment.
_CODE_IN_LINE = re.compile(
    r"``[^\n]+?``|`[^`\n]+`|\]\([^)\n]*\)|\]\[[^\]\n]*\]|<[^>\n]+>|\S+://\S+|:\w+:`[^`\n]*`|>>> .*"
)
_SLASH_TOKEN = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?\*/)|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`", re.DOTALL
)
_HASH_LINE = re.compile(r"^[ \t]*#[^\n]*", re.MULTILINE)


def prose_of(path: str, text: str) -> tuple[Span, ...]:
    """Give the stretches of prose in a file, in order; none for a kind of file that is not known."""
    whole = _kind(PurePosixPath(path))(text)
    return tuple(part for start, end in whole for part in _without_code(text, start, end))


def is_document(path: str) -> bool:
    """Whether a file is written for people as a whole."""
    return _kind(PurePosixPath(path)) is _document


def _kind(path: PurePosixPath) -> Callable[[str], Iterator[Span]]:
    name, suffix = path.name.lower(), path.suffix.lower()
    if name in _NAMED_HASHES:
        return _hash_comments
    if _READ_BY_PROGRAMS.match(name):
        return _none
    if suffix in _DOCUMENTS or (not suffix and name in _NAMED_DOCUMENTS):
        return _document
    if suffix in (".py", ".pyi"):
        return _python
    if _SLASHES.match(suffix):
        return _slash_comments
    return _hash_comments if _HASHES.match(suffix) else _none


def _none(_text: str) -> Iterator[Span]:
    return iter(())


def _document(text: str) -> Iterator[Span]:
    """Give each line that lies in no block of code: fenced, indented, or below `::`; front matter is none either."""
    fence = "---" if text.startswith("---\n") else ""
    code_below = False
    at = 0
    for number, line in enumerate(text.split("\n")):
        opened = _FENCE.match(line)
        indented = line.startswith(("    ", "\t"))
        if fence:
            if number and line.strip().startswith(fence):
                fence = ""
        elif opened:
            fence = opened["fence"]
        elif line.strip() and not indented:
            code_below = line.rstrip().endswith("::") or line.startswith(".. code")
            yield at, at + len(line)
        elif indented and not code_below and line.lstrip().startswith(("- ", "* ", "+ ")):
            yield at, at + len(line)
        at += len(line) + 1


def _python(text: str) -> Iterator[Span]:
    source = parse_python(text)
    if source is None:
        return
    for node in ast.walk(source.tree):
        body = getattr(node, "body", None)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and body:
            match body[0]:
                case ast.Expr(value=ast.Constant(value=str())) as doc:
                    yield span(source, doc.value)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            start = source.starts[token.start[0] - 1] + token.start[1]
            yield start, start + len(token.string)


def _slash_comments(text: str) -> Iterator[Span]:
    for match in _SLASH_TOKEN.finditer(text):
        if match["comment"] is not None:
            yield match.span("comment")


def _hash_comments(text: str) -> Iterator[Span]:
    return (match.span() for match in _HASH_LINE.finditer(text))


def _without_code(text: str, start: int, end: int) -> Iterator[Span]:
    at = start
    for match in _CODE_IN_LINE.finditer(text, start, end):
        yield at, match.start()
        at = match.end()
    yield at, end
