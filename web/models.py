"""What the API says and takes, and what the pages show: one set of types, from which OpenAPI's schemas are made."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from learning.reasons import ReasonKind
from storage.fixes import Delivery, FixState
from storage.ledger import EventKind

LONGEST_COMMENT = 10_000
"""Characters: a reason is for people to read, and stands in the report."""

MOST_EDITS = 40
LONGEST_EDIT = 50_000
"""Characters of one text of an edit, and edits of one approval: as a model's. A body has 64 KiB in all."""
LONGEST_PATH = 400

RepositoryName = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}$", description="owner/name")
]
Limit = Annotated[int, Meta(ge=1, le=100, description="How many, at most")]
Cursor = Annotated[str, Meta(max_length=1000, description="The `next_cursor` of the page before")]
Words = Annotated[str, Meta(max_length=LONGEST_COMMENT)]


class FixPath(Struct, frozen=True):
    """Which fix a path names."""

    id: Annotated[str, Meta(pattern=r"^F?[0-9]{1,19}$", description="The fix, as 12 or F12")]


class Confidence(Struct, frozen=True):
    """How sure to be of a fix, as was said when it was proposed, from what came out of others of the installation.

    The figures are null where there was not enough history. `low` to `high` is the 95 % interval of `probability`.
    """

    text: Annotated[str, Meta(examples=["82 %, from 41 similar fixes", "not enough history"])]
    probability: Annotated[float, Meta(ge=0, le=1)] | None = None
    low: Annotated[float, Meta(ge=0, le=1)] | None = None
    high: Annotated[float, Meta(ge=0, le=1)] | None = None
    n: Annotated[int, Meta(ge=10, description="How many fixes it is from")] | None = None
    level: Annotated[str, Meta(description="Which fixes these are")] | None = None
    model: Annotated[int, Meta(description="The version of the model that said it")] | None = None


class FixSummary(Struct, frozen=True):
    """A fix as a list shows it. `proposed` waits for a decision."""

    id: int
    name: Annotated[str, Meta(description="As people name it in comments", examples=["F12"])]
    repository: str
    state: FixState
    summary: str
    source: str
    proof_level: str
    complexity: str
    confidence: Confidence
    head_sha: str
    head_branch: str | None
    created_at: datetime
    updated_at: datetime


class Line(Struct, frozen=True):
    """A line of a log, counted as the log counts."""

    line: int
    text: str


class Link(Struct, frozen=True):
    """Something to read elsewhere."""

    text: str
    url: str


class Failure(Struct, frozen=True):
    """One distinct failure of the run that a fix is for."""

    headline: str
    category: str
    verdict: str
    verdict_reason: str
    jobs: list[Link]
    lines: list[Line]
    witnesses: list[Link]


class Change(Struct, frozen=True):
    """One event of a fix's ledger; `from_state` is null for the proposal, `to_state` where no state was changed.

    `learning_weight`, 0 to 1, is how much is learned from it; `details` is what else is known of it, in words.
    """

    kind: EventKind
    from_state: str | None
    to_state: str | None
    actor: str
    reason: str
    learning_weight: float
    details: str
    at: datetime


class Decision(Struct, frozen=True):
    """What somebody decided, and by which surface."""

    decision: str
    reviewer: str
    role: str
    comment: str
    channel: str
    at: datetime


class Options(Struct, frozen=True):
    """What the asking person may do with a fix now; `why_not` says it in words where that is not everything.

    `who` says who may approve here at all; code owners and the like are asked about when somebody does. `delivery` is
    how an approved fix reaches its branch from where it stands; null where it cannot.
    """

    approve: bool
    reject: bool
    why_not: str | None
    who: str
    delivery: Delivery | None = None


class FixDetail(Struct, frozen=True):
    """A fix with all that a decision rests on, and what became of it."""

    fix: FixSummary
    explanation: str
    diff: str
    patch_hash: str
    findings: list[str]
    run: Link
    failures: list[Failure]
    history: list[Change]
    decisions: list[Decision]
    commit_sha: str | None
    delivered_as: Delivery | None
    pull_request_number: Annotated[int | None, Meta(description="Of the fix's own pull request")]
    options: Options


class FixStatus(Struct, frozen=True):
    """How far a fix has come."""

    id: int
    state: FixState
    commit_sha: str | None
    delivered_as: Delivery | None
    pull_request_number: int | None
    reason: str
    updated_at: datetime


class Comment(Struct, frozen=True, forbid_unknown_fields=True):
    """Why, in the person's own words."""

    comment: Words = ""


class Rejection(Comment, frozen=True, forbid_unknown_fields=True):
    """Why a fix is closed: in words, and outright what they mean; else the first words are read.

    `wrong` lowers what is thought of such fixes, and this change is not proposed again for this failure; `unwanted`
    half as much; `elsewhere` says nothing against the fix.
    """

    reason_kind: ReasonKind | None = None


class FileEdit(Struct, frozen=True, forbid_unknown_fields=True):
    """A change of one file at the fix's head commit: its whole new `content`, or `search` replaced by `replace`.

    `search` stands exactly once in the file. A file that there is not yet has its `content`, or an empty `search`.
    """

    path: Annotated[str, Meta(min_length=1, max_length=LONGEST_PATH)]
    search: Annotated[str, Meta(max_length=LONGEST_EDIT)] = ""
    replace: Annotated[str, Meta(max_length=LONGEST_EDIT)] = ""
    content: Annotated[str, Meta(max_length=LONGEST_EDIT)] | None = None


class Approval(Comment, frozen=True, forbid_unknown_fields=True):
    """Words, and `edits` where something else is to be committed than was proposed: then they are the whole change.

    They become a fix of their own, which this approves; the fix that was proposed is superseded by it.
    """

    edits: Annotated[list[FileEdit], Meta(max_length=MOST_EDITS)] = msgspec.field(default_factory=list)


class Clarification(Struct, frozen=True):
    """A question of the model that waits for a person."""

    clarification_id: str
    repository: str
    run_id: int
    run_attempt: int
    question: str
    asked_at: datetime


class Response(Struct, frozen=True, forbid_unknown_fields=True):
    """A person's answer to a question."""

    clarification_id: Annotated[str, Meta(pattern=r"^clar-[0-9a-f-]{36}$")]
    answer: Annotated[str, Meta(min_length=1, max_length=LONGEST_COMMENT, pattern=r"\S")]


class Answered(Struct, frozen=True):
    """The answer is kept, and the plan goes on with it."""

    clarification_id: str
