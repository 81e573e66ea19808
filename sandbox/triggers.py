"""Which workflow files an event starts, and what their runs are given.

https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sandbox.attempts import NewRun, new_run, start_attempt, workflow_files
from sandbox.data import JsonObject
from sandbox.pull_git import pull_files
from sandbox.running import BrokenWorkflow, Event
from sandbox.state import Pull, Repository, Trigger, User
from sandbox.world import World

# https://docs.github.com/en/actions/how-tos/manage-workflow-runs/skip-workflow-runs
_SKIP = re.compile(r"\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]|^skip-checks: *true$", re.MULTILINE)


async def start_for_push(
    world: World, repository: Repository, ref: str, sha: str, *, sender: User, touched: Sequence[str],
    payload: JsonObject,
) -> None:  # fmt: skip
    """Start the workflows of a pushed commit that the push triggers; a file that cannot be read fails at once."""
    commit = await world.git(repository).commit(sha)
    if _SKIP.search(commit.message):
        return
    name = ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
    event = Event("push", ref=ref, branch=name if ref.startswith("refs/heads/") else None, changed=tuple(touched))
    wanted = NewRun(
        trigger=Trigger("push", ref, sha, world.event(payload, repository, sender)),
        head_sha=sha,
        head_branch=name,
        head_repository=repository,
        title=commit.message.partition("\n")[0],
    )
    await _start(world, repository, wanted, event, sender)


async def start_for_pull(
    world: World, repository: Repository, pull: Pull, action: str, sender: User, payload: JsonObject
) -> None:
    """Start the workflows that a pull request's activity triggers, as they stand in its test merge.

    None while head and base conflict: GitHub has no commit to run them on then.
    """
    # As it is now: another push may take it away while git is asked.
    test_merge, head_sha = pull.merge_commit_sha, pull.head_sha
    if test_merge is None:
        return
    head = await world.git(repository).commit(head_sha)
    if _SKIP.search(head.message):
        return
    ref = f"refs/pull/{pull.number}/merge"
    touched = tuple(change.path for change in await pull_files(world, repository, pull))
    wanted = NewRun(
        trigger=Trigger(
            "pull_request",
            ref,
            test_merge,
            world.event(payload, repository, sender),
            head_ref=pull.head_branch,
            base_ref=pull.base_branch,
        ),
        head_sha=head_sha,
        head_branch=pull.head_branch,
        head_repository=pull.head_repository,
        title=pull.issue.title,
    )
    event = Event("pull_request", ref=ref, branch=pull.base_branch, changed=touched, activity=action)
    await _start(world, repository, wanted, event, sender)


async def _start(world: World, repository: Repository, wanted: NewRun, event: Event, sender: User) -> None:
    for path, text in await workflow_files(world, repository, wanted.trigger.sha):
        parsed = world.runner.parse(path, text)
        if isinstance(parsed, BrokenWorkflow):
            # Only a push shows that a file cannot be read, as at GitHub.
            name, starts = path, event.name == "push"
        else:
            name, starts = parsed.name, parsed.triggered_by(event)
        if starts:
            run = await new_run(world, repository, path, name, wanted, sender)
            start_attempt(world, repository, run, parsed, sender)
