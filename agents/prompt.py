"""What a model is sent: the evidence and the files as fenced data, numbered, scrubbed of secrets and capped."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from agents.context import chosen, numbered, shares
from agents.engine import FixRequest
from agents.examples import told as told_as_examples
from agents.fences import fenced, longest_run
from agents.past import told as told_of_past
from agents.sources import Sources, distinct, shown, sources_of
from analysis.diagnosis import Diagnosis
from analysis.policy.model import Allowed

VERSION = "propose.v3"
"""The name of the instructions, stored with each answer."""

_TOKEN = 4
CHARACTERS = 7000 * _TOKEN
"""All that is sent but files and examples: the instructions, facts and evidence. With 1,000 tokens for the schema of
the answer, a model is sent 8,000, in which the cause stands (`make bench-context`)."""
FILES_CHARACTERS = 16_000 * _TOKEN
"""Of the files together: they are what an edit is made of."""
_FILE_CHARACTERS = 6_000 * _TOKEN
_LINES_AROUND = 60
"""A longer file is shown around the lines that the log names."""
_JOBS = 8
"""Distinct failures told of: more would leave none of them room enough."""
# Names, headlines and hints are short where they are honest.
_WORD_CHARACTERS = 300
_HINT_CHARACTERS = 2000
_FACTS_CHARACTERS = 3000
_MARGIN = 400
"""For fences and headings."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """The texts sent, and what a quote in the answer may stand in.

    `evidence` is the numbered text of each job, `files` that of each file shown; `allowed` is what edits may touch.
    """

    instructions: str
    text: str
    evidence: tuple[str, ...]
    files: Mapping[str, str]
    sources: Sources
    version: str = VERSION
    allowed: Allowed = field(default_factory=Allowed)


@cache
def instructions() -> str:
    """Read the versioned instructions."""
    return (Path(__file__).parent / "prompts" / f"{VERSION}.md").read_text(encoding="utf-8")


def build_prompt(request: FixRequest) -> Prompt:
    """Put a request into words. Nothing of it is sent that is not shown here."""
    diagnoses = distinct(request.diagnoses)
    sources = sources_of(request)
    files = _shown_files(sources, diagnoses)
    parts = [f"Repository {_word(request.repository)} at commit {_word(request.head_sha)}."]
    if request.hint:
        parts += ["## A maintainer's hint", fenced(shown(request.hint[:_HINT_CHARACTERS]), "hint")]
    parts += told_of_past(request.past)
    facts = [_facts(diagnosis) for diagnosis in diagnoses[:_JOBS]]
    room = CHARACTERS - sum(map(len, (instructions(), *parts, *facts))) - _MARGIN - 100 * len(facts)
    logs = _logs(diagnoses[:_JOBS], sources, room)
    for number, (fact, log) in enumerate(zip(facts, logs, strict=True), start=1):
        parts += [f"## Failed job {number} of {len(diagnoses)}", fenced(fact, "json"), fenced(numbered(log), "log")]
    parts += ["## Files that may be edited" if files else "## No file can be edited"]
    for path, text in files.items():
        parts += [f"File {_word(path)}:", fenced(text, "file")]
    parts += told_as_examples(request.examples)
    told = replace(sources, logs=tuple(_told(sources.logs, logs)))
    return Prompt(instructions(), "\n\n".join(parts), tuple(map(numbered, logs)), files, told, allowed=request.allowed)


def _logs(diagnoses: Sequence[Diagnosis], sources: Sources, room: int) -> list[dict[int, str]]:
    wanted = [len(numbered(lines)) for lines in sources.logs[: len(diagnoses)]]
    return [
        chosen(diagnosis, lines, share - 2 * longest_run("\n".join(lines.values())))
        for diagnosis, lines, share in zip(diagnoses, sources.logs, shares(wanted, room), strict=False)
    ]


def _told(known: Sequence[Mapping[int, str]], sent: Sequence[Mapping[int, str]]) -> list[Mapping[int, str]]:
    """Know each line as it was sent, which may be cut, and the rest of the evidence as it is stored."""
    rest: list[Mapping[int, str]] = [dict[int, str]() for _ in known[len(sent) :]]
    return [{**lines, **cut} for lines, cut in zip(known, [*sent, *rest], strict=True)]


def _facts(diagnosis: Diagnosis) -> str:
    """Say what the analysis knows, and where in the log each place was named."""
    facts: dict[str, object] = {
        "category": diagnosis.category.value,
        "tool": diagnosis.tool and _cut(diagnosis.tool),
        "step": diagnosis.step and _cut(diagnosis.step),
        "exit_code": diagnosis.exit_code,
        "headline": _cut(diagnosis.headline),
        "root_line": diagnosis.root_line and diagnosis.root_line.line,
    }
    room = _FACTS_CHARACTERS
    places = [f"{place.path}:{place.line or '?'} (log line {place.log_line})" for place in diagnosis.locations]
    for name, words in (("locations", places), ("failed_tests", diagnosis.failed_tests)):
        room //= 2
        facts[name] = _within(room, [_cut(word) for word in words])
    return shown(json.dumps(facts, ensure_ascii=False, indent=0))


def _within(room: int, words: Sequence[str]) -> list[str]:
    taken: list[str] = []
    for word in words:
        room -= len(word) + 4
        if room < 0:
            break
        taken.append(word)
    return taken


def _shown_files(sources: Sources, diagnoses: Sequence[Diagnosis]) -> dict[str, str]:
    """Choose files while they fit, those that the log names most often first."""
    named: dict[str, list[int]] = {}
    for diagnosis in diagnoses:
        for place in diagnosis.locations:
            named.setdefault(place.path, []).append(place.line or 1)
    room = FILES_CHARACTERS
    taken: dict[str, str] = {}
    for path in sorted(sources.files, key=lambda path: (-len(named.get(path, ())), path)):
        text = _excerpt(sources.file_lines(path), named.get(path, [1]))
        if 0 < len(text) <= room:
            taken[path] = text
            room -= len(text)
    return taken


def _excerpt(lines: Mapping[int, str], named: Sequence[int]) -> str:
    """Show a file whole, or what stands around the lines that are named, nearest first."""
    text = numbered(lines)
    if len(text) <= _FILE_CHARACTERS:
        return text
    room = _FILE_CHARACTERS
    taken: set[int] = set()
    for distance in range(_LINES_AROUND + 1):
        for number in {at + way for at in named for way in (distance, -distance)} & lines.keys() - taken:
            room -= len(numbered({number: lines[number]}))
            if room < 0:
                return numbered({number: lines[number] for number in sorted(taken)})
            taken.add(number)
    return numbered({number: lines[number] for number in sorted(taken)})


def _word(text: str) -> str:
    """Quote a name so that it stays one word on one line."""
    return json.dumps(_cut(text))


def _cut(text: str) -> str:
    return text[:_WORD_CHARACTERS]
