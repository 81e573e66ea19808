"""From diagnoses to failures: equal ones folded, each judged job by job, ready to be stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from analysis.diagnosis import Diagnosis
from analysis.verdict import Judgement, Verdict, Witness, inherited, judge
from github_app.client import Installation
from github_app.model import Run
from handlers.services import Services
from handlers.tasks.reading import ReadJob, diagnosis_of
from handlers.tasks.witnesses import Head, complete_witnesses, history
from handlers.workflow_run import FAILING
from learning.likeness import likeness_row
from storage import failures
from storage.database import Connection
from storage.failures import FailedJob, FailureRow, NewFailure

_MOST_JUDGED = 8
"""Jobs of one failure that are judged by themselves: a matrix fails alike in all of them or in a few."""
# Where the jobs of one failure are judged differently, the verdict that excuses least speaks for it.
_LEAST_EXCUSING = (Verdict.YOURS, Verdict.UNKNOWN, Verdict.FLAKY, Verdict.BASE, Verdict.INFRASTRUCTURE)


_CUT = " Only the first 2 GiB of the log were read."


@dataclass(frozen=True, slots=True)
class _Judged:
    judgement: Judgement
    inherited: frozenset[str]


async def judged(
    services: Services, installation: Installation, heads: Sequence[Head], read: Sequence[ReadJob]
) -> list[NewFailure]:
    """One failure a fingerprint, with the jobs that show it and the verdict on it."""
    folded: dict[str, list[ReadJob]] = {}
    for one in read:
        folded.setdefault(one.diagnosis.fingerprint, []).append(one)
    for head in heads:
        await complete_witnesses(services, installation, head)
    async with services.database.connection() as connection:
        return [_failure(heads[0].run, group, await _group(connection, heads, group)) for group in folded.values()]


async def judge_again(connection: Connection, heads: Sequence[Head], failure: FailureRow) -> bool:
    """Judge a stored failure by what is known now; True where something else is to be said of it."""
    names = [job.name for job in failure.jobs]
    now = await _judge(connection, heads, diagnosis_of(failure.diagnosis_json), names)
    judgement = _with_cut(now.judgement) if failure.verdict_reason.endswith(_CUT) else now.judgement
    witnesses = msgspec.json.decode(failure.witnesses_json, type=tuple[Witness, ...])
    await failures.judge_again(
        connection,
        failure.failure_id,
        judgement.verdict.value,
        judgement.reason,
        msgspec.json.encode(judgement.witnesses).decode(),
        now.inherited,
    )
    before = failure.verdict, failure.verdict_reason, witnesses
    return before != (judgement.verdict.value, judgement.reason, judgement.witnesses)


async def _group(connection: Connection, heads: Sequence[Head], group: Sequence[ReadJob]) -> _Judged:
    judged = await _judge(connection, heads, group[0].diagnosis, [one.job.name for one in group])
    return replace(judged, judgement=_with_cut(judged.judgement)) if group[0].cut else judged


async def _judge(connection: Connection, heads: Sequence[Head], diagnosis: Diagnosis, names: Sequence[str]) -> _Judged:
    """What is known decides, not when it came to be known: a failure is judged the same way each time."""
    told: list[tuple[str, list[Judgement]]] = []
    shared: set[str] = set()
    for head in heads:
        past = [await history(connection, head, name) for name in names[:_MOST_JUDGED]]
        told.append((head.base_branch, [judge(diagnosis, known) for known in past]))
        shared |= frozenset().union(*(inherited(diagnosis, known) for known in past))
    return _Judged(_on_every_base(told), frozenset(shared))


def _with_cut(judgement: Judgement) -> Judgement:
    return replace(judgement, reason=f"{judgement.reason}{_CUT}")


def _on_every_base(told: Sequence[tuple[str, Sequence[Judgement]]]) -> Judgement:
    """What holds whichever base the commit is meant for; where that differs, nothing is guessed."""
    by_base = {base: _least_excusing(judgements) for base, judgements in told}
    first = next(iter(by_base.values()))
    if all(judgement.verdict == first.verdict for judgement in by_base.values()):
        return first
    differing = ", ".join(f"{judgement.verdict.value} against {base}" for base, judgement in by_base.items())
    witnesses = tuple(witness for judgement in by_base.values() for witness in judgement.witnesses)
    return Judgement(Verdict.UNKNOWN, f"its commit is in pull requests for several branches: {differing}.", witnesses)


def _least_excusing(told: Sequence[Judgement]) -> Judgement:
    return min(told, key=lambda one: _LEAST_EXCUSING.index(one.verdict))


def _failure(run: Run, group: Sequence[ReadJob], judged: _Judged) -> NewFailure:
    diagnosis = group[0].diagnosis
    jobs = tuple(
        FailedJob(one.job.job_id, one.job.name, _failed_step(one), one.job.html_url or run.html_url) for one in group
    )
    return NewFailure(
        repository_id=run.repository_id,
        run_id=run.run_id,
        run_attempt=run.run_attempt,
        head_sha=run.head_sha,
        head_branch=run.head_branch,
        fingerprint=diagnosis.fingerprint,
        category=diagnosis.category.value,
        confidence=diagnosis.confidence,
        tool=diagnosis.tool,
        headline=diagnosis.headline,
        message=diagnosis.message,
        jobs=jobs,
        verdict=judged.judgement.verdict.value,
        verdict_reason=judged.judgement.reason,
        witnesses_json=msgspec.json.encode(judged.judgement.witnesses).decode(),
        diagnosis_json=msgspec.json.encode(diagnosis).decode(),
        symptoms=diagnosis.symptoms,
        inherited=judged.inherited,
        likeness=likeness_row(diagnosis),
    )


def _failed_step(read: ReadJob) -> str | None:
    """As the API names it; the log's own heading only where the API says nothing."""
    return next((step.name for step in read.job.steps if step.conclusion in FAILING), read.diagnosis.step)
