"""Whose failure it is, from stored runs alone: five answers, each with its witnesses, failing closed to `unknown`.

A failure is judged one job at a time, against runs of that very job. What excuses it:

- `base`: the base branch failed the same way just before, at the last commit where the job ran, or at the very commit
  that the head was begun from;
- `flaky`: the same code passed, in another attempt or run; or the same failure comes and goes on commits that share
  nothing with this one;
- `infrastructure`: the runner, GitHub or a service failed, in words that no change of a repository causes.

What excuses nothing, though it looks alike: a missing log, a base that never ran the job, a base run that holds the
head's own commits, a base whose newest run is not finished, another matrix job, another event (a pull request is tested
merged with its base, a push is not), branches that share commits, a failure in the files that the head changes.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from analysis.diagnosis import Category, Diagnosis

SURE = 0.5
"""Confidence of the category from which on it may excuse; below it a report says that it is not sure."""
_LEAST_SIGHTINGS = 3
"""Unrelated commits that must have failed the same way: two people make the same mistake more often than three."""
_MOST_OFTEN = 0.5
"""Share of unrelated commits beyond which a failure is no longer one that comes and goes."""

# What passes by itself. Names that do not resolve, refused connections, 401, 403 and 404 are left out: a wrong address
# or an unstarted server of one's own say the same.
_PASSING = re.compile(
    r"(?i)\b(?:50[0234]|429|52[0-9])\b|timed?[ -]?out|temporar|reset by peer|connection reset|ECONNRESET|EAI_AGAIN"
    r"|ETIMEDOUT|too many requests|rate limit|bad gateway|service unavailable|gateway time|internal server error"
    r"|remote end closed|unexpected eof|early eof|rpc failed|hung up|unexpected disconnect|try again later"
)
_MESSAGE_LENGTH = 2000


class Verdict(StrEnum):
    """Whose it is."""

    YOURS = "yours"
    BASE = "base"
    FLAKY = "flaky"
    INFRASTRUCTURE = "infrastructure"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Witness:
    """A run that a verdict rests on."""

    run_id: int
    run_attempt: int
    head_sha: str
    html_url: str
    text: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with its reason in a sentence."""

    verdict: Verdict
    reason: str
    witnesses: tuple[Witness, ...] = ()


@dataclass(frozen=True, slots=True)
class PastJob:
    """One finished run of the same job: skipped and cancelled ones are none. Made from what is stored.

    `symptoms` are those of its failures, None where it failed and nobody read its log. `introduced` are
    the commits that its head adds to the base branch, None where that is not known. `inherited`: those of its symptoms
    that its own base showed when it ran; `passed_later` and `failed_later`: what later attempts on the same code said.
    """

    run_id: int
    run_attempt: int
    head_sha: str
    head_branch: str | None
    passed: bool
    html_url: str
    symptoms: frozenset[str] | None = frozenset()
    introduced: frozenset[str] | None = None
    inherited: frozenset[str] = frozenset()
    passed_later: bool = False
    failed_later: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """What ran of the same job, each list newest first.

    `base`: on the base branch, before the judged run began. `base_pending`: the base branch has a newer run that is
    not finished. `fork_point`: at the commit that the head was begun from. `same_code`: other attempts, and other runs
    that tested the very same code. `elsewhere`: on other branches. `introduced`: the commits that the head adds to the
    base branch, and `touched` the files that it changes; None where not known.
    """

    base: tuple[PastJob, ...] = ()
    base_pending: bool = False
    fork_point: PastJob | None = None
    same_code: tuple[PastJob, ...] = ()
    elsewhere: tuple[PastJob, ...] = ()
    introduced: frozenset[str] | None = None
    touched: frozenset[str] | None = None


def judge(diagnosis: Diagnosis, history: History, *, log_missing: bool = False) -> Judgement:
    """Say whose a failure is. A missing log is always `unknown`.

    A job may fail in several ways at once: every one of them must be excused, or the failure is not.
    """
    if log_missing or diagnosis.root_line is None:
        return Judgement(Verdict.UNKNOWN, "there is no log to judge by.")
    return (
        _passed_too(history)
        or _base_fails_too(diagnosis, history)
        or _passing_trouble(diagnosis)
        or _comes_and_goes(diagnosis, history)
        or _unexcused(history)
    )


def _passed_too(history: History) -> Judgement | None:
    passed = next((job for job in history.same_code if job.passed), None)
    if passed is None:
        return None
    reason = "the same job passed on the same code in another attempt or run."
    return Judgement(Verdict.FLAKY, reason, (_witness(passed, "where it passed"),))


def _base_fails_too(diagnosis: Diagnosis, history: History) -> Judgement | None:
    symptoms = set(diagnosis.symptoms)
    latest = _failing_base(history)
    if latest is not None and symptoms and symptoms <= _shown(latest):
        reason = "the base branch's latest run of this job fails the same way."
        return Judgement(Verdict.BASE, reason, (_witness(latest, "the base branch's run"),))
    begun = history.fork_point
    if (
        begun is not None
        and symptoms
        and symptoms <= _shown(begun)
        and begun.head_sha not in (history.introduced or ())
    ):
        reason = "this job already failed the same way at the commit that the branch was begun from."
        return Judgement(Verdict.BASE, reason, (_witness(begun, "the run at that commit"),))
    return None


def _latest(history: History) -> PastJob | None:
    """The newest base run that cannot hold the head's own commits: a commit is no witness for itself."""
    own = {job.head_sha for job in history.same_code} | (history.introduced or set())
    return next((job for job in history.base if job.head_sha not in own), None)


