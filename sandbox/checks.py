"""Check runs: suites, outputs with their limits, and their events."""

from __future__ import annotations

from sandbox.data import JsonObject
from sandbox.errors import invalid_request
from sandbox.input import Input
from sandbox.shapes.checks import webhook_check_run
from sandbox.state import Annotation, App, CheckRun, CheckSuite, Repository, User
from sandbox.world import World

# https://docs.github.com/en/rest/checks/runs#create-a-check-run
LONGEST_TEXT = 65_535
MOST_ANNOTATIONS = 50
LONGEST_MESSAGE_BYTES = 64 * 1024
LONGEST_TITLE = 255
_LEVELS = ("notice", "warning", "failure")


async def new_suite(world: World, repository: Repository, app: App, head_sha: str) -> CheckSuite:
    """A suite of its own, as each workflow run has one."""
    branches = [name for name, sha in await world.git(repository).refs("refs/heads/") if sha == head_sha]
    branch = branches[0].removeprefix("refs/heads/") if branches else None
    made = CheckSuite(world.state.next_id(), app, head_sha, branch, world.clock())
    repository.suites[made.id] = made
    return made


async def suite_of(world: World, repository: Repository, app: App, head_sha: str) -> CheckSuite:
    """The one suite of an App on a commit, made with its first check run there."""
    made = await new_suite(world, repository, app, head_sha)
    first = next(one for one in repository.suites.values() if one.app is app and one.head_sha == head_sha)
    if first is not made:
        # Another one was there before, or was made while git ran.
        del repository.suites[made.id]
    return first


def read_annotation(wanted: Input) -> Annotation:
    """One annotation of a request; 422 for what GitHub refuses."""
    first, last = wanted.integer("start_line"), wanted.integer("end_line")
    start, end = wanted.maybe_integer("start_column"), wanted.maybe_integer("end_column")
    if last < first:
        raise invalid_request("end_line must not be before start_line.")
    if first != last and (start is not None or end is not None):
        raise invalid_request("start_column and end_column are allowed only when start_line and end_line are equal.")
    message, details = wanted.text("message"), wanted.maybe_text("raw_details")
    for name, text in (("message", message), ("raw_details", details or "")):
        if len(text.encode()) > LONGEST_MESSAGE_BYTES:
            raise invalid_request(f"{name} is too long (maximum is 64 KB).")
    return Annotation(
        path=wanted.text("path"),
        start_line=first,
        end_line=last,
        start_column=start,
        end_column=end,
        level=wanted.choice("annotation_level", _LEVELS),
        message=message,
        title=wanted.maybe_text("title", longest=LONGEST_TITLE),
        raw_details=details,
    )


def apply_output(run: CheckRun, output: Input) -> None:
    """Take a request's output: texts replace, annotations are appended, at most 50 a request."""
    annotations = [read_annotation(one) for one in output.children("annotations", most=MOST_ANNOTATIONS)]
    title = output.text("title") if output.has("title") or run.title is None else run.title
    summary = output.text("summary", longest=LONGEST_TEXT)
    text = output.maybe_text("text", longest=LONGEST_TEXT)
    run.title, run.summary = title, summary
    run.text = text if output.has("text") else run.text
    run.annotations.extend(annotations)


def announce(
    world: World, repository: Repository, run: CheckRun, action: str, sender: User, identifier: str | None = None
) -> None:
    """Send a ``check_run`` event; a click or a re-request goes to the App that made the run only."""
    own = action in {"requested_action", "rerequested"}
    extra: JsonObject = {} if identifier is None else {"requested_action": {"identifier": identifier}}
    payload: JsonObject = {"action": action, "check_run": webhook_check_run(world.urls, repository, run), **extra}
    world.emit("check_run", payload, repository=repository, sender=sender, only=run.suite.app if own else None)
