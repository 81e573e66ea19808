"""`# type: ignore` and `# noqa` that silence nothing any more, as mypy (`unused-ignore`) and ruff (RUF100) find them.

A code that ruff does not check may be another linter's, and stays.
"""

import re
from collections.abc import Sequence

from analysis.diagnosis import Location
from analysis.recipes.linted_python import NEVER, Findings, LintedPython, comments_on, same
from analysis.recipes.python_source import Cut, PythonSource

_MYPY = re.compile(r'^Unused "type: ignore(?:\[(?P<codes>[\w, -]+)\])?" comment$')
_RUFF = re.compile(r"^Unused (?:blanket `noqa` directive|`noqa` directive \(unused: (?P<codes>`\w+`(?:, `\w+`)*)\))$")
_TYPE = re.compile(r"#[ \t]*type:[ \t]*ignore(?:\[(?P<codes>[^\]\n]*)\])?")
_NOQA = re.compile(r"#[ \t]*(?i:noqa)(?::[ \t]*(?P<codes>[A-Z]+[0-9]+(?:[, \t]+[A-Z]+[0-9]+)*))?")
_REST = re.compile(r"[ \t]*(?=#|\n|$)")


def _cuts(source: PythonSource, place: Location) -> Sequence[Cut]:
    for told, written in ((_MYPY, _TYPE), (_RUFF, _NOQA)):
        message = told.match(place.message)
        if message is not None:
            unused = frozenset(re.findall(r"[\w-]+", message["codes"] or ""))
            return [cut for start in comments_on(source, place) for cut in _without(source, start, written, unused)]
    return ()


def _without(source: PythonSource, start: int, written: re.Pattern[str], unused: frozenset[str]) -> Sequence[Cut]:
    text = source.text
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    match = written.search(text, start, end)
    if match is None or not text[text.rfind("\n", 0, start) + 1 : start].strip():
        return ()
    codes = re.findall(r"[\w-]+", match["codes"] or "")
    kept = [code for code in codes if code not in unused] if unused else []
    if kept:
        return (Cut(*match.span("codes"), ", ".join(kept)),) if len(kept) < len(codes) else ()
    rest = _REST.match(text, match.end(), end)
    if rest is None:
        return ()
    if rest.end() < end:
        return (Cut(match.start(), rest.end()),)
    before = text[: match.start()].rstrip(" \t")
    return (Cut(len(before), end),)


UNUSED_SUPPRESSION = LintedPython(
    name="unused-suppression",
    findings=Findings(frozenset({"unused-ignore", "RUF100", "unused-noqa"}), NEVER),
    mend=_cuts,
    normal=same,
    says="Remove comments that silence nothing",
    why="The tool found `type: ignore` or `noqa` comments that silence nothing any more",
    confidence=0.9,
)
"""The recipe `unused-suppression`."""
