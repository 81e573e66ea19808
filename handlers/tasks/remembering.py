"""A fix that CI found green before, for the same failure of the same repository: it costs no model's answer."""

from collections.abc import Mapping, Sequence

from analysis.edits import Edit, SourceFile
from analysis.patch import PatchError, apply_edits
from github_app.client import Installation
from github_app.model import Sha
from handlers.services import Services
from handlers.tasks.patches import edits_of
from handlers.tasks.proposing import store_fix
from storage import fixes
from storage.failures import FailureRow
from storage.fixes import FixRow

_MOST_TRIED = 3
"""Verified fixes tried for one failure and for one run: an older one was made for older files."""


async def propose_remembered(services: Services, installation: Installation, found: Sequence[FailureRow]) -> bool:
    """Store the verified fix that answers most of these failures and still applies; False where there is none.

    A fix of another repository is never looked at: its text may be a secret to those who read this one.
    """
    answered: dict[FixRow, list[FailureRow]] = {}
    async with services.database.connection() as connection:
        for failure in found:
            for fix in await fixes.verified_for(connection, failure.repository_id, failure.fingerprint, _MOST_TRIED):
                answered.setdefault(fix, []).append(failure)
    for fix in sorted(answered, key=lambda fix: (-len(answered[fix]), -fix.fix_id))[:_MOST_TRIED]:
        if await _still_applies(services, installation, fix, answered[fix]):
            return True
    return False


async def _still_applies(
    services: Services, installation: Installation, fix: FixRow, answered: Sequence[FailureRow]
) -> bool:
    edits = edits_of(fix)
    paths = list(dict.fromkeys(edit.path for edit in edits))
    files = await installation.files(paths, Sha(answered[0].head_sha))
    if not _is_the_same_change(fix, edits, files):
        return False
    said = f"It ended this failure before, as F{fix.fix_id}. {fix.explanation}"
    return (
        await store_fix(services, installation, f"memory:F{fix.fix_id}", fix.summary, said, edits, files, answered)
        == ""
    )


def _is_the_same_change(fix: FixRow, edits: Sequence[Edit], files: Mapping[str, SourceFile]) -> bool:
    """Whether lines and context are those that CI found good: a short search text may stand in other code too."""
    try:
        return _changes(apply_edits(files, edits).diff) == _changes(fix.diff)
    except PatchError:
        return False


def _changes(diff: str) -> list[str]:
    """A diff without what differs though the change is the same: the hunks' line numbers, the files' hashes."""
    return [line for line in diff.split("\n") if not line.startswith(("@@ ", "index "))]
