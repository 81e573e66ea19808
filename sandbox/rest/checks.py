"""Check runs with every documented limit. https://docs.github.com/en/rest/checks/runs"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sandbox.checks import announce, apply_output, suite_of
from sandbox.clock import parse_stamp
from sandbox.data import Json, JsonObject
from sandbox.errors import ApiError, invalid_request, not_found
from sandbox.input import Input
from sandbox.permissions import R
from sandbox.rest.call import Call, Handler, Reply
from sandbox.rest.repos import resolve
from sandbox.shapes.checks import annotation, check_run, check_suite
from sandbox.shapes.commits import simple_commit
from sandbox.state import CheckAction, CheckRun, CheckSuite

_STATUSES = ("queued", "in_progress", "completed", "waiting", "requested", "pending")
_CONCLUSIONS = ("action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out")


def _find(call: Call) -> CheckRun:
    found = call.repository.checks.get(call.number("check_run_id"))
    if found is None:
        raise not_found()
    return found


def _actions(wanted: Input) -> tuple[CheckAction, ...]:
    return tuple(
        CheckAction(
            one.text("label", longest=20), one.text("description", longest=40), one.text("identifier", longest=20)
        )
        for one in wanted.children("actions", most=3)
    )


def _apply_state(call: Call, run: CheckRun, wanted: Input) -> None:
    """Status and conclusion: a conclusion completes the run, ``completed`` needs a conclusion."""
    status, conclusion = wanted.maybe_choice("status", _STATUSES), wanted.maybe_choice("conclusion", _CONCLUSIONS)
    if conclusion == "stale":
        raise invalid_request("Only GitHub can set the conclusion stale.")
    if conclusion is not None:
        if status not in {None, "completed"}:
            raise invalid_request("A conclusion needs the status completed.")
        run.status, run.conclusion = "completed", conclusion
        run.completed_at = _moment(wanted, "completed_at") or run.completed_at or call.world.clock()
    elif status == "completed":
        if run.conclusion is None:
            raise invalid_request('"conclusion" wasn\'t supplied.')
    elif status is not None:
        run.status, run.conclusion, run.completed_at = status, None, None
    run.started_at = _moment(wanted, "started_at") or run.started_at


def _moment(wanted: Input, key: str) -> datetime | None:
    text = wanted.maybe_text(key)
    if text is None:
        return None
    moment = parse_stamp(text)
    if moment is None:
        raise invalid_request(f"{text} is not a valid date-time.")
    return moment


async def create(call: Call) -> Reply:
    """Start a check run; its suite is found or made."""
    wanted = call.input()
    name, head_sha = wanted.text("name"), wanted.text("head_sha")
    if await call.git.kind(head_sha) != "commit":
        raise ApiError(422, f"No commit found for SHA: {head_sha}")
    suite = await suite_of(call.world, call.repository, call.asking_app, head_sha)
    made = CheckRun(
        id=call.world.state.next_id(),
        suite=suite,
        name=name,
        external_id=wanted.maybe_text("external_id") or "",
        details_url=wanted.maybe_text("details_url"),
        status="queued",
        conclusion=None,
        started_at=call.world.clock(),
        completed_at=None,
    )
    _apply_state(call, made, wanted)
    output = wanted.child("output")
    made.actions = _actions(wanted)
    if output is not None:
        apply_output(made, output)
    call.repository.checks[made.id] = made
    announce(call.world, call.repository, made, "created", call.user)
    if made.status == "completed":
        announce(call.world, call.repository, made, "completed", call.user)
    return Reply(check_run(call.urls, call.repository, made), 201)


async def update(call: Call) -> Reply:
    """Change a check run of one's own; annotations are appended, never replaced."""
    run, wanted = _find(call), call.input()
    if run.suite.app is not call.app:
        raise ApiError(403, f"Invalid app_id `{call.asking_app.id}` - check run can only be modified by the GitHub App "
                            "that created it.")  # fmt: skip
    output, actions = wanted.child("output"), _actions(wanted)
    name, before = wanted.maybe_text("name"), run.status
    if output is not None:
        apply_output(run, output)
    _apply_state(call, run, wanted)
    run.name = name or run.name
    run.details_url = wanted.maybe_text("details_url") or run.details_url
    run.external_id = wanted.maybe_text("external_id") or run.external_id
    run.actions = actions if wanted.has("actions") else run.actions
    if run.status == "completed" and before != "completed":
        announce(call.world, call.repository, run, "completed", call.user)
    return Reply(check_run(call.urls, call.repository, run))


