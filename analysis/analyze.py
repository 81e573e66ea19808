"""From one job's log to its diagnosis: one pass over the bytes, then thinking over the few lines that were kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.blocks import Chunks
from analysis.book import with_own
from analysis.classify import classify
from analysis.diagnosis import Diagnosis, LogLine, Script
from analysis.extract import evidence
from analysis.findings import Finding, findings, unwrapped
from analysis.fingerprint import cause, fingerprint, symptoms
from analysis.locate import failed_tests, locations
from analysis.novelty import NOTHING, Normal
from analysis.own_secrets import NONE, OwnSecrets
from analysis.rank import fallback_line, rank
from analysis.rules import Rule
from analysis.scan import Scan, Scanner
from analysis.steps import Step

HEADLINE_LENGTH = 300
"""Characters: what a check run's title and a comment's first line can show."""

COMMANDS_KEPT = 200
"""Commands told of a job: few jobs run more, and a log that imitates them must not fill the database."""


def analyze(
    chunks: Chunks,
    *,
    budget_tokens: int = 8000,
    scrub: bool = True,
    normal: Normal = NOTHING,
    own: Sequence[Rule] = (),
    secrets: OwnSecrets = NONE,
) -> Diagnosis:
    """Diagnose one job's log, given in chunks of any size, in bounded memory.

    Any bytes give an answer. `scrub` off leaves secrets in it: for measuring alone. `normal` is what green runs of
    the job said, `own` are rules of the repository's own, and `secrets` what it masks; without them, nothing changes.
    """
    book = with_own(own)
    scan = Scanner(scrubbing=scrub, book=book, own=secrets).read(chunks)
    found = findings(scan, book.rules)
    ranked = rank(scan, found, normal)
    root = None if ranked.root is None else found[ranked.root]
    root_line = fallback_line(scan, normal) if root is None else LogLine(root.line, scan.text[root.line])
    step = scan.step_of(root_line.line) if root_line else scan.steps[0]
    kind = classify(found, ranked, step)
    places = locations(found)
    text = root_line.text if root_line else ""
    told = cause(kind.tool or kind.category.value, scan, found, root, text, places)
    return Diagnosis(
        lines=scan.lines,
        bytes=scan.bytes,
        category=kind.category,
        confidence=kind.confidence,
        tool=kind.tool,
        step=step.name,
        exit_code=_exit_code(scan, found, step),
        headline=_headline(text),
        root_line=root_line,
        fingerprint=fingerprint(told),
        message=told.message,
        evidence=evidence(scan, found, ranked, root_line.line if root_line else None, budget_tokens, normal),
        locations=places,
        failed_tests=failed_tests(found),
        redactions=scan.redactions,
        symptoms=symptoms(told),
        commands=_commands(scan),
        script=_script(scan, step),
    )


def _headline(text: str) -> str:
    """Say the cause in one line, without runners' prefixes."""
    words = " ".join(unwrapped(text).split())
    return words if len(words) <= HEADLINE_LENGTH else words[: HEADLINE_LENGTH - 1] + "…"


def _commands(scan: Scan) -> tuple[str, ...]:
    """Give what the steps ran; of more than COMMANDS_KEPT the first half and the last."""
    told = list(dict.fromkeys(command for step in scan.steps if not step.post for command in step.commands))
    if len(told) > COMMANDS_KEPT:
        del told[COMMANDS_KEPT // 2 : len(told) - COMMANDS_KEPT // 2]
    return tuple(told)


def _script(scan: Scan, step: Step) -> Script | None:
    """Give the step's script where the runner said that it failed, and no other: of two, one may have been let fail."""
    failed = [each for each in scan.steps if each.exit_code]
    return step.script if failed == [step] else None


def _exit_code(scan: Scan, found: list[Finding], step: Step) -> int | None:
    """The cause's own step knows best, then any step that failed, then a tool that told one."""
    for each in (step, *scan.steps):
        if each.exit_code is not None:
            return each.exit_code
    codes = [finding.groups["exit"] for finding in found if "exit" in finding.groups]
    return int(codes[-1]) if codes else None


@dataclass(frozen=True, slots=True)
class JobDiagnosis:
    """The diagnosis of one log among those of a run."""

    name: str
    diagnosis: Diagnosis
