"""White space that a linter of texts or code located: one recipe a linter, each with the words in which it says so.

Nothing is done inside a here-document, nor to a YAML file whose events would change by it (a block scalar's lines).
"""

import re
from collections.abc import Callable, Mapping, Sequence

import yaml

from analysis.diagnosis import Location
from analysis.recipes.located import Located, Mended, one_by_one
from analysis.recipes.page import Page
from analysis.recipes.python_source import Cut, spliced

Fix = Callable[[Page, int, int | None], Sequence[Cut]]
_HEREDOC = re.compile(r"<<<?[~-]?\s*(['\"`]?)(?P<word>[A-Za-z_]\w*)\1")
# YAML's events of a file longer than this take longer than a fix is worth.
_LARGEST_YAML = 500_000


def trailing(page: Page, number: int, _column: int | None) -> Sequence[Cut]:
    """Take the white space at a line's end away."""
    line = page.lines[number - 1]
    kept = len(line.rstrip(" \t"))
    return (page.cut(number, kept, len(line)),) if kept < len(line) and not _in_heredoc(page, number) else ()


def one_end(page: Page, _number: int, _column: int | None) -> Sequence[Cut]:
    """Let the file end with one line end."""
    kept = len(page.text.rstrip(" \t\n"))
    return (Cut(kept, len(page.text), "\n"),) if kept and page.text[kept:] != "\n" else ()


def _missing_end(page: Page, _number: int, _column: int | None) -> Sequence[Cut]:
    end = len(page.text)
    return (Cut(end, end, "\n"),) if page.lines[-1] else ()


def fewer_blank(most: int) -> Fix:
    """Keep that many of the blank lines that a line is one of."""

    def fix(page: Page, number: int, _column: int | None) -> Sequence[Cut]:
        if page.lines[number - 1].strip() or _in_heredoc(page, number):
            return ()
        first = last = number
        while first > 1 and not page.lines[first - 2].strip():
            first -= 1
        while last < len(page.lines) - 1 and not page.lines[last].strip():
            last += 1
        return (page.without(first + most, last),) if last - first + 1 > most else ()

    return fix


def _space_behind(characters: str) -> Fix:
    """Put the one space that is missing behind a character, at the column or before it."""

    def fix(page: Page, number: int, column: int | None) -> Sequence[Cut]:
        line = page.lines[number - 1]
        for at in (column, column - 1) if column else ():
            if 0 < at < len(line) and line[at - 1] in characters and line[at] not in " \t":
                return (page.cut(number, at, at, " "),)
        return ()

    return fix


def _one_space(page: Page, number: int, column: int | None) -> Sequence[Cut]:
    """Let one space stand where several end at the column."""
    line = page.lines[number - 1]
    end = (column or 0) - 1
    while 0 <= end < len(line) and line[end] == " ":
        end += 1
    start = len(line[:end].rstrip(" ")) if end > 0 else 0
    return (page.cut(number, start, end, " "),) if end - start > 1 and start > 0 and end < len(line) else ()


def _two_before(page: Page, number: int, column: int | None) -> Sequence[Cut]:
    line = page.lines[number - 1]
    at = (column or 0) - 1
    before = len(line[:at].rstrip(" ")) if at > 0 else 0
    return (page.cut(number, before, at, "  "),) if before and line[at : at + 1] == "#" else ()


def _blank_above(page: Page, number: int, _column: int | None) -> Sequence[Cut]:
    at = page.at(number, 0)
    return (Cut(at, at, "\n"),) if number > 1 and page.lines[number - 2].strip() else ()


def _blank_below(page: Page, number: int, _column: int | None) -> Sequence[Cut]:
    at = page.starts[number]
    return (Cut(at, at, "\n"),) if number < len(page.lines) - 1 and page.lines[number].strip() else ()


def _in_heredoc(page: Page, number: int) -> bool:
    """Whether a line stands in a here-document of shell, Ruby or PHP, where white space is text."""
    if not page.path.endswith((".rb", ".php", ".sh", ".bash", ".rake", ".gemspec")):
        return False
    word: str | None = None
    for line in page.lines[: number - 1]:
        if word is None:
            match = _HEREDOC.search(line)
            word = match["word"] if match else None
        elif re.match(rf"\s*{word}\b", line):
            word = None
    return word is not None


