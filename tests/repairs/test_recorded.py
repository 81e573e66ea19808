"""The recipes on the logs of real runs: the fix that CI found green, and nothing where nothing is certain.

`python -m scripts.repair_rate --record` made the logs and diffs, and says itself how many ended verified.
"""

import hashlib

import pytest

from analysis.analyze import analyze
from analysis.edits import SourceFile
from analysis.patch import apply_edits
from analysis.recipes import propose_all, wanted
from tests.repairs.cases import RECORDED, cases

CASES = cases()


def repository(name: str) -> dict[str, SourceFile]:
    files = CASES[name].after().items()
    return {path: SourceFile(path, content, blob_sha(content)) for path, content in files}


def blob_sha(content: bytes) -> str:
    """The name git gives a file's content; it stands in a diff's head."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def diff_of(name: str) -> str:
    """The fix that the recipes make of a case's log, as a diff; empty where they make none."""
    diagnoses = [analyze([(RECORDED / f"{name}.log").read_bytes()])]
    files = repository(name)
    found = propose_all(diagnoses, {path: files[path] for path in wanted(diagnoses) if path in files})
    return apply_edits(files, found.edits).diff if found is not None and found.edits else ""


def test_every_case_was_really_run() -> None:
    assert [name for name in CASES if not (RECORDED / f"{name}.log").exists()] == []


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.ends in {"verified", "offered"}])
def test_the_fix_is_the_one_that_was_tried(name: str) -> None:
    assert diff_of(name) == (RECORDED / f"{name}.diff").read_bytes().decode()


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.ends in {"advised", "nothing"}])
def test_nothing_is_edited_where_nothing_is_certain(name: str) -> None:
    assert diff_of(name) == ""
