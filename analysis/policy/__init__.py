"""What a fix must not do: get past a check instead of answering it, or touch what decides about fixes.

`check` is the one door. Each rule has its cheating patches and its honest ones in `tests/analysis/policy_cases`.
"""

from analysis.patch.apply import Patch
from analysis.policy.bypasses import bypasses
from analysis.policy.checks_run import checks_run
from analysis.policy.model import Finding, Rule, change_of
from analysis.policy.places import places
from analysis.policy.secrets_added import secrets_added
from analysis.policy.settings_kept import settings_kept
from analysis.policy.size import size
from analysis.policy.suppressions import suppressions
from analysis.policy.tests_ask import tests_ask
from analysis.policy.tests_run import tests_run

__all__ = ["Finding", "check"]

_RULES: tuple[Rule, ...] = (
    places,
    size,
    secrets_added,
    suppressions,
    bypasses,
    checks_run,
    tests_run,
    tests_ask,
    settings_kept,
)


def check(patch: Patch) -> tuple[Finding, ...]:
    """List everything in a patch that a rule speaks against, each path and rule once; an empty answer is consent."""
    changes = tuple(change_of(patched) for patched in patch.files)
    found: dict[tuple[str, str], Finding] = {}
    for rule in _RULES:
        for finding in rule(changes):
            found.setdefault((finding.path, finding.rule), finding)
    return tuple(found.values())
