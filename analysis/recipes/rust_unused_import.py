"""Imports that rustc found unused: the text names them and where they stand, and shows no change.

Only a `use` that stands on lines of its own is touched, and only names that stand in it once; a `pub use` is never
reported as unused (https://doc.rust-lang.org/rustc/lints/listing/warn-by-default.html#unused-imports).
"""

import re
from collections.abc import Sequence

from analysis.diagnosis import Location
from analysis.recipes.located import Located, one_by_one
from analysis.recipes.page import Page
from analysis.recipes.python_source import Cut

_MESSAGE = re.compile(r"^unused imports?: (?P<names>`[^`]{1,200}`(?:(?:, | and |, and )`[^`]{1,200}`)*)$")
_USE = re.compile(r"^(?P<indent>[ \t]*)use (?P<tree>[^;{}]*(?:\{[^;{}]*\})?);[ \t]*$", re.MULTILINE)
_GROUP = re.compile(r"^(?P<head>[^{}]*)\{(?P<body>[^{}]*)\}$")
# A trait is used without its name, but then rustc does not report it; `#[...]` above speaks of the one item.
_ATTRIBUTE = re.compile(r"^\s*#\[")


def _fits(place: Location) -> bool:
    return place.path.endswith(".rs") and place.level == "error" and _MESSAGE.match(place.message) is not None


def _cuts(page: Page, place: Location) -> Sequence[Cut]:
    match = _MESSAGE.match(place.message)
    if match is None or page.line(place.line) is None or place.line is None:
        return ()
    names = re.findall(r"`([^`]+)`", match["names"])
    start = page.at(place.line, 0)
    found = next((use for use in _USE.finditer(page.text) if use.start() <= start <= use.end()), None)
    if found is None:
        return ()
    first, last = page.place(found.start()), page.place(found.end())
    if first > 1 and _ATTRIBUTE.match(page.lines[first - 2]):
        return ()
    if names == [found["tree"].strip()]:
        return (_whole(page, first, last),)
    group = _GROUP.match(found["tree"])
    return _from_group(page, found, group, names) if group else ()


def _from_group(page: Page, use: re.Match[str], group: re.Match[str], names: Sequence[str]) -> Sequence[Cut]:
    entries = [entry.strip() for entry in group["body"].split(",") if entry.strip()]
    # rustc names an entry as it stands in the braces, or by its whole path where it is the only one.
    unused = {name.removeprefix(group["head"]) for name in names}
    kept = [entry for entry in entries if entry not in unused]
    if len(entries) - len(kept) != len(unused):
        return ()
    if not kept:
        return (_whole(page, page.place(use.start()), page.place(use.end())),)
    tree = group["head"] + (kept[0] if len(kept) == 1 and kept[0] != "self" else _braces(group["body"], kept))
    if kept == ["self"]:
        tree = group["head"].removesuffix("::")
    return (Cut(use.start("tree"), use.end("tree"), tree),)


def _braces(body: str, kept: Sequence[str]) -> str:
    indent = re.match(r"\n([ \t]*)", body)
    if indent is None:
        return "{" + ", ".join(kept) + "}"
    close = body[body.rindex("\n") :]
    return "{" + "".join(f"\n{indent[1]}{entry}," for entry in kept) + close + "}"


def _whole(page: Page, first: int, last: int) -> Cut:
    opens = first == 1 or not page.lines[first - 2].strip()
    closes = last < len(page.lines) - 1 and not page.lines[last].strip()
    return page.without(first, last + 1 if opens and closes else last)


RUST_UNUSED_IMPORT = Located(
    name="rust-unused-import",
    does="Remove unused imports",
    because="rustc found these imports unused (unused_imports) and was told to take that for an error.",
    # The compiler resolved every use; only what it did not compile (another feature or target) could need them.
    confidence=0.9,
    fits=_fits,
    mend=one_by_one(_cuts),
)
"""The recipe `rust-unused-import`."""
