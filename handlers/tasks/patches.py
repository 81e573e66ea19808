"""The patch of a stored fix, made anew from the files it speaks of, and the blobs it leads from and to."""

import re

import msgspec

from analysis.edits import Edit
from analysis.patch import Patch, apply_edits
from github_app.client import Installation
from github_app.errors import Permanent
from github_app.model import Sha
from storage.fixes import FixRow

_INDEX = re.compile(r"^index [0-9a-f]{40}\.\.([0-9a-f]{40})", re.MULTILINE)


class NotWhatWasApproved(Permanent):
    """The files at the head commit give another patch than the one that was shown."""


def edits_of(fix: FixRow) -> tuple[Edit, ...]:
    """The edits of a stored fix."""
    return msgspec.json.decode(fix.edits_json, type=tuple[Edit, ...])


def blobs_before(fix: FixRow) -> dict[str, str | None]:
    """The blob of each file that the fix touches, as it was at the head commit; None for a file that it makes."""
    return msgspec.json.decode(fix.base_blobs_json, type=dict[str, str | None])


def blobs_after(fix: FixRow) -> dict[str, str]:
    """The blob of each file that the fix touches, as the fix makes it; the diff names them in the order of paths."""
    return dict(zip(sorted(blobs_before(fix)), _INDEX.findall(fix.diff), strict=True))


async def blobs_at(installation: Installation, fix: FixRow, sha: Sha) -> dict[str, str | None]:
    """The blob of each file that the fix touches, as it is at a commit; None where there is no such file."""
    touched: dict[str, str | None] = dict.fromkeys(blobs_before(fix))
    for entry in await installation.tree(sha):
        if entry.path in touched:
            touched[entry.path] = entry.sha
    return touched


async def patch_of(installation: Installation, fix: FixRow) -> Patch:
    """The patch at the fix's own head. Raises PatchError, and NotWhatWasApproved where it is another than was shown."""
    edits = edits_of(fix)
    files = await installation.files({edit.path for edit in edits}, Sha(fix.head_sha))
    patch = apply_edits(files, edits)
    if patch.hash != fix.patch_hash:
        raise NotWhatWasApproved("the files give another patch than the one that was approved")
    return patch
