"""One name for the same failure, whatever the run, shard, attempt, machine or order of tests."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.diagnosis import Fingerprint, Location
from analysis.findings import Finding, unwrapped
from analysis.locate import failed_tests
from analysis.normal import normal
from analysis.scan import Scan

_MESSAGE_LENGTH = 500
SYMPTOMS_KEPT = 100
"""Of one job: a broken import fails every test there is, and a hundred of them tell it from any other failure."""
_DETAIL_BELOW = 2
"""Lines below a cause that stands alone, with neither place nor test, or ends in a colon: its tool goes on there."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What tells one failure from another, in normal form and without order.

    `said` is everything that the cause's rule said in its step, `tests` are those that failed in that step.
    """

    tool: str
    said: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def message(self) -> str:
        """The first of its words, which stands for them where people read it."""
        return self.said[0][:_MESSAGE_LENGTH] if self.said else ""


def cause(
    tool: str, scan: Scan, found: Sequence[Finding], root: Finding | None, text: str, places: Sequence[Location]
) -> Cause:
    """Gather it from a log's findings and the places they name; `text` is the cause's line where no rule read it."""
    if root is None:
        return Cause(tool, (normal(unwrapped(text)),), ())
    beside = [finding for finding in found if finding.step == root.step]
    telling = [finding for finding in beside if finding.rule is root.rule]
    tests = {normal(test) for test in failed_tests(beside)}
    paths = {place.log_line: normal(place.path) for place in places}
    alone = len(telling) == 1 and not tests and root.line not in paths
    said = {_said(scan, finding, paths.get(finding.line, ""), alone) for finding in telling}
    return Cause(tool, tuple(sorted(said)), tuple(sorted(tests)))


def _said(scan: Scan, finding: Finding, path: str, alone: bool) -> str:
    words = normal(unwrapped(finding.text))
    parts = [words] if path in words else [words, path]
    if alone or words.endswith(":"):
        parts.append(_detail(scan, finding.line))
    return " ".join(parts).strip()


def _detail(scan: Scan, line: int) -> str:
    for number in range(line + 1, line + 1 + _DETAIL_BELOW):
        text = scan.text.get(number, "").strip()
        if text.startswith("##["):
            break
        if text:
            return normal(unwrapped(text))
    return ""


def fingerprint(of: Cause) -> Fingerprint:
    """Hash all of it: one more failing test is another failure."""
    words = "\n".join((*of.said, *of.tests))
    return Fingerprint(f"{of.tool.replace(' ', '-')}:{_hash(words)}")


def symptoms(of: Cause) -> tuple[str, ...]:
    """Hash each thing by itself, so that a job that fails in one more way is still recognised.

    Where there are more than are kept, one of them stands for the whole: what is cut off excuses nobody.
    """
    hashes = sorted({_hash(f"{of.tool}\n{words}") for words in (*of.said, *of.tests)})
    if len(hashes) <= SYMPTOMS_KEPT:
        return tuple(hashes)
    return (*hashes[: SYMPTOMS_KEPT - 1], _hash("\n".join(hashes)))


def _hash(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:16]
