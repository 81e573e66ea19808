"""What of a model's answer is believed: claims whose quotes stand, sentences whose quotes exist, edits that apply.

What does not stand is dropped and costs confidence; an answer of which no claim stands is "unknown" and no fix,
whatever else it says.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from agents.draft import Claim, Draft
from agents.engine import Description, FixAnswer, Outcome, Provenance, Usage
from agents.prompt import Prompt
from agents.proposed import closed_files, edit_problems
from agents.prose import Told, Words
from agents.quotes import file_problem, log_problem
from agents.sources import Sources
from analysis.complexity import Complexity, complexity
from analysis.diagnosis import Category
from analysis.edits import Edit, SourceFile
from analysis.patch import apply_edits

UNGROUNDED = "no claim of the answer rests on the log or the files"
_NO_FIX_KNOWN = "the model knows no fix"
# Characters shown of each: longer texts explain less.
_SUMMARY = 200
_ROOT_CAUSE = 1000
_STATEMENT = 500
_ASIDE = 500


@dataclass(frozen=True, slots=True)
class Grounded:
    """What is left of an answer, and why the rest is not: sentences without text of the model."""

    claims: tuple[Claim, ...]
    edits: tuple[Edit, ...]
    summary: str
    root_cause: str
    risk: str
    prevention: str
    category: Category
    confidence: float
    dropped: tuple[str, ...]


def ground(draft: Draft, prompt: Prompt, files: Mapping[str, SourceFile]) -> Grounded:
    """Keep what can be resolved. Confidence falls by the share of claims, sentences and edits that could not."""
    reasons: list[str] = []
    edits = _kept_edits(draft.edits, prompt, files, reasons)
    words = Words(prompt.sources, edits, prompt.instructions)
    claims = _kept_claims(draft.claims, prompt.sources, words, reasons)
    told = _told(draft, words, reasons)
    if not claims:
        return Grounded((), (), "", "", "", "", Category.UNKNOWN, 0.0, (*dict.fromkeys(reasons), UNGROUNDED))
    sentences = [told["summary"], told["root cause"]]
    share = _share(len(claims), len(draft.claims)) * _share(len(edits), len(draft.edits))
    share *= _share(sum(one.kept for one in sentences), sum(one.said for one in sentences))
    return Grounded(
        claims=claims,
        edits=edits,
        summary=told["summary"].text or _plain_summary(edits),
        root_cause=told["root cause"].text,
        risk=told["risk"].text,
        prevention=told["prevention"].text,
        category=draft.category,
        confidence=draft.confidence * share,
        dropped=tuple(dict.fromkeys(reasons)),
    )


def grounded_answer(
    draft: Draft, prompt: Prompt, files: Mapping[str, SourceFile], usage: Usage, by: Description
) -> FixAnswer:
    """Ground a draft and give what is left of it as the engine's answer, with where it came from."""
    grounded = ground(draft, prompt, files)
    fix = draft.fix and bool(grounded.edits)
    reasons = grounded.dropped if draft.fix or not grounded.claims else (_NO_FIX_KNOWN,)
    return FixAnswer(
        Outcome.FIX if fix else Outcome.NO_FIX,
        edits=grounded.edits if fix else (),
        summary=grounded.summary,
        root_cause=grounded.root_cause,
        confidence=grounded.confidence,
        complexity=_harder(draft, files, grounded.edits) if fix else "",
        risk=grounded.risk,
        usage=usage,
        model=by.model,
        reason="; ".join(reasons) or ("" if fix else "the answer holds no edit"),
        category=grounded.category,
        claims=grounded.claims,
        prevention=grounded.prevention,
        provenance=Provenance(by.name, by.model, prompt.version, grounded.dropped),
    )


def _kept_edits(
    edits: tuple[Edit, ...], prompt: Prompt, files: Mapping[str, SourceFile], reasons: list[str]
) -> tuple[Edit, ...]:
    problems = edit_problems(edits, prompt.sources, files)
    reasons += problems.values()
    kept = tuple(edit for edit in edits if edit not in problems)
    if not kept:
        return ()
    closed = closed_files(files, kept, prompt.allowed)
    reasons += closed.values()
    return tuple(edit for edit in kept if edit.path not in closed)


def _kept_claims(claims: tuple[Claim, ...], sources: Sources, words: Words, reasons: list[str]) -> tuple[Claim, ...]:
    kept: list[Claim] = []
    for number, claim in enumerate(claims, start=1):
        problem = _claim_problem(claim, sources, words)
        if problem is None:
            kept.append(Claim(words.publishable(claim.statement, _STATEMENT).text, claim.log, claim.files))
        else:
            reasons.append(f"claim {number} {problem}")
    return tuple(kept)


def _claim_problem(claim: Claim, sources: Sources, words: Words) -> str | None:
    if not claim.log and not claim.files:
        return "rests on nothing"
    problems = [log_problem(said, sources) for said in claim.log]
    problems += [file_problem(said, sources) for said in claim.files]
    for problem in problems:
        if problem is not None:
            return problem
    told = words.publishable(claim.statement, _STATEMENT)
    return None if 0 < told.said == told.kept else "speaks of what neither the log nor the files hold"


def _told(draft: Draft, words: Words, reasons: list[str]) -> dict[str, Told]:
    told = {
        "summary": words.publishable(draft.summary, _SUMMARY),
        "root cause": words.publishable(draft.root_cause, _ROOT_CAUSE),
        "risk": words.publishable(draft.risk, _ASIDE),
        "prevention": words.publishable(draft.prevention, _ASIDE, names_tools=False),
    }
    reasons += [
        f"{one.said - one.kept} of {one.said} sentences of the {name} speak of what is not there"
        for name, one in told.items()
        if one.kept < one.said
    ]
    return told


def _plain_summary(edits: tuple[Edit, ...]) -> str:
    return f"Change {', '.join(sorted({edit.path for edit in edits}))}"[:_SUMMARY] if edits else ""


def _harder(draft: Draft, files: Mapping[str, SourceFile], edits: tuple[Edit, ...]) -> str:
    """Count a change as hard as it looks, or as the model says where that is harder."""
    grades = tuple(Complexity)
    return max(draft.complexity, complexity(apply_edits(files, edits)), key=grades.index).value


def _share(kept: int, all_of_them: int) -> float:
    return kept / all_of_them if all_of_them else 1.0
