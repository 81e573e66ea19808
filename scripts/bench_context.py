"""How much of the labelled cause a model is sent, and how long that is: on real failing logs of other projects.

usage: python -m scripts.bench_context CORPUS [--misses]

CORPUS holds cases.jsonl and the logs, in raw/ or raw.tar.xz. Figures, over the cases with labels:
  held      share of the labelled lines and signals whose text is in what is sent (colours, stamps and runs of blanks
            aside), as the mean over cases; `in evidence` counts the numbered log lines alone
  tokens    of the whole request at four characters each: instructions, facts, evidence and the answer's schema. The
            corpus has logs and no repositories, so no file is in it
"""

import argparse
import json
import re
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import msgspec

from agents.answer import Answer
from agents.engine import FixRequest
from agents.prompt import build_prompt
from analysis.analyze import analyze

LEAST_HELD = 0.98
MOST_TOKENS = 8000
_TOKEN = 4
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07]*(?:\x07|\x1b\\)")
_STAMP = re.compile(r"^\ufeff?\d{4}-\d\d-\d\dT[\d:.]+Z ?", re.MULTILINE)


class Case(msgspec.Struct, frozen=True):
    """One labelled log: lines that tell the cause, and signals of which one wording each must be there."""

    name: str
    root_lines: tuple[str, ...] = ()
    signals: tuple[tuple[str, ...], ...] = ()

    def missed(self, text: str) -> list[str]:
        """Name the labels of which a text holds no wording."""
        held = clean(text)
        return [label[0] for label in self.labels() if not any(clean(words).strip() in held for words in label)]

    def labels(self) -> list[tuple[str, ...]]:
        """Every label as its accepted wordings."""
        return [*((line,) for line in self.root_lines), *self.signals]


@dataclass(frozen=True, slots=True)
class Row:
    """One case measured."""

    name: str
    missed: list[str]
    held: float
    in_evidence: float
    tokens: float


def clean(text: str) -> str:
    """Text without colours and time stamps, with runs of blanks folded."""
    return re.sub(r"[ \t]+", " ", _STAMP.sub("", _COLOURS.sub("", text).replace("\r\n", "\n")))


def measure(case: Case, log: bytes) -> Row:
    """Build what would be sent for one log."""
    prompt = build_prompt(FixRequest((analyze([log]),), {}, "owner/name", "0" * 40))
    sent = prompt.instructions + prompt.text + json.dumps(Answer.model_json_schema())
    count = len(case.labels())
    missed, unseen = case.missed(prompt.text), case.missed("\n".join(prompt.evidence))
    return Row(case.name, missed, 1 - len(missed) / count, 1 - len(unseen) / count, len(sent) / _TOKEN)


@contextmanager
def _logs_of(corpus: Path) -> Iterator[Path]:
    if (corpus / "raw").is_dir():
        yield corpus / "raw"
        return
    with tempfile.TemporaryDirectory() as folder, tarfile.open(corpus / "raw.tar.xz") as archive:
        archive.extractall(folder, filter="data")
        yield Path(folder) / "raw"


def main() -> int:
    """Measure and print; 1 where a figure is missed, 2 where there is nothing to measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--misses", action="store_true", help="print what is missing of each case")
    arguments = parser.parse_args()
    lines = (arguments.corpus / "cases.jsonl").read_text().splitlines()
    cases = [case for case in (msgspec.json.decode(line, type=Case) for line in lines) if case.labels()]
    with _logs_of(arguments.corpus) as raw:
        there = [(case, raw / f"{case.name}.log") for case in cases if (raw / f"{case.name}.log").exists()]
        rows = [measure(case, log.read_bytes()) for case, log in there]
    if not rows:
        print(f"no labelled log in {arguments.corpus}", file=sys.stderr)
        return 2
    for row in rows:
        if arguments.misses and row.missed:
            print(f"{row.name}: {row.missed}")
    held, longest = mean(row.held for row in rows), max(row.tokens for row in rows)
    print(
        f"cases={len(rows)} held={held:.4f} in_evidence={mean(row.in_evidence for row in rows):.4f} "
        f"tokens_mean={mean(row.tokens for row in rows):.0f} tokens_max={longest:.0f}"
    )
    return int(held < LEAST_HELD or longest > MOST_TOKENS)


if __name__ == "__main__":
    sys.exit(main())