async def get(call: Call) -> Reply:
    """One check run."""
    return Reply(check_run(call.urls, call.repository, _find(call)))


async def list_annotations(call: Call) -> Reply:
    """A check run's annotations in the order they were sent."""
    run = _find(call)
    page = call.page(run.annotations)
    shown = [annotation(call.urls, call.repository, run.suite.head_sha, one) for one in page.items]
    return Reply(shown, headers=page.headers)


def _filtered(call: Call, runs: Sequence[CheckRun]) -> list[CheckRun]:
    name, status, app_id = call.query.get("check_name"), call.query.get("status"), call.query.get("app_id")
    kept = [
        run
        for run in runs
        if name in {None, run.name} and status in {None, run.status} and app_id in {None, str(run.suite.app.id)}
    ]
    if call.query.get("filter", "latest") == "latest":
        # The newest of a name in a suite; an older one is only in filter=all.
        kept = list({(run.suite.id, run.name): run for run in kept}.values())
    return sorted(kept, key=lambda run: run.id, reverse=True)


def _listing(call: Call, runs: Sequence[CheckRun]) -> Reply:
    page = call.page(_filtered(call, runs))
    shown: list[Json] = [check_run(call.urls, call.repository, run) for run in page.items]
    return Reply({"total_count": page.total, "check_runs": shown}, headers=page.headers)


async def list_for_ref(call: Call) -> Reply:
    """Check runs of a commit."""
    sha = await resolve(call, call.params["ref"])
    return _listing(call, [run for run in call.repository.checks.values() if run.suite.head_sha == sha])


def _suite(call: Call) -> CheckSuite:
    wanted = call.number("check_suite_id")
    for found in call.repository.suites.values():
        if found.id == wanted:
            return found
    raise not_found()


async def list_for_suite(call: Call) -> Reply:
    """Check runs of a suite."""
    suite = _suite(call)
    return _listing(call, [run for run in call.repository.checks.values() if run.suite is suite])


async def _shown_suite(call: Call, suite: CheckSuite) -> JsonObject:
    head = simple_commit(await call.git.commit(suite.head_sha))
    return check_suite(call.urls, call.repository, suite, head)


async def get_suite(call: Call) -> Reply:
    """One check suite."""
    return Reply(await _shown_suite(call, _suite(call)))


async def list_suites(call: Call) -> Reply:
    """Check suites of a commit."""
    sha, app_id = await resolve(call, call.params["ref"]), call.query.get("app_id")
    found = [s for s in call.repository.suites.values() if s.head_sha == sha and app_id in {None, str(s.app.id)}]
    page = call.page(found)
    shown: list[Json] = [await _shown_suite(call, suite) for suite in page.items]
    return Reply({"total_count": page.total, "check_suites": shown}, headers=page.headers)


HANDLERS: dict[str, Handler] = {
    "POST " + R + "/check-runs": create,
    "GET " + R + "/check-runs/{check_run_id}": get,
    "PATCH " + R + "/check-runs/{check_run_id}": update,
    "GET " + R + "/check-runs/{check_run_id}/annotations": list_annotations,
    "GET " + R + "/commits/{ref:path}/check-runs": list_for_ref,
    "GET " + R + "/commits/{ref:path}/check-suites": list_suites,
    "GET " + R + "/check-suites/{check_suite_id}": get_suite,
    "GET " + R + "/check-suites/{check_suite_id}/check-runs": list_for_suite,
}
