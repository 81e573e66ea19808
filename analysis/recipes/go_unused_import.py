"""Imports that Go's compiler refuses as unused, in the words of every version and of golangci-lint's typecheck.

A package that is there for what it registers when it loads was meant as `_`, and is left alone: database drivers,
image formats, profilers, `embed` (https://go.dev/doc/effective_go#blank_import).
"""

import re
from collections.abc import Sequence

from analysis.diagnosis import Location
from analysis.recipes.go_source import GoHead, GoImport, go_head, packages_offering
from analysis.recipes.located import Located, Mended
from analysis.recipes.page import Page
from analysis.recipes.python_source import Cut

_MESSAGE = re.compile(
    r'^(?:"(?P<new>[^"\s]{1,300})" imported (?:as \w+ )?(?:and|but) not used'
    r'|imported and not used: "(?P<old>[^"\s]{1,300})"(?: as \w+)?)(?: \(typecheck\))?$'
)
_REGISTERS = re.compile(
    r"(?:^|[/_.-])(?:pq|pgx|stdlib|mysql|sqlite\w*|mssql|driver|drivers|png|jpeg|gif|webp|bmp|tiff|pprof|expvar|embed"
    r"|tzdata|autoload|automaxprocs|migrate|file|plugins?|register|init|all|docs|automemlimit|encoding)(?:[/_.-]|$|\d)"
    r"|^(?:crypto/(?:sha|md)|unsafe$)"
)
_UNDEFINED = re.compile(r"^undefined: (?P<name>\w+)$|^undeclared name: (?P<old>\w+)$")


def _fits(place: Location) -> bool:
    match = _MESSAGE.match(place.message)
    return place.path.endswith(".go") and match is not None and not _REGISTERS.search(match["new"] or match["old"])


def _doubts(place: Location) -> bool:
    """A name that nothing is known by may be the import's, misspelt."""
    match = _UNDEFINED.match(place.message)
    if match is not None:
        return not packages_offering(match["name"] or match["old"], frozenset())
    return place.message.startswith(("syntax error", "expected ")) or " undefined" in place.message


def _mend(page: Page, found: Sequence[Location]) -> Mended:
    head = go_head(page)
    meant = {place: spec for place in found if head and (spec := _meant(head, place)) is not None}
    return Mended(_cuts(page, head, set(meant.values())) if head else (), frozenset(meant))


def _meant(head: GoHead, place: Location) -> GoImport | None:
    match = _MESSAGE.match(place.message)
    path = (match["new"] or match["old"]) if match else None
    standing = [spec for spec in head.imports if spec.path == path and spec.alias not in ("_", ".")]
    # Test files that are compiled together are placed a line off by some versions; the path decides.
    return standing[0] if len(standing) == 1 else None


def _cuts(page: Page, head: GoHead, unused: set[GoImport]) -> tuple[Cut, ...]:
    cuts: list[Cut] = []
    for block in {spec.block for spec in unused if spec.block}:
        inside = [spec for spec in head.imports if spec.block == block]
        if unused.issuperset(inside) and all(_is_bare(page, at, inside) for at in range(block[0] + 1, block[1])):
            cuts.append(_with_gap(page, *block))
        else:
            cuts += [_spec_cut(page, spec) for spec in inside if spec in unused]
    return (*cuts, *(_with_gap(page, spec.line, spec.line) for spec in unused if spec.block is None))


def _is_bare(page: Page, number: int, inside: Sequence[GoImport]) -> bool:
    return not page.lines[number - 1].strip() or any(spec.line == number for spec in inside)


def _spec_cut(page: Page, spec: GoImport) -> Cut:
    """Take a line out of a block, and one of the two blank lines that it stood between."""
    above, below = page.lines[spec.line - 2], page.lines[spec.line]
    opens, closes = not above.strip() or above.rstrip().endswith("("), not below.strip() or below.startswith(")")
    if opens and not below.strip():
        return page.without(spec.line, spec.line + 1)
    if closes and not above.strip():
        return page.without(spec.line - 1, spec.line)
    return page.without(spec.line, spec.line)


def _with_gap(page: Page, first: int, last: int) -> Cut:
    blank_above = first > 1 and not page.lines[first - 2].strip()
    blank_below = last < len(page.lines) and not page.lines[last].strip()
    return page.without(first, last + 1 if blank_above and blank_below else last)


GO_UNUSED_IMPORT = Located(
    name="go-unused-import",
    does="Remove unused imports",
    because="Go does not compile a file with an import that it does not use; these are the ones it named.",
    # The compiler says it, and packages that only register something are left alone.
    confidence=0.95,
    fits=_fits,
    mend=_mend,
    doubts=_doubts,
)
"""The recipe `go-unused-import`."""
