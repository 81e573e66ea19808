"""A test goes on testing the real thing: what it is there for is not replaced by a stand-in."""

import re
import sys
from collections.abc import Iterator, Sequence

from analysis.policy.model import Change, Finding

_MOCKS = re.compile(
    r"\b(jest|vi|vitest|td|sinon|mock|mocker|monkeypatch|patch|Mockito|mockk|MagicMock|Mock|AsyncMock|create_autospec|gomock|double|instance_double"
    r"|allow|allow_any_instance_of|stub|stub_const|createMock|getMockBuilder|createStub|Substitute|mockStatic|spyk?|mockkObject)\b\s*[.(<]"
    r"|\.stub(s|_any_instance)?\b|@(Mock|MockBean|Spy)\b|@(mock\.)?patch"
)
_LOCAL_IMPORT = re.compile(
    r"^\s*from\s+(?P<module>[\w.]+)\s+import\s+(?P<names>.+)$|^\s*(?:import|export)\s+(?P<js>.+?)\s+from\s+[\"'](?P<from>(?:\.|@/|~/)[^\"']*)[\"']"
    r"|^\s*(?:const|let|var)\s+(?P<cjs>.+?)\s*=\s*require\([\"'](?P<req>\.[^\"']*)[\"']\)"
)
# In these languages a test names what it tests without an import that would tell it.
_UNIMPORTED = re.compile(r"\.(rb|php|cs|ex|exs|swift)$")
_NOT_OURS = frozenset({*sys.stdlib_module_names, "pytest", "unittest"})


def stand_ins(change: Change) -> Iterator[Finding]:
    """Find a new mock of what the test imports from its own project."""
    if change.more_code(_MOCKS) is None:
        return
    ours = _imported(change.code_before)
    for line in change.code_added:
        named = not ours.isdisjoint(re.findall(r"\w+", line)) or any(path in line for path in ours if "/" in path)
        if _MOCKS.search(line) and (named or _names_a_path(line) or _UNIMPORTED.search(change.name)):
            yield Finding(change.path, "subject-mocked", f"puts a stand-in for what is tested: {line.strip()[:120]}")
            return


def _names_a_path(line: str) -> bool:
    """Whether the line replaces something by its dotted name: `shop.cart.total`, which is no library's."""
    return any(path.split(".")[0] not in _NOT_OURS for path in re.findall(r"[\"'](\w+(?:\.\w+){2,})[\"']", line))


def _imported(lines: Sequence[str]) -> frozenset[str]:
    """Name what a test imports of the project's own: what it is there to test."""
    names: set[str] = set()
    for line in lines:
        match = _LOCAL_IMPORT.match(line)
        if match is None:
            continue
        if match["module"] and match["module"].split(".")[0] not in _NOT_OURS:
            names.update(re.findall(r"\w+", match["names"]))
        names.update(re.findall(r"\w+", match["js"] or match["cjs"] or ""))
        names.update(path for path in (match["from"], match["req"]) if path)
    return frozenset(names - {"as", "import", "type", "default"})