def recipe(tool: str, words: Mapping[str, Fix]) -> Located:
    """Make the recipe of one linter: what its messages begin with, and the fix for each."""
    patterns = [(re.compile(pattern), fix) for pattern, fix in words.items()]

    def fix_of(place: Location) -> Fix | None:
        said = place.message if tool != "rubocop" else f"{place.rule}: {place.message}"
        return next((fix for pattern, fix in patterns if pattern.match(said)), None)

    def fits(place: Location) -> bool:
        return place.level == "error" and _ends_as(tool, place.path) and fix_of(place) is not None

    def cuts(page: Page, place: Location) -> Sequence[Cut]:
        fix = fix_of(place)
        return fix(page, place.line, place.column) if fix and place.line and page.line(place.line) is not None else ()

    return Located(
        name=f"{tool}-white-space",
        does="Mend white space",
        because=f"{tool} named each of these places, and what it wants there; nothing but white space changes.",
        # The linter says where; no word of the text changes.
        confidence=0.95,
        fits=fits,
        mend=lambda page, found: _kept_in_meaning(page, one_by_one(cuts)(page, found)),
    )


_ENDINGS = {
    "checkstyle": (".java", ".properties", ".xml"),
    "markdownlint": (".md", ".markdown"),
    "phpcs": (".php", ".inc", ".phtml"),
    "rubocop": (".rb", ".rake", ".gemspec", "Gemfile", "Rakefile", ".ru"),
    "yamllint": (".yml", ".yaml"),
}


def _ends_as(tool: str, path: str) -> bool:
    return path.endswith(_ENDINGS[tool])


def _kept_in_meaning(page: Page, mended: Mended) -> Mended:
    """Give nothing for a YAML file that would say something else."""
    if not page.path.endswith((".yml", ".yaml")):
        return mended
    before, after = _events(page.text), _events(spliced(page.text, mended.cuts))
    return mended if before is not None and before == after else Mended((), frozenset())


def _events(text: str) -> list[tuple[str, object, object]] | None:
    if len(text) > _LARGEST_YAML:
        return None
    try:
        events = list(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError:
        return None
    return [(type(event).__name__, getattr(event, "value", None), getattr(event, "tag", None)) for event in events]


CHECKSTYLE_WHITE_SPACE = recipe(
    "checkstyle",
    {
        r"(?:Expected line ending|File does not end with a newline)": _missing_end,
        r"Line has trailing (?:spaces|whitespace)": trailing,
    },
)
"""The recipe `checkstyle-white-space`."""

MARKDOWNLINT_WHITE_SPACE = recipe(
    "markdownlint",
    {
        r"Trailing spaces \[": trailing,
        r"Multiple consecutive blank lines \[Expected: 1;": fewer_blank(1),
        r"Files should end with a single newline character": _missing_end,
        r"Headings should be surrounded by blank lines \[Expected: 1; Actual: 0; Above\]": _blank_above,
        r"Headings should be surrounded by blank lines \[Expected: 1; Actual: 0; Below\]": _blank_below,
    },
)
"""The recipe `markdownlint-white-space`."""

PHPCS_WHITE_SPACE = recipe(
    "phpcs",
    {
        r"Whitespace found at end of line": trailing,
        r"Expected 1 (?:newline|blank line) at end of file; \d+": one_end,
    },
)
"""The recipe `phpcs-white-space`."""

RUBOCOP_WHITE_SPACE = recipe(
    "rubocop",
    {
        r"Layout/TrailingWhitespace: ": trailing,
        r"Layout/TrailingEmptyLines: (?:Final newline missing|\d+ trailing blank lines detected)": one_end,
        r"Layout/EmptyLines: ": fewer_blank(1),
        r"Layout/SpaceAfterComma: ": _space_behind(","),
        r"Layout/LeadingCommentSpace: ": _space_behind("#"),
    },
)
"""The recipe `rubocop-white-space`."""

YAMLLINT_WHITE_SPACE = recipe(
    "yamllint",
    {
        r"trailing spaces\b": trailing,
        r"no new line character at the end of file\b": _missing_end,
        r"too many blank lines \(\d+ > 0\)": fewer_blank(0),
        r"too many blank lines \(\d+ > 1\)": fewer_blank(1),
        r"too many blank lines \(\d+ > 2\)": fewer_blank(2),
        r"too (?:few|many) spaces after (?:comma|colon|hyphen)\b": lambda page, number, column: (
            _one_space(page, number, column) or _space_behind(",")(page, number, column)
        ),
        r"missing starting space in comment\b": _space_behind("#"),
        r"too few spaces before comment\b": _two_before,
    },
)
"""The recipe `yamllint-white-space`."""
