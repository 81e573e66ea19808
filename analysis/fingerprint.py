"""One name for the same failure, whatever the run, shard, attempt, machine or order of tests."""

import hashlib

from analysis.diagnosis import Fingerprint
from analysis.findings import Finding, unwrapped
from analysis.normal import normal

_MESSAGE_LENGTH = 500
SYMPTOMS_KEPT = 100
"""Of one job: a broken import fails every test there is, and a hundred of them tell it from any other failure."""


def normal_message(found: list[Finding], root: Finding | None, text: str) -> str:
    """Give the cause's own words in normal form: of all lines its rule flagged in that step, the alphabetical first."""
    return min(_words(found, root, text), default="")[:_MESSAGE_LENGTH]


def fingerprint(tool: str, found: list[Finding], root: Finding | None, text: str) -> Fingerprint:
    """Hash everything the cause's rule said in that step: one more failing test is another failure."""
    words = "\n".join(sorted(set(_words(found, root, text))))
    return Fingerprint(f"{tool.replace(' ', '-')}:{hashlib.sha256(words.encode()).hexdigest()[:16]}")


def symptoms(tool: str, found: list[Finding], root: Finding | None, text: str) -> tuple[str, ...]:
    """Hash each line of the cause's rule by itself, so that a job that fails in one more way is still recognised."""
    hashes = (hashlib.sha256(f"{tool}\n{words}".encode()).hexdigest()[:16] for words in _words(found, root, text))
    return tuple(sorted(set(hashes)))[:SYMPTOMS_KEPT]


def _words(found: list[Finding], root: Finding | None, text: str) -> list[str]:
    if root is None:
        return [normal(unwrapped(text))]
    return [
        normal(unwrapped(finding.text)) for finding in found if finding.rule is root.rule and finding.step == root.step
    ]
