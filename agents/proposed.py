"""Which of a model's edits can be made at all: found in a file that was read, applied, parsed, and not closed."""

from collections.abc import Mapping, Sequence

from agents.sources import Sources, shown
from analysis.edits import Edit, SourceFile
from analysis.patch import Patch, PatchError, apply_edits, prove, text_of
from analysis.policy import Allowed, check
from analysis.redact import MASK


def edit_problems(edits: Sequence[Edit], sources: Sources, files: Mapping[str, SourceFile]) -> dict[Edit, str]:
    """Say of each edit that cannot be applied why not, in words that the model can use to mend it."""
    problems: dict[Edit, str] = {}
    good: list[Edit] = []
    for edit in edits:
        problem = _problem(edit, sources, files) or _together(files, [*good, edit])
        if problem is None:
            good.append(edit)
        else:
            problems[edit] = problem
    return problems


def closed_files(files: Mapping[str, SourceFile], edits: Sequence[Edit], allowed: Allowed) -> dict[str, str]:
    """Find the files whose change the policy blocks or that would no longer parse: no engine proposes those."""
    try:
        patch = apply_edits(files, edits)
        prove(patch)
    except PatchError as error:
        return {
            edit.path: f"{error.path} {error.reason}" for edit in edits if edit.path == error.path or not error.path
        }
    closed: dict[str, str] = {}
    for finding in check(patch, allowed):
        if finding.blocking:
            for path in [finding.path] if finding.path else [patched.path for patched in patch.files]:
                closed.setdefault(path, f"the policy refuses it ({finding.rule})")
    return closed | _beside_secrets(patch, files, edits)


def _beside_secrets(patch: Patch, files: Mapping[str, SourceFile], edits: Sequence[Edit]) -> dict[str, str]:
    """Find the files of which the diff would show a secret: it shows three lines before and after each change."""
    if shown(patch.diff) == patch.diff:
        return {}
    closed: dict[str, str] = {}
    for path in sorted({edit.path for edit in edits}):
        diff = apply_edits(files, [edit for edit in edits if edit.path == path]).diff
        if shown(diff) != diff:
            closed[path] = "its diff would show a secret or hidden characters"
    return closed


def _problem(edit: Edit, sources: Sources, files: Mapping[str, SourceFile]) -> str | None:
    if edit.path not in files or edit.path not in sources.files:
        return "an edit names a file that was not read at the head commit"
    if MASK in edit.replace and MASK not in text_of(files[edit.path]):
        return "an edit holds a mark that stands for a secret"
    if not edit.search:
        return "an edit has no text to search for"
    return _together(files, [edit])


def _together(files: Mapping[str, SourceFile], edits: list[Edit]) -> str | None:
    try:
        apply_edits(files, edits)
    except PatchError as error:
        return f"{error.path or 'an edit'} {error.reason.split(' the text ')[0]}"
    return None