def _failing_base(history: History) -> PastJob | None:
    """The base branch's latest run, where it failed and nothing newer is under way that may have mended it."""
    latest = _latest(history)
    return None if latest is None or latest.passed or history.base_pending else latest


def _shown(job: PastJob | None) -> frozenset[str]:
    """The ways in which a job failed; none where it passed, and none where nobody knows."""
    return frozenset() if job is None or job.passed or job.symptoms is None else job.symptoms


def _fresh(job: PastJob) -> frozenset[str]:
    return _shown(job) - job.inherited


def inherited(diagnosis: Diagnosis, history: History) -> frozenset[str]:
    """Those of a failure's symptoms that its base shows too: kept with it, for the verdicts on later failures."""
    return frozenset(diagnosis.symptoms) & (_shown(_latest(history)) | _shown(history.fork_point))


def _passing_trouble(diagnosis: Diagnosis) -> Judgement | None:
    """Trouble of the runner, of GitHub, or of the way to a service: the log itself is the witness."""
    if diagnosis.confidence < SURE:
        return None
    if diagnosis.category is Category.INFRASTRUCTURE:
        return Judgement(Verdict.INFRASTRUCTURE, "the runner or a service that CI stands on failed.")
    if diagnosis.category is Category.NETWORK and _PASSING.search(_said(diagnosis)):
        return Judgement(Verdict.INFRASTRUCTURE, "a service on the network answered late, wrongly or not at all.")
    return None


def _said(diagnosis: Diagnosis) -> str:
    root = diagnosis.root_line.text if diagnosis.root_line is not None else ""
    return f"{diagnosis.headline}\n{root}"[:_MESSAGE_LENGTH]


def _comes_and_goes(diagnosis: Diagnosis, history: History) -> Judgement | None:
    """The same failure on several commits that share nothing with this one, between passes."""
    if history.introduced is None or _latest(history) is None or _is_about_the_change(diagnosis, history):
        return None
    left = set(diagnosis.symptoms) - _shown(_failing_base(history))
    if not left or any(left & _shown(job) for job in history.same_code):
        # It failed again on this very code: what comes and goes would more likely have passed.
        return None
    jobs = list(_unrelated(history))
    failed: list[PastJob] = []
    for symptom in left:
        sightings = _sightings(symptom, jobs, history)
        if not sightings:
            return None
        failed += sightings
    unique = list(dict.fromkeys(failed))
    reason = f"the same failure came and went on {len(unique)} of {len(jobs)} unrelated commits."
    shown = tuple(_witness(job, f"on {job.head_branch or job.head_sha[:7]}") for job in unique[:3])
    return Judgement(Verdict.FLAKY, reason, shown)


def _sightings(symptom: str, jobs: Sequence[PastJob], history: History) -> list[PastJob]:
    """The runs that show one symptom coming and going; none where it does not, or too seldom to tell."""
    latest = _latest(history)
    # One breakage of the base shows on every branch that is begun on it: that is no sighting of its own.
    failed = [job for job in jobs if symptom in _fresh(job)]
    # What failed again on the same code, and never passed on it, was a fault of that code.
    told = [job for job in failed if job.passed_later or not job.failed_later]
    least = _LEAST_SIGHTINGS - any(job.passed_later for job in told)
    steady = symptom in _shown(latest) or _fails_often(jobs, failed, history)
    return [] if len(told) < least or steady or not _interleaved(symptom, jobs) else told


def _fails_often(jobs: Sequence[PastJob], failed: Sequence[PastJob], history: History) -> bool:
    """Over all, or on branches alone: what the base branch passes by rule may fail on each pull request by rule."""
    branches = [job for job in jobs if job not in history.base]
    on_branches = [job for job in failed if job not in history.base]
    return len(failed) > _MOST_OFTEN * len(jobs) or len(on_branches) > _MOST_OFTEN * len(branches)


def _is_about_the_change(diagnosis: Diagnosis, history: History) -> bool:
    if history.touched is None:
        return True
    return any(location.path in history.touched for location in diagnosis.locations)


def _unrelated(history: History) -> Iterable[PastJob]:
    """One run a commit, of base and other branches, that shares no commit with the head or with another one."""
    seen: set[str] = set(history.introduced or ()) | {job.head_sha for job in history.same_code}
    for job in sorted((*history.base, *history.elsewhere), key=lambda job: -job.run_id):
        own = frozenset({job.head_sha}) if job in history.base else job.introduced
        if own is None or seen & (own | {job.head_sha}):
            continue
        seen |= own | {job.head_sha}
        yield job


def _interleaved(symptom: str, jobs: Sequence[PastJob]) -> bool:
    """Whether passes stand between the failures: what broke once and was mended fails in one stretch."""
    seen = [symptom in _fresh(job) for job in jobs if job.passed or job.symptoms is not None]
    return sum(now and not before for before, now in pairwise([False, *seen])) > 1


def _unexcused(history: History) -> Judgement:
    latest = _latest(history)
    if latest is None:
        return Judgement(Verdict.UNKNOWN, "no finished run of this job on the base branch is known.")
    witness = (_witness(latest, "the base branch's run"),)
    if latest.passed:
        return Judgement(Verdict.YOURS, "the base branch's latest run of this job passed.", witness)
    if latest.symptoms is None:
        return Judgement(Verdict.UNKNOWN, "the base branch's latest run of this job failed too, and was not read.")
    if history.base_pending:
        return Judgement(Verdict.UNKNOWN, "the base branch was failing, and its newest run is not finished.")
    return Judgement(Verdict.YOURS, "the base branch's latest run of this job fails in another way.", witness)


def _witness(job: PastJob, text: str) -> Witness:
    return Witness(job.run_id, job.run_attempt, job.head_sha, job.html_url, text)
