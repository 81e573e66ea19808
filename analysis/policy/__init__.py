"""What a fix must not do: get past a check instead of answering it, or touch what decides about fixes.

`check` is the one door. Each rule has its cheating patches and its honest ones in `tests/analysis/policy_cases`.
"""

from collections.abc import Iterator
from itertools import chain

from analysis.patch.apply import Patch
from analysis.policy.bypasses import bypasses
from analysis.policy.checks_run import checks_run
from analysis.policy.model import Allowed, Change, Finding, Rule, change_of
from analysis.policy.places import own_places, places
from analysis.policy.secrets_added import secrets_added
from analysis.policy.settings_kept import settings_kept
from analysis.policy.size import size
from analysis.policy.suppressions import suppressions
from analysis.policy.tests_ask import tests_ask
from analysis.policy.tests_run import tests_run

__all__ = ["Allowed", "Finding", "check"]

# These look at paths and sizes, and at secrets: in time that grows with the patch and little more.
_ALWAYS: tuple[Rule, ...] = (size, secrets_added)
_BY_CONTENT: tuple[Rule, ...] = (suppressions, bypasses, checks_run, tests_run, tests_ask, settings_kept)
# Five times what a fix may change. The rules take some 0.2 ms a line, and a stranger chooses how many there are.
_MOST_JUDGED = 2000


_NOTHING_SAID = Allowed()


def check(patch: Patch, allowed: Allowed = _NOTHING_SAID) -> tuple[Finding, ...]:
    """List everything in a patch that a rule speaks against, each path and rule once; an empty answer is consent.

    `allowed` is what the repository itself says, in its default branch's file.
    """
    changes = tuple(change_of(patched) for patched in patch.files)
    found: dict[tuple[str, str], Finding] = {}
    for finding in chain(places(changes, allowed), own_places(changes, allowed), _found(changes)):
        known = found.setdefault((finding.path, finding.rule), finding)
        if finding.blocking and not known.blocking:
            found[finding.path, finding.rule] = finding
    return tuple(found.values())


def _found(changes: tuple[Change, ...]) -> Iterator[Finding]:
    for rule in _ALWAYS:
        yield from rule(changes)
    lines = sum(len(change.added) + len(change.removed) for change in changes)
    if lines > _MOST_JUDGED:
        yield Finding("", "not-judged", f"changes {lines} lines, too many for their content to be judged")
        return
    for rule in _BY_CONTENT:
        yield from rule(changes)
