"""The fork's way: one review with the fix as suggestions on the pull request, found again by its marker."""

from collections.abc import Sequence

from analysis.patch import FilePatch, Patch, diff_bytes, replaced_lines
from github_app.client import Installation
from github_app.errors import HeadMoved
from github_app.model import Sha
from github_app.suggestions import FixedFile, Replaced, review_body, suggestions
from handlers.services import Services
from handlers.tasks.patches import patch_of
from storage.fixes import FixRow


async def suggest(services: Services, installation: Installation, fix: FixRow, number: int, approver: str) -> None:
    """Post the review, or find it. Raises HeadMoved where the pull request has another head or is closed."""
    marker = f"<!-- ci-fixer:fix F{fix.fix_id} {fix.patch_hash} -->"
    author = f"{(await services.github.app()).slug}[bot]"
    if await installation.has_review(number, author, marker):
        return
    pull = await installation.pull_request(number)
    if pull.head_sha != fix.head_sha or pull.state != "open":
        raise HeadMoved(f"pull request {number} is no longer open at {fix.head_sha[:7]}")
    patch = await patch_of(installation, fix)
    comments = suggestions(_fixed(patch), await installation.changes_of(number))
    body = review_body(marker, fix.fix_id, fix.summary, approver, diff_bytes(patch), len(comments))
    await installation.create_review(number, Sha(fix.head_sha), body, comments)


def _fixed(patch: Patch) -> Sequence[FixedFile]:
    return [_file(one) for one in patch.files]


def _file(one: FilePatch) -> FixedFile:
    regions = replaced_lines(one)
    if regions is None:
        return FixedFile(one.path, [Replaced(1, 1, ())], takes=False)
    return FixedFile(one.path, [Replaced(start, end, lines) for start, end, lines in regions])
