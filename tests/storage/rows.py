"""Rows to start from: a repository with a failed run, and what a test changes of it."""

import hashlib
import json
from dataclasses import replace

from storage.database import Connection
from storage.failures import FailedJob, NewFailure
from storage.fixes import NewFix
from storage.repositories import RepositoryRow, save_repository
from storage.runs import RunRow, save_run

SHA = "a" * 40
OTHER_SHA = "b" * 40
REPOSITORY = RepositoryRow(11, 7, "octo", "shop", "main")
RUN = RunRow(
    run_id=100,
    run_attempt=1,
    repository_id=11,
    workflow_id=5,
    workflow_name="CI",
    event="pull_request",
    status="completed",
    conclusion="failure",
    head_sha=SHA,
    head_branch="topic",
    head_repository="octo/shop",
    html_url="https://github.test/octo/shop/actions/runs/100",
    run_started_at=None,
)
FAILURE = NewFailure(
    repository_id=11,
    run_id=100,
    run_attempt=1,
    head_sha=SHA,
    head_branch="topic",
    fingerprint="ruff:1234",
    category="lint",
    confidence=0.9,
    tool="ruff",
    headline="F401 `os` imported but unused",
    message="F401 imported but unused",
    jobs=(FailedJob(1, "lint", "Run ruff", "https://github.test/1"), FailedJob(2, "lint (3.12)", None, "u")),
    verdict="yours",
    verdict_reason="the base passes",
    witnesses_json="[]",
    diagnosis_json="{}",
)
DIFF = "--- a/x.py\n+++ b/x.py\n"
FIX = NewFix(
    repository_id=11,
    run_id=100,
    run_attempt=1,
    head_sha=SHA,
    head_branch="topic",
    source="recipe:ruff-unused-import",
    summary="Remove an unused import",
    explanation="Nothing uses it.",
    edits_json=json.dumps([{"path": "x.py", "search": "import os\n", "replace": ""}]),
    base_blobs_json=json.dumps({"x.py": "c" * 40}),
    diff=DIFF,
    patch_hash=hashlib.sha256(DIFF.encode()).hexdigest(),
    proof_level="parses",
    confidence=None,
    complexity="trivial",
    policy_json="[]",
    failure_ids=(),
)


async def seed(connection: Connection) -> None:
    """The repository and its failed run."""
    await save_repository(connection, REPOSITORY)
    await save_run(connection, RUN)


def another_fix(number: int) -> NewFix:
    """A fix whose patch is not that of the others."""
    diff = f"{DIFF}+{number}\n"
    return replace(FIX, diff=diff, patch_hash=hashlib.sha256(diff.encode()).hexdigest())
