"""Packages of Go's standard library that a file uses and does not import, as goimports would add them.

A name is taken for a package only where the file never declares it, uses it as `name.Member` alone, and exactly one
standard package of that name exports all of those members. `rand` and `template` are names of two packages each.
"""

import re
from collections.abc import Sequence

from analysis.diagnosis import Location
from analysis.recipes.go_source import GoHead, GoImport, code_lines, go_head, packages_offering
from analysis.recipes.located import Located, Mended
from analysis.recipes.page import Page
from analysis.recipes.python_source import Cut

_UNDEFINED = re.compile(r"^(?:undefined|undeclared name): (?P<name>[a-z]\w{1,30})(?: \(typecheck\))?$")


def _fits(place: Location) -> bool:
    match = _UNDEFINED.match(place.message)
    return place.path.endswith(".go") and match is not None and bool(packages_offering(match["name"], frozenset()))


def _mend(page: Page, found: Sequence[Location]) -> Mended:
    head = go_head(page)
    if head is None:
        return Mended((), frozenset())
    code = "\n".join(code_lines(page))
    wanted = {place: path for place in found if (path := _package(code, place)) is not None}
    paths = sorted({path for path in wanted.values() if all(spec.path != path for spec in head.imports)})
    return Mended(_cuts(page, head, paths), frozenset(wanted) if paths else frozenset())


def _package(code: str, place: Location) -> str | None:
    match = _UNDEFINED.match(place.message)
    if match is None:
        return None
    name = re.escape(match["name"])
    members = re.findall(rf"(?<![\w.]){name}\.([A-Z]\w*)", code)
    others = len(re.findall(rf"(?<![\w.]){name}\b", code)) - len(members)
    packages = packages_offering(match["name"], frozenset(members)) if members and not others else ()
    return packages[0] if len(packages) == 1 else None


def _cuts(page: Page, head: GoHead, paths: Sequence[str]) -> tuple[Cut, ...]:
    if not paths:
        return ()
    blocks = [spec for spec in head.imports if spec.block]
    single = [spec for spec in head.imports if not spec.block and spec.path != "C"]
    if blocks:
        return _into_block(page, blocks, paths)
    if len(single) == 1 and not page.lines[single[0].line - 1].partition('"')[2].partition('"')[2].strip():
        return (_block_of(page, single[0], paths),)
    if head.imports:
        return ()
    at = page.starts[head.package]
    body = f'\nimport "{paths[0]}"\n' if len(paths) == 1 else "\nimport (\n" + _lines(paths) + ")\n"
    return (Cut(at, at, body),)


def _into_block(page: Page, specs: Sequence[GoImport], paths: Sequence[str]) -> tuple[Cut, ...]:
    """Put each into the block's first group of standard packages, where gofmt's order has it."""
    block = specs[0].block
    inside = [spec for spec in specs if spec.block == block]
    group = _standard_group(inside)
    if block is None or not inside:
        return ()
    if not group:
        at = page.at(block[0] + 1, 0)
        return (Cut(at, at, _lines(paths) + "\n"),)
    cuts: dict[int, str] = {}
    for path in paths:
        after = next((spec.line for spec in group if spec.path > path), group[-1].line + 1)
        at = page.at(after, 0)
        cuts[at] = cuts.get(at, "") + f'\t"{path}"\n'
    return tuple(Cut(at, at, text) for at, text in cuts.items())


def _standard_group(inside: Sequence[GoImport]) -> list[GoImport]:
    """Give the first run of neighbouring lines whose paths are the standard library's, which have no dot."""
    group: list[GoImport] = []
    for spec in inside:
        standard = "." not in spec.path.partition("/")[0]
        if group and (spec.line != group[-1].line + 1):
            break
        if standard:
            group.append(spec)
        elif group:
            break
    return group


def _block_of(page: Page, spec: GoImport, paths: Sequence[str]) -> Cut:
    """Turn `import "fmt"` into a block; another's package is parted by a blank line."""
    alias = f"{spec.alias} " if spec.alias else ""
    own = f'\t{alias}"{spec.path}"\n'
    if "." in spec.path.partition("/")[0]:
        body = _lines(paths) + "\n" + own
    else:
        body = "".join(sorted([own, *_lines(paths).splitlines(keepends=True)], key=lambda line: line.partition('"')[2]))
    return page.cut(spec.line, 0, len(page.lines[spec.line - 1]), "import (\n" + body + ")")


def _lines(paths: Sequence[str]) -> str:
    return "".join(f'\t"{path}"\n' for path in paths)


GO_MISSING_IMPORT = Located(
    name="go-missing-import",
    does="Import what is used of the standard library",
    because="These files use standard packages that they do not import; no other package of that name has what they "
    "use.",
    # Name and members are the package's own; only a package of the project with the same names would differ.
    confidence=0.9,
    fits=_fits,
    mend=_mend,
)
"""The recipe `go-missing-import`."""
