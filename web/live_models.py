"""What is told of what happens: one small type for both ways of listening."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from storage.live_events import KEPT, LiveEventRow, Place
from web.models import RepositoryName

Kind = Literal["delivery", "analysis", "failure", "fix", "plan", "plan_step", "clarification", "reset", "end", "alive"]
_TEXT = 80
"""Characters of an id: three numbers."""


class LiveEvent(Struct, frozen=True, omit_defaults=True):
    """Something that happened. What is absent does not belong to its kind.

    `state` is the state that was reached: an analysis' or a fix's or a plan's, a failure's verdict, GitHub's event of a
    delivery, `asked` or `answered`. Kinds without a repository are of the stream itself: after `reset` read the lists
    anew, since what happened meanwhile is not known any more; `end` says in `reason` why nothing more comes; `alive`
    only says that.
    """

    kind: Kind
    id: Annotated[str, Meta(description="Give the last one as Last-Event-ID, and nothing is missed or told twice")]
    at: datetime
    repository: str | None = None
    state: str | None = None
    run_id: int | None = None
    run_attempt: int | None = None
    failure_id: int | None = None
    fix_id: int | None = None
    plan_run_id: str | None = None
    step: int | None = None
    clarification_id: str | None = None
    reason: str | None = None


class LiveQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """What to listen to, and from where on."""

    repository: RepositoryName | None = None
    last_event_id: (
        Annotated[str, Meta(max_length=_TEXT, description="As the header, where none can be sent")] | None
    ) = None


class Position(Struct, frozen=True, array_like=True):
    """A place in the stream and when it was reached, in seconds; as text the id of an event."""

    transaction_id: int
    live_event_id: int
    second: int

    @property
    def place(self) -> Place:
        """The place alone."""
        return Place(self.transaction_id, self.live_event_id)

    def is_too_old(self, now: datetime) -> bool:
        """Whether what came after it may be deleted by now; an hour is left for clocks that differ."""
        return self.second < now.timestamp() - KEPT.total_seconds() + 3600


def event_id(place: Place, at: datetime) -> str:
    """The id that stands for a place."""
    return f"{place.transaction_id}-{place.live_event_id}-{int(at.timestamp())}"


def place_of(event: LiveEvent) -> Place:
    """The place that one of our events stands for."""
    transaction_id, live_event_id, _ = event.id.split("-")
    return Place(int(transaction_id), int(live_event_id))


def position_of(text: str) -> Position | None:
    """The place that an id stands for; None for a text that is none.

    Ids are not signed: who makes one up chooses from where on he hears what he may hear anyway.
    """
    numbers = text.split("-")
    if len(text) > _TEXT or len(numbers) != len(Position.__struct_fields__):
        return None
    if not all(number.isascii() and number.isdigit() and len(number) < 19 for number in numbers):
        return None
    return Position(*map(int, numbers))


def told(row: LiveEventRow) -> LiveEvent:
    """A row, for those who may know of it."""
    fields = {name: getattr(row, name) for name in LiveEvent.__struct_fields__ if hasattr(row, name)}
    name = f"{row.repository.owner}/{row.repository.name}"
    return msgspec.convert({**fields, "id": event_id(row.place, row.at), "repository": name}, LiveEvent)
