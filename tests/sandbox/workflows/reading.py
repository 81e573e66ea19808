"""Workflow files of the tests: read, and expected to be readable or not."""

from sandbox.running import BrokenWorkflow
from sandbox.workflows.syntax import Workflow, parse_workflow

PATH = ".github/workflows/ci.yml"
JOBS = """
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: make test
"""


def readable(text: str) -> Workflow:
    found = parse_workflow(PATH, text)
    assert isinstance(found, Workflow), found
    return found


def broken(text: str) -> BrokenWorkflow:
    found = parse_workflow(PATH, text)
    assert isinstance(found, BrokenWorkflow), found
    return found


def job(lines: str) -> str:
    """A workflow with one job of which more is said."""
    indented = "\n".join(f"    {line}" for line in lines.strip("\n").splitlines())
    return f"on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n{indented}\n    steps: [run: make test]\n"
