"""The pages and the two forms: what to show of the state, and what a click does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox import checks, conversation
from sandbox.errors import ApiError, not_found
from sandbox.git_diff import changes
from sandbox.pages.markdown import diff_lines, rendered
from sandbox.state import ROLES, CheckRun, Job, Repository, Run, User
from sandbox.world import World

_MOST_LOG_LINES = 5_000
"""Of a job's log on its page: a browser is slow beyond, and the whole log is one request away."""

_TEMPLATES = Environment(
    loader=PackageLoader("sandbox.pages"), autoescape=select_autoescape(), undefined=StrictUndefined
)
_TEMPLATES.filters["markdown"] = rendered
_TEMPLATES.filters["diff"] = diff_lines


@dataclass(frozen=True, slots=True)
class _Pages:
    world: World

    async def index(self, _request: Request) -> Response:
        """Repositories and their pull requests."""
        return self._show("index.html", repositories=list(self.world.state.repositories.values()))

    async def pull(self, request: Request) -> Response:
        """A pull request: conversation, checks of its head, commits, and a form to comment."""
        repository = self._repository(request)
        found = repository.pulls.get(_number(request, "number"))
        if found is None:
            raise not_found()
        comments = [one for one in repository.comments.values() if one.number == found.number]
        git = self.world.git(repository)
        commits = await git.commits(found.head_sha, f"^{found.base_sha}", limit=100)
        every = [(commit, self._checks(repository, commit.sha)) for commit in reversed(commits)]
        return self._show(
            "pull.html",
            repository=repository,
            pull=found,
            comments=comments,
            commits=every,
            people=self._people(repository),
        )

    async def check_run(self, request: Request) -> Response:
        """A check run with its annotations and buttons."""
        repository = self._repository(request)
        run = repository.checks.get(_number(request, "check_run_id"))
        if run is None:
            raise not_found()
        return self._show("check_run.html", repository=repository, run=run, people=self._people(repository))

    async def run(self, request: Request) -> Response:
        """A workflow run, or one job of it with its log."""
        repository = self._repository(request)
        run = repository.runs.get(_number(request, "run_id"))
        if run is None:
            raise not_found()
        wanted = request.path_params.get("job_id")
        jobs = [job for attempt in run.attempts for job in attempt.jobs if wanted in {None, str(job.id)}]
        logs = [(job, await _log_lines(job)) for job in jobs]
        return self._show("run.html", repository=repository, run=run, jobs=logs)

    async def commit(self, request: Request) -> Response:
        """A commit with its diff."""
        repository = self._repository(request)
        git = self.world.git(repository)
        sha = await git.resolve(request.path_params["sha"])
        if sha is None:
            raise not_found()
        commit = await git.commit(sha)
        files = await changes(git, commit.parents[0], sha) if commit.parents else ()
        return self._show("commit.html", repository=repository, commit=commit, files=files)

    async def comment(self, request: Request) -> Response:
        """Take the form: comment as the person who was chosen."""
        repository, form = self._repository(request), await _form(request)
        number = _number(request, "number")
        conversation.add_comment(self.world, repository, number, self._person(form), form.get("body", ""))
        return RedirectResponse(f"/{repository.full_name}/pull/{number}", 303)

    async def press(self, request: Request) -> Response:
        """Take a button of a check run."""
        repository, form = self._repository(request), await _form(request)
        run = repository.checks.get(_number(request, "check_run_id"))
        shown = {action.identifier for action in run.actions} if run and run.status == "completed" else set()
        if run is None or form.get("identifier") not in shown:
            raise not_found()
        checks.announce(self.world, repository, run, "requested_action", self._person(form), form["identifier"])
        return RedirectResponse(f"/{repository.full_name}/runs/{run.id}", 303)

    def _show(self, template: str, **values: object) -> HTMLResponse:
        return HTMLResponse(_TEMPLATES.get_template(template).render(**values))

    def _repository(self, request: Request) -> Repository:
        found = self.world.state.repository(request.path_params["owner"], request.path_params["repo"])
        if found is None:
            raise not_found()
        return found

    def _checks(self, repository: Repository, sha: str) -> list[CheckRun]:
        return [run for run in repository.checks.values() if run.suite.head_sha == sha]

    def _people(self, repository: Repository) -> list[User]:
        """Everybody, those with a say in the repository first."""
        people = [user for user in self.world.state.users.values() if user.type == "User"]
        return sorted(people, key=lambda user: -ROLES.index(repository.role(user.login)))

    def _person(self, form: dict[str, str]) -> User:
        found = self.world.state.user(form.get("login", ""))
        if found is None or found.type != "User":
            raise ApiError(422, "Choose who you are")
        return found


def page_routes(world: World) -> list[Route]:
    """Where the pages stand: at the addresses that `html_url` names."""
    pages, at = _Pages(world), "/{owner}/{repo}"
    table: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
        ("GET", "/", pages.index),
        ("GET", at + "/pull/{number}", pages.pull),
        ("POST", at + "/pull/{number}/comment", pages.comment),
        ("GET", at + "/runs/{check_run_id}", pages.check_run),
        ("POST", at + "/runs/{check_run_id}/press", pages.press),
        ("GET", at + "/actions/runs/{run_id}", pages.run),
        ("GET", at + "/actions/runs/{run_id}/job/{job_id}", pages.run),
        ("GET", at + "/commit/{sha}", pages.commit),
    ]
    return [Route(path, endpoint, methods=[method]) for method, path, endpoint in table]


def run_of(run: Run) -> str:
    """The run's conclusion, or how far it is."""
    return run.attempt.conclusion or run.attempt.status


_TEMPLATES.filters["run_of"] = run_of


async def _log_lines(job: Job) -> list[str]:
    """The lines without stamps."""
    if job.log is None:
        return []
    text = await asyncio.to_thread(job.log.read_text, errors="replace")
    return [line.partition("Z ")[2] for line in text.lstrip("\ufeff").splitlines()[:_MOST_LOG_LINES]]


def _number(request: Request, name: str) -> int:
    text = request.path_params[name]
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise not_found()
    return int(text)


async def _form(request: Request) -> dict[str, str]:
    fields = parse_qs((await request.body()).decode(errors="replace"))
    return {name: values[-1] for name, values in fields.items()}
