"""A failing run small enough to read, and answers to it."""

import json

from agents.engine import FixRequest
from analysis.diagnosis import Block, Category, Diagnosis, Evidence, Fingerprint, Level, Location, LogLine
from analysis.edits import SourceFile

LOG = """\
    def test_area() -> None:
>       assert area(2, 3) == 6
E       assert 5 == 6
E        +  where 5 = area(2, 3)
tests/test_shapes.py:5: AssertionError
FAILED tests/test_shapes.py::test_area - assert 5 == 6
"""
SHAPES = "def area(a, b):\n    return a + b\n"
TEST = "from shapes import area\n\n\ndef test_area() -> None:\n    assert area(2, 3) == 6\n"
WORKFLOW = "on: push\njobs: {}\n"
FILES = {
    path: SourceFile(path, text.encode(), "0" * 40)
    for path, text in {
        "shapes.py": SHAPES,
        "tests/test_shapes.py": TEST,
        ".github/workflows/ci.yml": WORKFLOW,
    }.items()
}
EDIT = {"path": "shapes.py", "search": "return a + b", "replace": "return a * b"}
CLAIM = {"statement": "area adds", "log_lines": [{"line": 3, "quote": "E       assert 5 == 6"}]}


def diagnosis(log: str = LOG, fingerprint: str = "pytest:1") -> Diagnosis:
    place = Location("tests/test_shapes.py", 5, None, None, Level.ERROR, "assert 5 == 6", "AssertionError", "pytest", 5)
    return Diagnosis(
        lines=6,
        bytes=len(log),
        category=Category.TEST,
        confidence=0.9,
        tool="pytest",
        step="Run pytest",
        exit_code=1,
        headline="tests/test_shapes.py::test_area: assert 5 == 6",
        root_line=LogLine(3, "E       assert 5 == 6"),
        fingerprint=Fingerprint(fingerprint),
        message="assert 5 == 6",
        evidence=Evidence(8000, len(log) // 4, (Block(1, 6, 1.0, log),)),
        locations=(place,),
        failed_tests=("tests/test_shapes.py::test_area",),
    )


def request(log: str = LOG, hint: str | None = None) -> FixRequest:
    return FixRequest((diagnosis(log),), FILES, "octo/app", "a" * 40, hint)


def answer(**changed: object) -> str:
    """A good answer as JSON, but for the fields that are changed."""
    fields: dict[str, object] = {
        "fix": True,
        "summary": "Multiply the sides in area()",
        "root_cause": "area() adds its sides.",
        "claims": [CLAIM],
        "edits": [EDIT],
        "confidence": 90,
        "risk": "None known.",
    }
    return json.dumps(fields | changed)
