"""All that is known of a commit's failures as one comment: pure, scrubbed, escaped, folded, and never too long."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from analysis.redact import scrub
from github_app.alike import listed
from github_app.markdown import code, fence, fit, folded, plain, prose
from github_app.publish import COMMENT_LIMIT
from github_app.report import SimilarFix

_MOST_PARTS = 20
"""Folded parts: a matrix that fails in more ways than that is read in its logs."""
_PART_FRAME = 200
"""Characters around a part's body."""
_HEAD_LIMIT = 1_000
"""Characters of one run's heading with its note."""
_MOST_LISTED = 50
_LINE_LIMIT = 300
_OUTPUT_LIMIT = 4_000
"""Characters of what one step said: the rest of a file that it read is in the repository."""


@dataclass(frozen=True, slots=True)
class ExplainedFailure:
    """One distinct failure with its evidence: (first line, text) of each block, as the log counts."""

    category: str
    confidence: float
    headline: str
    tool: str | None
    exit_code: int | None
    fingerprint: str
    jobs: tuple[str, ...]
    verdict: str
    verdict_reason: str
    places: tuple[str, ...]
    tests: tuple[str, ...]
    evidence: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class ExplainedStep:
    """One step of the agent's plan, how far it has come, and what it said."""

    tool: str
    task: str
    state: str
    output: str


@dataclass(frozen=True, slots=True)
class ExplainedRun:
    """One analysed run: its failures, fixes of like ones, and the plan's steps where an agent was asked."""

    workflow_name: str
    html_url: str
    head_sha: str
    note: str
    failures: tuple[ExplainedFailure, ...]
    steps: tuple[ExplainedStep, ...]
    similar: tuple[SimilarFix, ...] = ()


def explanation(runs: Sequence[ExplainedRun]) -> str:
    """The comment, within GitHub's limit; what is cut says so where it is cut."""
    shown, parts, left = [], 0, 0
    count = min(sum(len(run.failures) + bool(run.similar) + bool(run.steps) for run in runs), _MOST_PARTS)
    heads = min(len(runs), _MOST_PARTS) * _HEAD_LIMIT
    limit = (COMMENT_LIMIT - heads) // max(count, 1) - _PART_FRAME
    for run in runs[:_MOST_PARTS]:
        shown.append(fit(_head(run), _HEAD_LIMIT))
        for summary, body in _parts(run):
            if parts == _MOST_PARTS:
                left += 1
                continue
            parts += 1
            shown.append(folded(summary, fit(scrub(body()).text, limit)))
    if left:
        shown.append(f"{left} more parts are left out: a comment holds no more.")
    return fit("\n\n".join(shown), COMMENT_LIMIT)


def _head(run: ExplainedRun) -> str:
    head = f"### [{plain(run.workflow_name)}]({run.html_url}) on {code(run.head_sha[:7])}"
    return f"{head}\n\n{prose(_cut(run.note))}" if run.note else head


def _parts(run: ExplainedRun) -> Iterator[tuple[str, Callable[[], str]]]:
    """Each part's summary, which is HTML and so holds words of ours alone, and what makes its body."""
    for at, failure in enumerate(run.failures, 1):
        yield f"Failure {at}: {failure.category.replace('_', ' ')}", partial(_failure, failure)
    if run.similar:
        yield f"Fixes of like failures: {len(run.similar)}", partial(listed, run.similar)
    if run.steps:
        yield f"The plan: {len(run.steps)} steps", partial(_plan, run.steps)


def _failure(failure: ExplainedFailure) -> str:
    facts = [
        f"**{code(_cut(failure.headline))}**",
        f"- {failure.category.replace('_', ' ')}, {round(failure.confidence * 100)} % sure of that",
        f"- whose: {failure.verdict}; {plain(failure.verdict_reason)}",
        f"- jobs: {', '.join(code(_cut(name)) for name in failure.jobs[:_MOST_LISTED])}",
        f"- fingerprint: {code(failure.fingerprint)}",
    ]
    if failure.tool is not None:
        facts.append(f"- tool: {code(failure.tool)}")
    if failure.exit_code is not None:
        facts.append(f"- exit code: {failure.exit_code}")
    parts = ["\n".join([facts[0], "", *facts[1:]])]
    parts += _listed("Places", failure.places)
    parts += _listed("Failed tests", failure.tests)
    parts += [f"From line {start} of the log:\n\n{fence(text, 'text')}" for start, text in failure.evidence]
    return "\n\n".join(parts)


def _listed(title: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    more = [f"- and {len(lines) - _MOST_LISTED} more"] if len(lines) > _MOST_LISTED else []
    return ["\n".join([f"{title}:", "", *(f"- {code(_cut(line))}" for line in lines[:_MOST_LISTED]), *more])]


def _plan(steps: Sequence[ExplainedStep]) -> str:
    return "\n\n".join(map(_step, steps))


def _step(step: ExplainedStep) -> str:
    head = f"{code(step.tool)} ({step.state}): {plain(step.task)}"
    return f"{head}\n\n{fence(step.output[:_OUTPUT_LIMIT], 'text')}" if step.output else head


def _cut(text: str) -> str:
    return text if len(text) <= _LINE_LIMIT else text[: _LINE_LIMIT - 1] + "…"
