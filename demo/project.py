"""The little repository of the demo: green at first, then a change whose CI truly fails in two jobs."""

from collections.abc import Mapping

OWNER, NAME = "octo", "geometry"
AUTHOR, MAINTAINER = "mona", "lee"
BRANCH, TITLE = "circles", "Add circles"

_WORKFLOW = """\
name: CI
on:
  push:
    branches: [main]
  pull_request:
jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
      - name: Lint
        run: ruff check --no-cache --output-format=full .
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
      - name: Test
        run: python -m pytest -p no:cacheprovider
"""

_PYPROJECT = """\
[project]
name = "geometry"
version = "1.0"

[tool.pytest.ini_options]
pythonpath = ["."]
addopts = "--color=no"
"""

_SQUARES = """\
def square_area(side):
    return side * side
"""

_TEST_SQUARES = """\
from geometry.squares import square_area


def test_square():
    assert square_area(3) == 9
"""

_CIRCLES = '''\
"""Circles, by their radius."""


def circle_area(radius):
    return math.pi * radius**2


def circle_length(radius):
    return 2 * math.pi * radius
'''

_REPORT = '''\
"""A line of text for each figure."""

import json
import textwrap

from geometry.circles import circle_area


def report(radius):
    return textwrap.shorten(f"a circle of {radius} covers {circle_area(radius):.2f}", 60)
'''

_TEST_CIRCLES = """\
from geometry.circles import circle_area
from geometry.report import report


def test_circle():
    assert round(circle_area(1), 2) == 3.14


def test_report():
    assert report(2) == "a circle of 2 covers 12.57"
"""

GREEN: Mapping[str, bytes] = {
    ".github/workflows/ci.yml": _WORKFLOW.encode(),
    "pyproject.toml": _PYPROJECT.encode(),
    "geometry/__init__.py": b"",
    "geometry/squares.py": _SQUARES.encode(),
    "tests/test_squares.py": _TEST_SQUARES.encode(),
}
"""The first commit: its CI passes."""

RED: Mapping[str, bytes] = {
    "geometry/circles.py": _CIRCLES.encode(),
    "geometry/report.py": _REPORT.encode(),
    "tests/test_circles.py": _TEST_CIRCLES.encode(),
}
"""The change: `math` is used and not imported, so the tests fail; `json` is imported and not used, so lint fails."""

README = {"README.md": b"# geometry\n\nAreas and lengths.\n"}
"""A push to the default branch, so that a green run of it is known: that is what the change is judged by."""
