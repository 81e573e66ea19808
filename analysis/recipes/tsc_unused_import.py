"""Imports that TypeScript found unused: TS6133 and TS6196 of one name, TS6192 of a whole import.

TypeScript leaves unused imports out of what it emits, so removing one changes nothing that runs
(https://www.typescriptlang.org/tsconfig/#noUnusedLocals).
"""

import re
from collections.abc import Sequence

from analysis.diagnosis import Location
from analysis.recipes.located import Located, Mended
from analysis.recipes.page import Page
from analysis.recipes.script_imports import may_go, without_names
from analysis.recipes.script_source import SCRIPTS, Imported, ImportStatement, opening_imports

_ONE = re.compile(r"^'(?P<name>[\w$]{1,200})' is declared but (?:its value is never read|never used)\.?$")
_ALL = re.compile(r"^All imports in import declaration are unused\.?$")


def _fits(place: Location) -> bool:
    if not place.path.endswith(SCRIPTS):
        return False
    if place.rule in ("TS6133", "TS6196"):
        return _ONE.match(place.message) is not None
    return place.rule == "TS6192" and _ALL.match(place.message) is not None


def _doubts(place: Location) -> bool:
    """A name that is not known may be the import misspelt; a file that does not parse says nothing of its uses."""
    return place.rule in ("TS2304", "TS2552", "TS2503") or (place.rule or "").startswith("TS1")


def _mend(page: Page, found: Sequence[Location]) -> Mended:
    meant = {place: names for place in found if (names := _meant(page, place))}
    return Mended(without_names(page, frozenset(name for names in meant.values() for name in names)), frozenset(meant))


def _meant(page: Page, place: Location) -> tuple[Imported, ...]:
    if page.line(place.line) is None or place.line is None or place.column is None:
        return ()
    at = page.at(place.line, place.column - 1)
    for statement in opening_imports(page.text):
        names = _at(statement, at, place)
        if names and all(may_go(page, statement, name) for name in names):
            return names
    return ()


def _at(statement: ImportStatement, at: int, place: Location) -> tuple[Imported, ...]:
    if place.rule == "TS6192":
        return statement.names if statement.start == at else ()
    match = _ONE.match(place.message)
    named = tuple(name for name in statement.names if match is not None and name.name == match["name"])
    # A name that its import brings alone is placed at the import's beginning.
    alone = len(statement.names) == 1 and at == statement.start
    return tuple(name for name in named if alone or at in (name.start, name.name_at))


TSC_UNUSED_IMPORT = Located(
    name="tsc-unused-import",
    does="Remove unused imports",
    because="TypeScript found these imports unused, and no code of the file names them.",
    # The compiler itself resolved every use, and drops such imports from its output.
    confidence=0.95,
    fits=_fits,
    mend=_mend,
    doubts=_doubts,
)
"""The recipe `tsc-unused-import`."""
