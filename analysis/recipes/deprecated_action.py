"""Versions of GitHub's own actions that GitHub fails on sight: the workflow is shown with the version that works.

The runner says `This request has been automatically failed because it uses a deprecated version of
`actions/upload-artifact: v3`` (https://github.blog/changelog/2024-04-16-deprecation-notice-v3-of-the-artifact-actions/)
and names no file, so the usual names of workflows are looked at. The policy keeps the App from committing the edit.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from analysis.diagnosis import Diagnosis
from analysis.edits import Edit, SourceFile
from analysis.patch import edits_between, text_of
from analysis.recipes.advice import lines_of
from analysis.recipes.model import Proposal

_FAILED = re.compile(
    r"^(?:##\[error\])?(?:Error: )?This request has been automatically failed because it uses a deprecated version of "
    r"`(?P<action>actions/[\w-]{1,40}): (?P<version>v\d{1,3}(?:\.\d{1,3}){0,2}|[0-9a-f]{40})`"
)
# The oldest version of each that GitHub still runs.
_WORKS = {"actions/upload-artifact": "v4", "actions/download-artifact": "v4", "actions/cache": "v4"}
# Each name is a request to GitHub.
_USUAL = ("build", "check", "ci", "deploy", "lint", "main", "pages", "release", "test", "tests")


@dataclass(frozen=True, slots=True)
class DeprecatedAction:
    """The recipe `deprecated-action`."""

    name: str = "deprecated-action"

    def wants(self, diagnosis: Diagnosis) -> frozenset[str]:
        """Name the usual workflows, if the runner refused an action."""
        refused = _refused(diagnosis)
        return frozenset(f".github/workflows/{name}.yml" for name in _USUAL) if refused else frozenset()

    def propose(self, diagnosis: Diagnosis, files: Mapping[str, SourceFile]) -> Proposal | None:
        """Use the version that works wherever the refused one is used."""
        edits: list[Edit] = []
        refused = _refused(diagnosis)
        for path in sorted(self.wants(diagnosis) & files.keys()):
            text = after = text_of(files[path])
            for action, version in refused:
                uses = re.compile(
                    rf"^(\s*(?:- )?uses: *{re.escape(action)}@){re.escape(version)}(?=\s*$)", re.MULTILINE
                )
                after = uses.sub(rf"\g<1>{_WORKS[action]}", after)
            edits += edits_between(path, text, after)
        if not edits:
            return None
        changes = ", ".join(f"`{action}@{version}` to `{_WORKS[action]}`" for action, version in refused)
        return Proposal(
            recipe=self.name,
            summary=f"Raise {changes}",
            explanation="GitHub no longer runs these versions; the next one may want other inputs.",
            edits=tuple(edits),
            # The version runs; whether the workflow's inputs fit it is for a person to see.
            confidence=0.7,
        )


def _refused(diagnosis: Diagnosis) -> tuple[tuple[str, str], ...]:
    found = [match for line in lines_of(diagnosis) if (match := _FAILED.match(line))]
    return tuple(dict.fromkeys((match["action"], match["version"]) for match in found if match["action"] in _WORKS))
