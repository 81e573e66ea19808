"""What the API says of analyses, and takes to begin one."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

_LARGEST_ID = 2**63 - 1
LONGEST_HINT = 2_000
"""Characters: a hint is a sentence or two, and each is paid for as tokens."""

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]
RunNumber = Annotated[int, Meta(ge=1, le=_LARGEST_ID, description="GitHub's id of the workflow run")]
Attempt = Annotated[int, Meta(ge=1, le=2**31 - 1, description="Which attempt; the newest where it is left out")]


class Analyze(Struct, frozen=True, forbid_unknown_fields=True):
    """A run to have analysed: one that is over, and was not green."""

    owner: Name
    repo: Name
    run_id: RunNumber
    run_attempt: Attempt | None = None
    hint: Annotated[str, Meta(max_length=LONGEST_HINT, description="For the model, in your own words")] = ""


class AnalysisPath(Struct, frozen=True):
    """Which analysis a path names."""

    owner: Name
    repo: Name
    run_id: RunNumber
    run_attempt: Attempt


class EngineShown(Struct, frozen=True):
    """An engine by its name, and the model that it asks; null where it asks none."""

    name: Annotated[str, Meta(examples=["gemini", "recipes_only"])]
    model: str | None


class PlanShown(Struct, frozen=True):
    """The newest run of the agent's plan for an attempt, with the engine that ran it; null before it began."""

    plan_run_id: str
    state: Annotated[str, Meta(examples=["IN_PROGRESS", "NEED_CLARIFICATION", "COMPLETE"])]
    engine: EngineShown | None


class AnalysisStatus(Struct, frozen=True):
    """How far the analysis of an attempt has come.

    `pending` says that a job for it waits or is being done, which may change all the rest: of an analysis that is made
    again, what was known before is shown until then.
    """

    repository: str
    run_id: int
    run_attempt: int
    state: Literal["queued", "started", "diagnosed", "published", "superseded", "failed"]
    pending: bool
    note: Annotated[str, Meta(description="Why there is no fix, or that one is being looked for")]
    failures: Annotated[list[int], Meta(description="For /failures/{id}")]
    fixes: Annotated[list[int], Meta(description="For /fixes/{id}")]
    plan: PlanShown | None
    started_at: datetime | None


class Queued(Struct, frozen=True):
    """An analysis that was asked for; `Location` leads to its status too."""

    repository: str
    run_id: int
    run_attempt: int
    status_url: Annotated[str, Meta(description="How far it has come")]
    failures_url: Annotated[str, Meta(description="Where its failures will be listed")]


class PlanQueued(Struct, frozen=True):
    """The agent's whole plan, which was asked for.

    `engine` is the operator's, which this process expects to run it: the repository's file may choose another of his,
    and the status names the one that did.
    """

    repository: str
    run_id: int
    run_attempt: int
    status_url: str
    failures_url: str
    engine: EngineShown
    runner: Annotated[str, Meta(description="What runs the plan, and what that means for its answer")]
