"""A small world in which it is known whose each failure is: commits, branches, faults, and what CI says of them.

Nothing here knows how verdicts are given: faults have causes, runs show them, and `Replay.truth` is the cause. The
judge sees what a database would hold at that moment, and no more.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from analysis.diagnosis import Category, Diagnosis, Evidence, Fingerprint, Level, Location, LogLine
from analysis.verdict import History, PastJob, inherited

YOURS, NOT_YOURS = "yours", "not yours"
JOB = "test"


@dataclass(frozen=True)
class Fault:
    """A way to fail. `chance` is how often a run shows it; `path` is the file its message names."""

    name: str
    path: str
    chance: float = 1.0
    category: Category = Category.TEST
    text: str = ""


@dataclass(frozen=True)
class Commit:
    """A commit and the faults that its tree holds, by whose they are."""

    sha: str
    parent: "Commit | None"
    branch: str
    faults: frozenset[Fault] = frozenset()
    files: frozenset[str] = frozenset()
    mended: frozenset[Fault] = frozenset()
    added: frozenset[Fault] = frozenset()

    def line(self) -> Iterator["Commit"]:
        at: Commit | None = self
        while at is not None:
            yield at
            at = at.parent


@dataclass
class Run:
    """One attempt of the job on a commit, and on the base commit it was merged with, where it was."""

    run_id: int
    attempt: int
    head: Commit
    base: Commit
    event: str
    shown: frozenset[Fault]
    read: bool = True
    ran: bool = True
    finished: bool = True


@dataclass(frozen=True)
class Replay:
    """A failed run to judge, with what is known at that moment and whose it truly is."""

    name: str
    diagnosis: Diagnosis
    history: History
    truth: str
    log_missing: bool = False


@dataclass
class World:
    """A repository over time. `chances` are faults that no commit causes."""

    random: Random
    chances: tuple[Fault, ...] = ()
    runs: list[Run] = field(default_factory=list)
    inherited: dict[tuple[int, int], frozenset[str]] = field(default_factory=dict)
    main: Commit = field(default_factory=lambda: Commit("m0", None, "main"))
    count: int = 0

    def commit(self, parent: Commit, branch: str, *, adds: Iterable[Fault] = (), mends: Iterable[Fault] = (),
               files: Iterable[str] = ()) -> Commit:  # fmt: skip
        self.count += 1
        added, mended = frozenset(adds), frozenset(mends)
        faults = (parent.faults | added) - mended
        made = Commit(f"{branch[0]}{self.count}", parent, branch, faults, frozenset(files), mended, added)
        if branch == "main":
            self.main = made
        return made

    def run(
        self,
        head: Commit,
        event: str = "push",
        *,
        again: Run | None = None,
        finished: bool = True,
        ran: bool = True,
        read: bool = True,
    ) -> Run:
        """CI on a commit now; `again` is another attempt of an older run, on the same code.

        `state` may say that it is not `finished`, that the job never `ran`, or that its log was not `read`.
        """
        base = again.base if again else self.main
        faults = self._merged(base, head) if event == "pull_request" else head.faults
        shown = {fault for fault in faults if self.random.random() < fault.chance}
        shown |= {fault for fault in self.chances if self.random.random() < fault.chance}
        run_id = again.run_id if again else 1 + max((one.run_id for one in self.runs), default=0)
        attempt = again.attempt + 1 if again else 1
        made = Run(run_id, attempt, head, base, event, frozenset(shown), read, ran, finished)
        self.runs.append(made)
        if made.shown and made.ran and made.read:
            # As the App does it: what the base shows is noted when a failure happens, by what is known then.
            seen = self.replay("", made, "")
            self.inherited[run_id, attempt] = inherited(seen.diagnosis, seen.history)
        return made

    def _merged(self, base: Commit, head: Commit) -> frozenset[Fault]:
        """What git makes of both: the base as it is, with what the head's own commits add and mend."""
        mine = self.introduced(head)
        faults = set(base.faults)
        for commit in reversed([commit for commit in head.line() if commit.sha in mine]):
            faults = (faults | commit.added) - commit.mended
        return frozenset(faults)

    def introduced(self, head: Commit) -> frozenset[str]:
        if head.branch == "main":
            return frozenset({head.sha})
        mine = {commit.sha for commit in self.main.line()}
        return frozenset(commit.sha for commit in head.line() if commit.sha not in mine)

    def replay(self, name: str, run: Run, truth: str, *, log_missing: bool = False) -> Replay:
        """What can be known of a failed run when it ends."""
        before = [other for other in self.runs if other.run_id < run.run_id and other.ran]
        own = [other for other in self.runs if other is not run and other.run_id == run.run_id and other.ran]
        base_runs = [other for other in before if other.head.branch == "main" and run.head.branch != "main"]
        if run.head.branch == "main":
            base_runs = [other for other in before if other.head.branch == "main" and other.head is not run.head]
        finished = [other for other in base_runs if other.finished]
        elsewhere = [o for o in before if o.finished and o.head.branch not in ("main", run.head.branch)]
        fork = self._fork_point(run)
        introduced = self.introduced(run.head)
        touched = {path for commit in run.head.line() if commit.sha in introduced for path in commit.files}
        history = History(
            base=tuple(self._past(other) for other in reversed(finished)),
            base_pending=bool(base_runs) and not base_runs[-1].finished,
            fork_point=fork,
            same_code=tuple(self._past(other) for other in reversed(own)),
            elsewhere=tuple(self._past(other) for other in reversed(elsewhere)),
            introduced=introduced,
            touched=frozenset(touched),
        )
        return Replay(name, diagnosis(run.shown), history, truth, log_missing)

    def _fork_point(self, run: Run) -> PastJob | None:
        if run.event == "pull_request" or run.head.branch == "main":
            return None
        mine = self.introduced(run.head)
        begun = next((commit for commit in run.head.line() if commit.sha not in mine), None)
        found = [o for o in self.runs if o.head is begun and o.run_id < run.run_id and o.finished and o.ran]
        return self._past(found[-1]) if found else None

    def _past(self, run: Run) -> PastJob:
        later = [o for o in self.runs if o.run_id == run.run_id and o.attempt > run.attempt]
        return PastJob(
            run_id=run.run_id,
            run_attempt=run.attempt,
            head_sha=run.head.sha,
            head_branch=run.head.branch,
            passed=not run.shown,
            html_url=f"https://github.test/octo/geo/actions/runs/{run.run_id}",
            symptoms=frozenset(fault.name for fault in run.shown) if run.read else None,
            introduced=self.introduced(run.head),
            inherited=self.inherited.get((run.run_id, run.attempt), frozenset()),
            passed_later=any(not o.shown for o in later),
            failed_later=any(o.shown == run.shown for o in later),
        )


