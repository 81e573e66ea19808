"""A token that may not do what a step asks of the API: the line that the workflow lacks, by the documentation it names.

An App without the workflows permission may not commit it, and a person should grant a right in any case.
"""

import re
from dataclasses import dataclass

from analysis.diagnosis import Diagnosis
from analysis.recipes.advice import lines_of

_REFUSED = "Resource not accessible by integration"
_DOCUMENTED = re.compile(r"https://docs\.github\.com/rest/(?P<area>[a-z-]{1,40}/[a-z-]{1,40})")
# https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
_RIGHTS = {
    "checks/runs": "checks: write",
    "commits/statuses": "statuses: write",
    "deployments/deployments": "deployments: write",
    "deployments/statuses": "deployments: write",
    "git/refs": "contents: write",
    "issues/comments": "issues: write",
    "issues/issues": "issues: write",
    "issues/labels": "issues: write",
    "pulls/comments": "pull-requests: write",
    "pulls/pulls": "pull-requests: write",
    "pulls/reviews": "pull-requests: write",
    "releases/assets": "contents: write",
    "releases/releases": "contents: write",
    "repos/contents": "contents: write",
}
# The documentation is named within the error's own lines.
_NEAR = 40


@dataclass(frozen=True, slots=True)
class MissingPermission:
    """The adviser `missing-permission`."""

    name: str = "missing-permission"

    def advise(self, diagnosis: Diagnosis) -> str | None:
        """Name the permission that the documentation of the refused request asks for."""
        lines = tuple(lines_of(diagnosis))
        refused = next((at for at, line in enumerate(lines) if _REFUSED in line), None)
        if refused is None:
            return None
        near = lines[max(refused - _NEAR, 0) : refused + _NEAR]
        areas = [match["area"] for line in near if (match := _DOCUMENTED.search(line))]
        rights = dict.fromkeys(_RIGHTS[area] for area in areas if area in _RIGHTS)
        if len(rights) != 1:
            return None
        return (
            f"the job's token lacks a right. Add `{next(iter(rights))}` under `permissions:` of the job, beside those "
            "it uses; on a pull request from a fork the token stays read-only."
        )
