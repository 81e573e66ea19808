"""Imports that eslint found unused (`no-unused-vars`, also of typescript-eslint and unused-imports).

An import stays where the name is used after all (a linter that cannot read JSX or types says so wrongly), and where
the module's name says that it acts on loading (https://eslint.org/docs/latest/rules/no-unused-vars).
"""

import re
from collections.abc import Sequence

from analysis.diagnosis import Location
from analysis.recipes.located import Located, Mended, rule_of
from analysis.recipes.page import Page
from analysis.recipes.script_imports import may_go, without_names
from analysis.recipes.script_source import SCRIPTS, Imported, opening_imports

_MESSAGE = re.compile(r"^'(?P<name>[\w$]{1,200})' is (?:defined|assigned a value) but never used")
_RULES = frozenset({"no-unused-vars", "no-unused-imports"})


def _fits(place: Location) -> bool:
    named = _MESSAGE.match(place.message) is not None
    return named and rule_of(place) in _RULES and place.path.endswith(SCRIPTS)


def _doubts(place: Location) -> bool:
    """A name that is not known may be the import misspelt; a file that does not parse says nothing of its uses."""
    return rule_of(place) in ("no-undef", "jsx-no-undef") or place.message.startswith("Parsing error")


def _mend(page: Page, found: Sequence[Location]) -> Mended:
    meant = {place: name for place in found if (name := _meant(page, place)) is not None}
    return Mended(without_names(page, frozenset(meant.values())), frozenset(meant))


def _meant(page: Page, place: Location) -> Imported | None:
    match = _MESSAGE.match(place.message)
    if match is None or page.line(place.line) is None or place.line is None:
        return None
    for statement in opening_imports(page.text):
        for name in statement.names:
            stands = page.place(name.name_at) == place.line and name.name == match["name"]
            if stands and _column_agrees(page, place, name) and may_go(page, statement, name):
                return name
    return None


def _column_agrees(page: Page, place: Location, name: Imported) -> bool:
    column = name.name_at - page.at(page.place(name.name_at), 0) + 1
    return place.column is None or place.column == column


ESLINT_UNUSED_IMPORT = Located(
    name="eslint-unused-import",
    does="Remove unused imports",
    because="eslint found these imports unused (no-unused-vars), and no code of the file names them.",
    # Wrong only where a module is imported for what it does on loading, and its name does not say so.
    confidence=0.9,
    fits=_fits,
    mend=_mend,
    doubts=_doubts,
)
"""The recipe `eslint-unused-import`."""
