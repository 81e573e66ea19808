"""Imports that checkstyle found unused, twice there, or of `java.lang` (UnusedImports, RedundantImport)."""

import re
from collections.abc import Sequence

from analysis.diagnosis import Location
from analysis.recipes.java_source import code_only, java_imports
from analysis.recipes.located import Located, one_by_one
from analysis.recipes.page import Page
from analysis.recipes.python_source import Cut

_UNUSED = re.compile(r"^(?:UnusedImports: )?Unused import - (?P<path>[\w.]{1,300})\.$")
_TWICE = re.compile(r"^(?:RedundantImport: )?Duplicate import to line (?P<line>\d+) - (?P<path>[\w.]{1,300})\.$")


def _fits(place: Location) -> bool:
    said = _UNUSED.match(place.message) or _TWICE.match(place.message)
    return place.path.endswith(".java") and said is not None


def _cuts(page: Page, place: Location) -> Sequence[Cut]:
    unused, twice = _UNUSED.match(place.message), _TWICE.match(place.message)
    match = unused or twice
    here = [one for one in java_imports(page) if match and one.path == match["path"]]
    standing = [one for one in here if one.line == place.line]
    if len(standing) != 1 or (twice and len(here) < 2) or (unused and _used(page, standing[0].name)):
        return ()
    return (_line_cut(page, standing[0].line),)


def _used(page: Page, name: str) -> bool:
    return len(re.findall(rf"\b{re.escape(name)}\b", _without_imports(page))) > 0


def _without_imports(page: Page) -> str:
    return "\n".join(line for line in code_only(page.text).split("\n") if not line.startswith("import "))


def _line_cut(page: Page, number: int) -> Cut:
    """Take the line, and one of two blank lines that it stood between."""
    above, below = page.line(number - 1), page.line(number + 1)
    between = above is not None and not above.strip() and below is not None and not below.strip()
    return page.without(number, number + 1 if between else number)


CHECKSTYLE_UNUSED_IMPORT = Located(
    name="checkstyle-unused-import",
    does="Remove unused imports",
    because="checkstyle found these imports unused or doubled, and no code of the file names them.",
    # An import of Java loads nothing; only a comment for javadoc could name the class.
    confidence=0.95,
    fits=_fits,
    mend=one_by_one(_cuts),
)
"""The recipe `checkstyle-unused-import`."""