def diagnosis(shown: Iterable[Fault]) -> Diagnosis:
    """What the analysis says of a log that shows these faults."""
    faults = sorted(shown, key=lambda fault: fault.name)
    text = faults[0].text or f"FAILED {faults[0].path}::{faults[0].name}"
    places = tuple(
        Location(fault.path, 3, None, None, Level.ERROR, fault.name, None, "pytest", at)
        for at, fault in enumerate(faults, start=1)
    )
    return Diagnosis(
        lines=100,
        bytes=4000,
        category=faults[0].category,
        confidence=0.9,
        tool="pytest",
        step="Run tests",
        exit_code=1,
        headline=text,
        root_line=LogLine(90, text),
        fingerprint=Fingerprint("+".join(fault.name for fault in faults)),
        message=text,
        evidence=Evidence(8000, 0, ()),
        symptoms=tuple(fault.name for fault in faults),
        locations=places if faults[0].category is Category.TEST else (),
    )


def truth_of(run: Run, own: Sequence[Fault]) -> str:
    """Whose a failure is, by its causes: one fault of the change's own is enough to make it the author's.

    A fault that the code has without the change is not the change's.
    """
    there = run.base.faults if run.event == "pull_request" else begun_with(run)
    return YOURS if (set(own) - there) & run.shown else NOT_YOURS


def begun_with(run: Run) -> frozenset[Fault]:
    """The faults of the commit that a branch was begun from."""
    return next((commit.faults for commit in run.head.line() if commit.branch == "main"), frozenset())
