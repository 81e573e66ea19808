"""Honest answers to real failures: every quote is copied from the diagnosis or the files of a recorded case."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from agents.draft import Claim, Draft, FileQuote, LogQuote
from agents.engine import FixRequest
from agents.grounding import Grounded, ground
from agents.prompt import Prompt, build_prompt
from agents.quotes import SHORTEST
from analysis.diagnosis import Category, Diagnosis
from analysis.edits import Edit, SourceFile
from tests.analysis.recorded_cases import case_of, diagnosis_of, recorded_names


@dataclass(frozen=True, slots=True)
class Honest:
    """A failure, the answer to it, and what the answer's writer saw: the log by number and the files by path."""

    name: str
    draft: Draft
    prompt: Prompt
    files: Mapping[str, SourceFile]
    log: Mapping[int, str]
    lines: Mapping[str, tuple[str, ...]]

    def judged(self, draft: Draft | None = None) -> Grounded:
        return ground(draft or self.draft, self.prompt, self.files)


def log_of(diagnosis: Diagnosis) -> dict[int, str]:
    return {
        block.start + at: text for block in diagnosis.evidence.blocks for at, text in enumerate(block.text.split("\n"))
    }


@cache
def honest_answers() -> tuple[Honest, ...]:
    found = (_honest(name) for name in recorded_names())
    return tuple(one for one in found if one is not None)


def _honest(name: str) -> Honest | None:
    diagnosis = diagnosis_of(name, 8000)
    root = diagnosis.root_line
    log = log_of(diagnosis)
    if root is None or "***" in root.text or len(root.text.strip()) < SHORTEST or log.get(root.line) != root.text:
        return None
    files = {path: SourceFile(path, text.encode(), "0" * 40) for path, text in case_of(name).files.items()}
    lines = {path: tuple(text.removesuffix("\n").split("\n")) for path, text in case_of(name).files.items()}
    claims = [Claim("The log says what is wrong.", (LogQuote(root.line, root.text),))]
    place = _place(diagnosis, lines)
    edits: tuple[Edit, ...] = ()
    summary = "Mend what the job reports"
    if place is not None:
        path, number, text = place
        claims.append(Claim(f"It is about `{text.strip()}` in {path}.", files=(FileQuote(path, number, text),)))
        summary = f"Mend {path}"
        if case_of(name).files[path].count(text) == 1 and not path.startswith(".") and not path.endswith(".toml"):
            edits = (Edit(path, text, text + "\n"),)
    draft = Draft(
        fix=bool(edits),
        summary=summary,
        root_cause=f"The job ended at log line {root.line}. It said: {_quoted(root.text.strip())}.",
        claims=tuple(claims),
        edits=edits,
        confidence=0.8,
        risk="Nothing else reads that line.",
        category=Category.TEST,
        prevention="Run the same command before each push.",
    )
    prompt = build_prompt(FixRequest((diagnosis,), files, "octo/app", "a" * 40))
    return Honest(name, draft, prompt, files, log, lines)


def _quoted(text: str) -> str:
    """Quote a line with marks that it does not hold; half of it where it holds them all."""
    for opened, closed in ("``", '""', "“”", "«»"):
        if opened not in text and closed not in text:
            return f"{opened}{text}{closed}"
    return "what the claim quotes"


def _place(diagnosis: Diagnosis, lines: Mapping[str, tuple[str, ...]]) -> tuple[str, int, str] | None:
    for location in diagnosis.locations:
        number = location.line or 1
        text = lines.get(location.path, ())[number - 1 : number]
        if text and len(text[0].strip()) >= SHORTEST and "`" not in text[0] and "***" not in text[0]:
            return location.path, number, text[0]
    return None
