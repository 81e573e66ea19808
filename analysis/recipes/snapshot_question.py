"""Snapshots that no longer match: whether the new output is meant is a question that no log answers."""

import re
from dataclasses import dataclass

from analysis.diagnosis import Diagnosis
from analysis.recipes.advice import lines_of

_SAID = (
    (re.compile(r"^ \u203a \d+ snapshots? failed(?: from \d+ test suites?)?\."), "npx jest --updateSnapshot"),
    (
        re.compile(r"^ \u203a \d+ snapshots? obsolete(?: from \d+ test suites?)?\."),
        "npx jest --ci=false --updateSnapshot",
    ),
    (re.compile(r"^\s+Snapshots\s+\d+ (?:failed|mismatched|obsolete)\b"), "npx vitest run --update"),
    (re.compile(r"^\d+ snapshots? (?:failed|unused)\b.*\.$"), "pytest --snapshot-update"),
    (re.compile(r"^\s*snapshot assertion for '[^']+' failed in line \d+"), "cargo insta review"),
)


@dataclass(frozen=True, slots=True)
class SnapshotQuestion:
    """The adviser `snapshot-question`."""

    name: str = "snapshot-question"

    def advise(self, diagnosis: Diagnosis) -> str | None:
        """Ask whether the new output is meant, and say what to run if it is."""
        for line in lines_of(diagnosis):
            for pattern, command in _SAID:
                if pattern.match(line):
                    return (
                        f"a snapshot differs from what the code gives now. Is the new output meant? Then "
                        f"run `{command}`, "
                        "look at what changes, and commit it. If it is not, the code is wrong, not the snapshot."
                    )
        return None
