"""Whose failure it is, from stored runs alone: five answers, each with its witnesses, failing closed to `unknown`.

First version: what excuses a failure is the same fingerprint on the base branch's latest finished run, a pass and a
failure of one commit, or a category that no change causes. Anything else that is known is the change's own.
"""

from dataclasses import dataclass
from enum import StrEnum

from analysis.diagnosis import Category, Diagnosis

_NOBODYS = frozenset({Category.INFRASTRUCTURE, Category.NETWORK})


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
class PastRun:
    """A finished attempt of the same workflow; `fingerprints` is None where it failed and was not analysed."""

    run_id: int
    run_attempt: int
    head_sha: str
    head_branch: str | None
    conclusion: str | None
    html_url: str
    fingerprints: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class History:
    """What ran before: the base branch's runs (newest first), and other attempts and runs of the same head."""

    base: tuple[PastRun, ...] = ()
    same_head: tuple[PastRun, ...] = ()


def judge(diagnosis: Diagnosis, history: History, *, log_missing: bool = False) -> Judgement:
    """Say whose a failure is. A missing log is always `unknown`."""
    if log_missing or diagnosis.root_line is None:
        return Judgement(Verdict.UNKNOWN, "there is no log to judge by.")
    passed = next((run for run in history.same_head if run.conclusion == "success"), None)
    if passed is not None:
        return Judgement(
            Verdict.FLAKY, "the same commit passed in another run.", (_witness(passed, "the run that passed"),)
        )
    base = _latest_other(history)
    if base is not None and base.fingerprints is not None and diagnosis.fingerprint in base.fingerprints:
        reason = "the base branch's latest run fails the same way."
        return Judgement(Verdict.BASE, reason, (_witness(base, "the base branch's run"),))
    if diagnosis.category in _NOBODYS:
        return Judgement(Verdict.INFRASTRUCTURE, "what failed is the runner, the network or a service.")
    return _against_base(base)


def _against_base(base: PastRun | None) -> Judgement:
    if base is None:
        return Judgement(Verdict.UNKNOWN, "no finished run of this workflow on the base branch is known yet.")
    if base.conclusion == "success":
        reason = "the base branch's latest run of this workflow passed."
        return Judgement(Verdict.YOURS, reason, (_witness(base, "the base branch's run"),))
    if base.fingerprints is None:
        return Judgement(Verdict.UNKNOWN, "the base branch's latest run failed too, and was not analysed.")
    reason = "the base branch's latest run fails in another way."
    return Judgement(Verdict.YOURS, reason, (_witness(base, "the base branch's run"),))


def _latest_other(history: History) -> PastRun | None:
    """The newest base run of another commit: a commit is no witness for itself."""
    heads = {run.head_sha for run in history.same_head}
    ended = ("success", "failure", "timed_out")
    return next((run for run in history.base if run.head_sha not in heads and run.conclusion in ended), None)


def _witness(run: PastRun, text: str) -> Witness:
    return Witness(run.run_id, run.run_attempt, run.head_sha, run.html_url, text)
