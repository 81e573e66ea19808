"""One name for the same failure, whatever the run, shard, attempt, machine or order of tests."""

import hashlib

from analysis.diagnosis import Fingerprint
from analysis.findings import Finding, unwrapped
from analysis.normal import normal

_MESSAGE_LENGTH = 500


def normal_message(found: list[Finding], root: Finding | None, text: str) -> str:
    """Give the cause's own words in normal form: of all lines its rule flagged in that step, the alphabetical first."""
    return min(_words(found, root, text), default="")[:_MESSAGE_LENGTH]


def fingerprint(tool: str, found: list[Finding], root: Finding | None, text: str) -> Fingerprint:
    """Hash everything the cause's rule said in that step: one more failing test is another failure."""
    words = "\n".join(sorted(set(_words(found, root, text))))
    return Fingerprint(f"{tool.replace(' ', '-')}:{hashlib.sha256(words.encode()).hexdigest()[:16]}")


def _words(found: list[Finding], root: Finding | None, text: str) -> list[str]:
    if root is None:
        return [normal(unwrapped(text))]
    return [
        normal(unwrapped(finding.text)) for finding in found if finding.rule is root.rule and finding.step == root.step
    ]
