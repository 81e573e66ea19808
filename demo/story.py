"""The story of one failing run, told as it happens: from the push to the verified fix, seen from GitHub's side."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from demo import project
from demo.stage import DemoFailed, Stage
from sandbox.state import CheckRun, Comment, Run

Tell = Callable[[str], None]
Found = TypeVar("Found")

VERIFIED = "### Fixed and verified"
"""How the comment begins at the end: what people read, not what the App remembers."""
_WAIT_SECONDS = 60
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened, `at` seconds after the story began."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened. `verified` is CI's own word: every job passed on the commit that was approved."""

    verified: bool
    seconds: float
    repository: str
    pull_request: int
    head_sha: str
    failed_jobs: tuple[str, ...]
    fix_sha: str
    fix_diff: str
    check_run: CheckRun
    comment: str
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What waits for a person's decision."""

    head_sha: str
    pull_request: int
    check_run: CheckRun


class Story:
    """Plays once. `doing` is told what is being waited for, `done` what has happened."""

    def __init__(self, stage: Stage, doing: Tell, done: Tell) -> None:
        self._stage = stage
        self._doing = doing
        self._done = done
        self._began = time.monotonic()
        self._moments: list[Moment] = []

    async def begin(self) -> Proposal:
        """As far as what CI Fixer says of the failed run. Raises DemoFailed where something does not come to pass."""
        await self._green_base()
        head, number = await self._red_pull_request()
        return Proposal(head, number, await self._diagnosis(head, number))

    async def play(self) -> Outcome:
        """All of it, to CI's verdict on the fix. Raises DemoFailed as `begin` does."""
        proposal = await self.begin()
        head, number, first = proposal.head_sha, proposal.pull_request, proposal.check_run
        fix_sha = await self._approval(head, number)
        last = await self._verdict(first, fix_sha)
        comment = await self._last_comment(number)
        self._say(f"CI Fixer says: {_heading(comment)}")
        run = self._run(fix_sha)
        passed = run is not None and run.attempt.conclusion == "success"
        return Outcome(
            verified=passed and last.conclusion == "success",
            seconds=time.monotonic() - self._began,
            repository=self._stage.repository.full_name,
            pull_request=number,
            head_sha=head,
            failed_jobs=self._failed_jobs(head),
            fix_sha=fix_sha,
            fix_diff=await self._diff(head, fix_sha),
            check_run=last,
            comment=comment.body,
            moments=tuple(self._moments),
        )

    async def _green_base(self) -> None:
        stage = self._stage
        sha = await stage.sandbox.push(stage.repository, "main", project.README, "Say what it is", project.MAINTAINER)
        self._say(f"{project.MAINTAINER} pushes to main of {stage.repository.full_name} ({sha[:7]})")
        run = await self._ended(sha, "CI on main")
        self._say(f"CI on main is {_word(run)}")

    async def _red_pull_request(self) -> tuple[str, int]:
        stage = self._stage
        head = await stage.sandbox.push(stage.repository, project.BRANCH, project.RED, project.TITLE, project.AUTHOR)
        number = await stage.sandbox.open_pull_request(
            stage.repository, project.AUTHOR, project.BRANCH, "main", project.TITLE
        )
        self._say(f"{project.AUTHOR} opens pull request #{number}: {project.TITLE} ({head[:7]})")
        run = await self._ended(head, "CI on the pull request")
        self._say(f"CI is {_word(run)}: {', '.join(self._failed_jobs(head))} failed")
        return head, number

    async def _diagnosis(self, head: str, number: int) -> CheckRun:
        await self._until(lambda: self._check_run(head), "CI Fixer's check run")
        self._say("CI Fixer opens its check run and reads the logs")

        def shown() -> CheckRun | None:
            found = self._check_run(head)
            done = found is not None and found.status == "completed" and self._comments(number)
            return found if done else None

        check_run = await self._until(shown, "what CI Fixer says of it")
        self._say(f"CI Fixer says on the check run: {check_run.title}")
        self._say(f"CI Fixer comments: {_heading(self._comments(number)[0])}")
        return check_run

    async def _approval(self, head: str, number: int) -> str:
        stage = self._stage
        await stage.sandbox.comment(stage.repository, number, project.MAINTAINER, "/approve looks right")
        self._say(f"{project.MAINTAINER} comments: /approve looks right")
        pull = stage.sandbox.pull_request(stage.repository, number)
        fix_sha = await self._until(
            lambda: pull.head_sha if pull.head_sha != head else None, "the commit of the approved fix"
        )
        self._say(f"{stage.app.slug}[bot] commits the fix to {project.BRANCH} ({fix_sha[:7]})")
        return fix_sha

    async def _verdict(self, check_run: CheckRun, fix_sha: str) -> CheckRun:
        run = await self._ended(fix_sha, "CI on the fix")
        self._say(f"CI on the fix is {_word(run)}")

        def concluded() -> CheckRun | None:
            return check_run if check_run.conclusion == "success" else None

        return await self._until(concluded, "CI Fixer's last word")

    # What GitHub shows

    async def _ended(self, sha: str, what: str) -> Run:
        def ended() -> Run | None:
            run = self._run(sha)
            return run if run is not None and run.attempt.status == "completed" else None

        return await self._until(ended, what)

    def _run(self, sha: str) -> Run | None:
        found = self._stage.sandbox.runs(self._stage.repository, sha)
        return found[-1] if found else None

    def _failed_jobs(self, sha: str) -> tuple[str, ...]:
        run = self._run(sha)
        return () if run is None else tuple(job.name for job in run.attempt.jobs if job.conclusion == "failure")

    def _check_run(self, head: str) -> CheckRun | None:
        runs = self._stage.sandbox.check_runs(self._stage.repository, self._stage.app)
        return next((run for run in runs if run.suite.head_sha == head), None)

    def _comments(self, number: int) -> list[Comment]:
        found = self._stage.sandbox.comments(self._stage.repository, number)
        return [one for one in found if one.app is not None and one.app.id == self._stage.app.app_id]

    async def _last_comment(self, number: int) -> Comment:
        """The comment once it says how it ended, which it does after the check run."""

        def ended() -> Comment | None:
            comment = next(iter(self._comments(number)), None)
            return comment if comment is not None and VERIFIED in comment.body else None

        return await self._until(ended, "CI Fixer's last word in the comment")

    async def _diff(self, before: str, after: str) -> str:
        return (await self._stage.sandbox.git(self._stage.repository).run("diff", before, after)).decode()

    # How it is told

    async def _until(self, look: Callable[[], Found | None], what: str) -> Found:
        self._doing(f"waiting for {what}")
        give_up = time.monotonic() + _WAIT_SECONDS
        while not (found := look()):
            if ended := [one.name for one in self._stage.programs if one.process.returncode is not None]:
                raise DemoFailed(f"ci-fixer {ended[0]} ended by itself.\n{self._stage.last_words()}")
            if time.monotonic() > give_up:
                raise DemoFailed(f"{_WAIT_SECONDS} seconds passed without {what}.\n{self._stage.last_words()}")
            await asyncio.sleep(_LOOK_SECONDS)
        return found

    def _say(self, text: str) -> None:
        self._moments.append(Moment(round(time.monotonic() - self._began, 2), text))
        self._done(text)


def _word(run: Run) -> str:
    return "green" if run.attempt.conclusion == "success" else "red"


def _heading(comment: Comment) -> str:
    """The comment's first words: it says the verdict first."""
    line = next(line for line in comment.body.splitlines() if line.startswith("#"))
    return line.lstrip("# ").replace("`", "").replace("\\", "").replace("\u200b", "")
