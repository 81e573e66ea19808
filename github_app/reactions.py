"""What people think of a comment, as thumbs. GitHub sends no event of them, so they are asked for.

https://docs.github.com/en/rest/reactions/reactions#list-reactions-for-an-issue-comment
"""

from datetime import datetime

import msgspec

from github_app import wire
from github_app.calls import PAGE, Calls
from github_app.model import CommentId, Thumb

_THUMBS = ("+1", "-1")


class ReactionWire(msgspec.Struct):
    """One reaction; its person is null where the account was deleted."""

    content: str
    created_at: datetime
    user: wire.OwnerWire | None = None


class Reactions(Calls):
    """What an installation learns from reactions."""

    async def thumbs(self, comment_id: CommentId) -> tuple[Thumb, ...]:
        """The thumbs, up and down, that people gave a comment; bots' and all after the first hundred are left out.

        One request. Raises NotFound where the comment was deleted.
        """
        answer = await self._get(f"/issues/comments/{comment_id}/reactions", {"per_page": PAGE})
        return tuple(
            Thumb(one.user.user(), one.content, one.created_at)
            for one in wire.read(answer, list[ReactionWire])
            if one.content in _THUMBS and one.user is not None and not one.user.user().is_bot
        )
