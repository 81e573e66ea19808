"""What a model is sent: the evidence and the files as fenced data, scrubbed of secrets and capped."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agents.engine import FixRequest
from analysis.diagnosis import Block, Diagnosis
from analysis.edits import SourceFile
from analysis.patch import split_lines, text_of
from analysis.redact import scrub

VERSION = "propose.v1"
"""The name of the instructions, stored with each answer."""

_TOKEN = 4
# The evidence for one failure: what the diagnosis is built to put the cause into.
_EVIDENCE_CHARACTERS = 8000 * _TOKEN
# Files cost as much as logs do; beyond this a fix needs reading that this version does not do.
_FILES_CHARACTERS = 30_000 * _TOKEN
# A longer file is shown around the lines that the log names.
_FILE_CHARACTERS = 10_000 * _TOKEN
_LINES_AROUND = 120
# Names, headlines and hints are short where they are honest.
_WORD_CHARACTERS = 500
_HINT_CHARACTERS = 2000
_LOCATIONS = 30


@dataclass(frozen=True, slots=True)
class Prompt:
    """The texts sent, and what of the log and of each file stands in them word for word."""

    instructions: str
    text: str
    evidence: tuple[str, ...]
    files: Mapping[str, str]


@cache
def instructions() -> str:
    """Read the versioned instructions."""
    return (Path(__file__).parent / "prompts" / f"{VERSION}.md").read_text(encoding="utf-8")


def build_prompt(request: FixRequest) -> Prompt:
    """Put a request into words: a model is sent nothing of it but what the answer's fields hold."""
    diagnoses = _distinct(request.diagnoses)
    shown = [_chosen(diagnosis, _EVIDENCE_CHARACTERS // len(diagnoses)) for diagnosis in diagnoses]
    files = _shown_files(request.files, diagnoses)
    parts = [f"Repository {_word(request.repository)} at commit {_word(request.head_sha)}."]
    if request.hint:
        parts += ["## A maintainer's hint", _fenced(scrub(request.hint[:_HINT_CHARACTERS]).text, "hint")]
    for number, (diagnosis, blocks) in enumerate(zip(diagnoses, shown, strict=True), start=1):
        parts += [f"## Failed job {number} of {len(diagnoses)}", _fenced(_facts(diagnosis), "json")]
        parts += [_fenced(text, f"log lines {block.start} to {block.end}") for block, text in blocks]
    parts += ["## Files that may be edited" if files else "## No file can be edited"]
    for path, text in files.items():
        parts += [f"File {_word(path)}:", _fenced(text, "file")]
    evidence = tuple(text for blocks in shown for _, text in blocks)
    return Prompt(instructions(), "\n\n".join(parts), evidence, files)


def _distinct(diagnoses: Sequence[Diagnosis]) -> list[Diagnosis]:
    """The same failure in forty shards is sent once."""
    return list({diagnosis.fingerprint: diagnosis for diagnosis in reversed(diagnoses)}.values())[::-1]


def _chosen(diagnosis: Diagnosis, room: int) -> list[tuple[Block, str]]:
    """Take the weightiest blocks that fit, the first of them cut if need be, in the log's order."""
    chosen: list[tuple[Block, str]] = []
    for block in sorted(diagnosis.evidence.blocks, key=lambda block: -block.score):
        text = scrub(block.text).text
        if len(text) > room and chosen:
            continue
        chosen.append((block, text[:room]))
        room -= len(text)
        if room <= 0:
            break
    return sorted(chosen, key=lambda pair: pair[0].start)


def _facts(diagnosis: Diagnosis) -> str:
    locations = [
        {
            "path": _cut(place.path),
            "line": place.line,
            "rule": place.rule and _cut(place.rule),
            "message": _cut(place.message),
        }
        for place in diagnosis.locations[:_LOCATIONS]
    ]
    facts = {
        "category": diagnosis.category.value,
        "tool": diagnosis.tool and _cut(diagnosis.tool),
        "step": diagnosis.step and _cut(diagnosis.step),
        "exit_code": diagnosis.exit_code,
        "headline": _cut(diagnosis.headline),
        "failed_tests": [_cut(name) for name in diagnosis.failed_tests[:_LOCATIONS]],
        "locations": locations,
    }
    return scrub(json.dumps(facts, ensure_ascii=False, indent=1)).text


def _shown_files(files: Mapping[str, SourceFile], diagnoses: Sequence[Diagnosis]) -> dict[str, str]:
    """Choose whole files while they fit, those that the log names most often first."""
    named: dict[str, list[int]] = {}
    for diagnosis in diagnoses:
        for place in diagnosis.locations:
            named.setdefault(place.path, []).append(place.line or 1)
    room = _FILES_CHARACTERS
    shown: dict[str, str] = {}
    for path in sorted(files, key=lambda path: (-len(named.get(path, ())), path)):
        if b"\0" in files[path].content:
            continue
        text = scrub(_excerpt(text_of(files[path]), named.get(path, []))).text
        if len(text) <= room:
            shown[path] = text
            room -= len(text)
    return shown


def _excerpt(text: str, lines: Sequence[int]) -> str:
    if len(text) <= _FILE_CHARACTERS:
        return text
    at = min(lines, default=1)
    around = split_lines(text)[max(0, at - 1 - _LINES_AROUND) : at + _LINES_AROUND]
    return "".join(around)[:_FILE_CHARACTERS]


def _fenced(text: str, label: str) -> str:
    """Fence data with more backticks than it holds in a row, so that nothing in it can close the fence."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{label}\n{text if text.endswith(chr(10)) else text + chr(10)}{fence}"


def _word(text: str) -> str:
    """Quote a name so that it stays one word on one line."""
    return json.dumps(_cut(text))


def _cut(text: str) -> str:
    return text[:_WORD_CHARACTERS]
