"""What of a model's answer stands on something: quotes that are there, files that were shown, text that is found.

First version: by the letter. A claim's quote stands in the log or the file it names, each edit's search stands once
in a file that was shown, and no edit touches a place that the policy closes. What does not is dropped and costs
confidence; an answer of which nothing is left is no fix.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agents.draft import Claim, Draft
from agents.prompt import Prompt
from analysis.edits import Edit, SourceFile
from analysis.patch import PatchError, apply_edits, prove, text_of
from analysis.policy import check
from analysis.redact import MASK

# A shorter quote stands in almost any log and proves nothing.
_SHORTEST_QUOTE = 6


@dataclass(frozen=True, slots=True)
class Grounded:
    """What is left of an answer, and why the rest is not: sentences without text of the model."""

    edits: tuple[Edit, ...]
    claims: tuple[Claim, ...]
    confidence: float
    dropped: tuple[str, ...]


def ground(draft: Draft, prompt: Prompt, files: Mapping[str, SourceFile]) -> Grounded:
    """Keep what can be resolved. Confidence falls by the share of claims and of edits that could not."""
    claims = tuple(claim for claim in draft.claims if _stands(claim, prompt))
    problems = edit_problems(draft.edits, prompt, files)
    edits = tuple(edit for edit in draft.edits if edit not in problems)
    reasons = list(problems.values())
    if edits:
        closed = _closed(files, edits)
        edits = tuple(edit for edit in edits if edit.path not in closed)
        reasons += closed.values()
    if not claims and edits:
        edits, reasons = (), [*reasons, "no claim of the answer rests on the log or the files"]
    elif len(claims) < len(draft.claims):
        reasons.append(f"{len(draft.claims) - len(claims)} of {len(draft.claims)} claims quote what is not there")
    kept = _share(len(claims), len(draft.claims)) * _share(len(edits), len(draft.edits))
    return Grounded(edits, claims, draft.confidence * kept, tuple(dict.fromkeys(reasons)))


def edit_problems(edits: tuple[Edit, ...], prompt: Prompt, files: Mapping[str, SourceFile]) -> dict[Edit, str]:
    """Say of each edit that cannot be applied why not, in words that the model can use to mend it."""
    problems: dict[Edit, str] = {}
    good: list[Edit] = []
    for edit in edits:
        problem = _problem(edit, prompt, files) or _together(files, [*good, edit])
        if problem is None:
            good.append(edit)
        else:
            problems[edit] = problem
    return problems


def _stands(claim: Claim, prompt: Prompt) -> bool:
    quotes = list(_quotes(claim, prompt))
    return bool(quotes) and all(_holds(text, quote) for text, quote in quotes)


def _quotes(claim: Claim, prompt: Prompt) -> Iterator[tuple[str, str]]:
    for said in claim.log:
        yield "\n".join(prompt.evidence), said.quote
    for shown in claim.files:
        yield prompt.files.get(shown.path, ""), shown.quote


def _holds(text: str, quote: str) -> bool:
    """Whether a quote stands in a text, line by line, white space at the lines' ends aside."""
    wanted = _plain(quote)
    return len(wanted) >= _SHORTEST_QUOTE and wanted in _plain(text)


def _plain(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().splitlines())


def _problem(edit: Edit, prompt: Prompt, files: Mapping[str, SourceFile]) -> str | None:
    if edit.path not in files or edit.path not in prompt.files:
        return "an edit names a file that was not shown"
    if MASK in edit.replace and MASK not in text_of(files[edit.path]):
        return "an edit holds a mark that stands for a secret"
    if not edit.search:
        return "an edit has no text to search for"
    return _together(files, [edit])


def _together(files: Mapping[str, SourceFile], edits: list[Edit]) -> str | None:
    try:
        apply_edits(files, edits)
    except PatchError as error:
        return f"{error.path or 'an edit'} {error.reason.split(' the text ')[0]}"
    return None


def _closed(files: Mapping[str, SourceFile], edits: tuple[Edit, ...]) -> dict[str, str]:
    """Find the files whose change the policy blocks or that would no longer parse: no engine proposes those."""
    closed: dict[str, str] = {}
    try:
        patch = apply_edits(files, edits)
        prove(patch)
    except PatchError as error:
        return {
            edit.path: f"{error.path} {error.reason}" for edit in edits if edit.path == error.path or not error.path
        }
    for finding in check(patch):
        if finding.blocking:
            paths = [finding.path] if finding.path else [patched.path for patched in patch.files]
            for path in paths:
                closed.setdefault(path, f"the policy refuses it ({finding.rule})")
    return closed


def _share(kept: int, all_of_them: int) -> float:
    return kept / all_of_them if all_of_them else 1.0
