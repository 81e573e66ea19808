"""Reviews and comments on lines of a diff. https://docs.github.com/en/rest/pulls/reviews"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.conversation import LONGEST_BODY
from sandbox.errors import ApiError, invalid_request, not_found
from sandbox.git_diff import FileChange, diff_lines, hunk_around
from sandbox.input import Input
from sandbox.permissions import R
from sandbox.pull_git import pull_files
from sandbox.rest.call import Call, Handler, Reply, created
from sandbox.rest.pulls import find_pull
from sandbox.shapes.pulls import review, review_comment
from sandbox.state import Pull, Review, ReviewComment

_SIDES = ("LEFT", "RIGHT")
_EVENTS = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


@dataclass(frozen=True, slots=True)
class _Place:
    path: str
    line: int
    start_line: int | None
    side: str
    start_side: str | None
    hunk: str


class _Misplaced(Exception):
    """A comment that cannot stand where it should: the field that is wrong, and the rest of the sentence."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field} {message}")
        self.field = field


def _unprocessable(message: str) -> ApiError:
    return ApiError(422, "Unprocessable Entity", errors=[message])


def _place(wanted: Input, files: tuple[FileChange, ...]) -> _Place:
    """Where a comment goes. Raises _Misplaced for a file or line that the diff does not show."""
    path = wanted.text("path")
    found = next((one for one in files if one.path == path), None)
    if found is None or found.patch is None:
        raise _Misplaced("pull_request_review_thread.path", "diff hunk can't be blank")
    line, start = wanted.maybe_integer("line"), wanted.maybe_integer("start_line")
    side = wanted.maybe_choice("side", _SIDES) or "RIGHT"
    start_side = (wanted.maybe_choice("start_side", _SIDES) or side) if start is not None else None
    if line is None:
        raise invalid_request('"line" wasn\'t supplied.')
    shown = diff_lines(found.patch)
    if line not in (shown.right if side == "RIGHT" else shown.left):
        raise _Misplaced("pull_request_review_thread.line", "must be part of the diff")
    if start is not None:
        if start >= line and start_side == side:
            raise _Misplaced("pull_request_review_thread.start_line", "must precede the end line.")
        if start not in (shown.right if start_side == "RIGHT" else shown.left):
            raise _Misplaced("pull_request_review_thread.start_line", "must be part of the same hunk as the line.")
    return _Place(path, line, start, side, start_side, hunk_around(found.patch, line, side))


def _refused(error: _Misplaced) -> ApiError:
    told = {"resource": "PullRequestReviewComment", "code": "custom", "field": error.field, "message": str(error)}
    return ApiError(422, "Validation Failed", errors=[told])


def _body(wanted: Input) -> str:
    body = wanted.text("body")
    if len(body) > LONGEST_BODY:
        raise _Misplaced("body", f"is too long (maximum is {LONGEST_BODY} characters)")
    return body


def _add(call: Call, pull: Pull, review_id: int, commit_id: str, body: str, place: _Place) -> ReviewComment:
    comment = ReviewComment(
        id=call.world.state.next_id(),
        number=pull.number,
        review_id=review_id,
        user=call.user,
        body=body,
        path=place.path,
        commit_id=commit_id,
        line=place.line,
        start_line=place.start_line,
        side=place.side,
        start_side=place.start_side,
        diff_hunk=place.hunk,
        created_at=call.world.clock(),
    )
    call.repository.review_comments[comment.id] = comment
    return comment


def _add_review(call: Call, pull: Pull, state: str, body: str, commit_id: str) -> Review:
    made = Review(call.world.state.next_id(), pull.number, call.user, body, state, commit_id, call.world.clock())
    call.repository.reviews[made.id] = made
    return made


async def _commit_id(call: Call, pull: Pull, given: str | None) -> str:
    if given is None:
        return pull.head_sha
    if await call.git.kind(given) != "commit" or not await call.git.is_ancestor(given, pull.head_sha):
        raise _Misplaced("commit_id", "is not part of the pull request")
    return given


async def create_comment(call: Call) -> Reply:
    """One comment on lines of the diff; a review of its own."""
    pull, wanted = find_pull(call), call.input()
    try:
        commit_id = await _commit_id(call, pull, wanted.text("commit_id"))
        body, place = _body(wanted), _place(wanted, await pull_files(call.world, call.repository, pull))
    except _Misplaced as error:
        raise _refused(error) from None
    made = _add(call, pull, _add_review(call, pull, "COMMENTED", "", commit_id).id, commit_id, body, place)
    return created(review_comment(call.urls, call.repository, made))


async def create_review(call: Call) -> Reply:
    """A review with comments; refused as a whole when one comment is misplaced."""
    pull, wanted = find_pull(call), call.input()
    event = wanted.maybe_choice("event", tuple(_EVENTS))
    body, comments = wanted.maybe_text("body") or "", wanted.children("comments")
    if event in {"COMMENT", "REQUEST_CHANGES"} and not body and not comments:
        raise _unprocessable("Body can't be blank")
    if event in {"APPROVE", "REQUEST_CHANGES"} and call.user is pull.issue.user:
        raise _unprocessable(f"Can not {event.lower().replace('_', ' ')} your own pull request")
    try:
        commit_id = await _commit_id(call, pull, wanted.maybe_text("commit_id"))
        files = await pull_files(call.world, call.repository, pull) if comments else ()
        placed = [(_body(one), _place(one, files)) for one in comments]
    except _Misplaced as error:
        raise _unprocessable(str(error)) from None
    made = _add_review(call, pull, _EVENTS.get(event or "", "PENDING"), body, commit_id)
    for text, place in placed:
        _add(call, pull, made.id, commit_id, text, place)
    return Reply(review(call.urls, call.repository, made))


async def list_reviews(call: Call) -> Reply:
    """Reviews, oldest first."""
    number = find_pull(call).number
    page = call.page([one for one in call.repository.reviews.values() if one.number == number])
    return Reply([review(call.urls, call.repository, one) for one in page.items], headers=page.headers)


async def list_comments(call: Call) -> Reply:
    """Comments on the diff, oldest first."""
    number = find_pull(call).number
    page = call.page([one for one in call.repository.review_comments.values() if one.number == number])
    return Reply([review_comment(call.urls, call.repository, one) for one in page.items], headers=page.headers)


async def get_comment(call: Call) -> Reply:
    """One comment on the diff."""
    found = call.repository.review_comments.get(call.number("comment_id"))
    if found is None:
        raise not_found()
    return Reply(review_comment(call.urls, call.repository, found))


HANDLERS: dict[str, Handler] = {
    "GET " + R + "/pulls/comments/{comment_id}": get_comment,
    "GET " + R + "/pulls/{number}/comments": list_comments,
    "POST " + R + "/pulls/{number}/comments": create_comment,
    "GET " + R + "/pulls/{number}/reviews": list_reviews,
    "POST " + R + "/pulls/{number}/reviews": create_review,
}
