"""A workflow run for real on a repository of the test's own, and what came of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sandbox.git import ZERO, Git, Signature, create_bare
from sandbox.git_write import commit_files, move_ref
from sandbox.running import JobOutcome, Kept, RunOrder
from sandbox.state import Trigger
from sandbox.workflows.runner import LocalRunner
from tests.sandbox.workflows.reading import PATH, readable

_STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z ", re.MULTILINE)
MONA = Signature("Mona", "mona@example.test", datetime(2026, 11, 23, tzinfo=UTC))


@dataclass
class Seen:
    """A watcher that remembers: what happened in order, and how each job ended."""

    events: list[tuple[str, str]] = field(default_factory=list)
    outcomes: dict[str, JobOutcome] = field(default_factory=dict)
    conclusion: str = ""

    def queued(self, slot: str, name: str) -> None:
        self.events.append(("queued", name))

    def started(self, slot: str, name: str) -> None:
        self.events.append(("started", name))

    def ended(self, outcome: JobOutcome) -> None:
        self.events.append(("ended", outcome.name))
        self.outcomes[outcome.name] = outcome

    @property
    def job(self) -> JobOutcome:
        """The only job."""
        (outcome,) = self.outcomes.values()
        return outcome

    def conclusions(self) -> dict[str, str]:
        """How each job ended."""
        return {name: outcome.conclusion for name, outcome in self.outcomes.items()}

    def steps(self, name: str | None = None) -> dict[str, str]:
        """How each of a job's own steps ended."""
        outcome = self.job if name is None else self.outcomes[name]
        own = [one for one in outcome.steps if one.name not in ("Set up job", "Complete job")]
        return {one.name: one.conclusion for one in own if not one.name.startswith("Post ")}

    def log(self, name: str | None = None) -> str:
        """A job's log without the stamps of its lines."""
        outcome = self.job if name is None else self.outcomes[name]
        assert outcome.log is not None
        return _STAMP.sub("", outcome.log.read_text(encoding="utf-8-sig"))

    def said(self, name: str | None = None) -> list[str]:
        """What a job's steps printed: its log without groups and without what the runner says."""
        told = re.sub(r"##\[group\].*?##\[endgroup\]\n", "", self.log(name), flags=re.DOTALL)
        own = ("Current runner", "Complete job name", "Cleaning up", "Post job cleanup", "Syncing", "[command]")
        return [line for line in told.splitlines() if not line.startswith(own)]


@dataclass
class Bench:
    """A bare repository with one commit on main, and a runner."""

    folder: Path
    git_folder: Path
    sha: str
    runs: int = 0

    def order(self, kept: Mapping[str, Kept] | None = None, **trigger: str) -> RunOrder:
        """What a push to main orders; the trigger's fields can be told otherwise."""
        self.runs += 1
        told = {"event": "push", "ref": "refs/heads/main", "sha": self.sha} | trigger
        return RunOrder(
            repository_git=self.git_folder,
            full_name="octo/repo",
            default_branch="main",
            trigger=Trigger(payload={"after": self.sha}, **told),
            actor="mona",
            triggering_actor="mona",
            run_id=7,
            run_number=3,
            attempt=1,
            server_url="http://sandbox.test",
            workflow_path=PATH,
            workdir=self.folder / f"run-{self.runs}",
            kept=kept or {},
        )

    async def run(self, text: str, kept: Mapping[str, Kept] | None = None, **trigger: str) -> Seen:
        """Run a workflow to its end."""
        seen = Seen()
        runner = LocalRunner()
        seen.conclusion = await runner.run(readable(text), self.order(kept, **trigger), seen)
        return seen

    async def steps(self, steps: str, job: str = "", **trigger: str) -> Seen:
        """Run one job of some steps, of which more may be said."""
        lines = [f"    {line}" for line in job.strip("\n").splitlines()]
        indented = [f"      {line}" for line in steps.strip("\n").splitlines()]
        head = ["on: push", "jobs:", "  test:", "    runs-on: ubuntu-latest", *lines, "    steps:", *indented]
        return await self.run("\n".join(head) + "\n", None, **trigger)

    async def commit(self, files: dict[str, bytes | None], ref: str = "refs/heads/main") -> str:
        """A further commit on a ref; gives its sha."""
        git = Git(self.git_folder)
        before = await git.ref(ref)
        sha = await commit_files(git, before or self.sha, files, "A change", author=MONA, committer=MONA)
        await move_ref(git, ref, sha, before or ZERO)
        return sha


async def make_bench(folder: Path) -> Bench:
    """A bench in a folder."""
    git = await create_bare(folder / "repository.git", "main")
    files: dict[str, bytes | None] = {"a.txt": b"first\n", "src/b.txt": b"deep\n"}
    sha = await commit_files(git, None, files, "First", author=MONA, committer=MONA)
    await move_ref(git, "refs/heads/main", sha, ZERO)
    return Bench(folder, git.path, sha)
