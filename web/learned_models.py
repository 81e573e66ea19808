"""What was learned, as the API says it: fixes of like failures, how sure to be of one, what such words were worth."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from analysis.diagnosis import Category
from analysis.verdict import Verdict
from storage.fixes import FixState
from web.analytics_models import Days
from web.list_models import FingerprintText
from web.models import Confidence, RepositoryName

Identity = Annotated[int, Meta(ge=1, le=2**63 - 1)]
ShortText = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,200}$")]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class SimilarQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """To which failure. Give one of `failure_id`, `fingerprint` and `message` (some lines of a log)."""

    failure_id: Identity | None = None
    fingerprint: FingerprintText | None = None
    message: Annotated[str, Meta(min_length=1, max_length=20_000)] | None = None
    repository: RepositoryName | None = None
    limit: Annotated[int, Meta(ge=1, le=20)] = 5


class SimilarFixView(Struct, frozen=True):
    """A fix that was verified, or approved and not yet judged, for the same failure or one like it.

    `similarity` is 1 for the same fingerprint, else below: the share of parts that the two messages have in common.
    """

    fix_id: int
    name: Annotated[str, Meta(examples=["F12"])]
    repository: str
    state: FixState
    outcome: Annotated[str, Meta(examples=["verified", "approved"])]
    similarity: float
    fingerprint: str
    message: str
    source: str
    summary: str
    diff: Annotated[str, Meta(description="Cut to 20,000 characters")]
    url: str
    updated_at: datetime


class SimilarFixes(Struct, frozen=True):
    """Fixes, most alike first; of equally alike ones those that were verified, then the newest."""

    fixes: list[SimilarFixView]


class Features(Struct, frozen=True, forbid_unknown_fields=True):
    """What can be read off a fix before it is tried. What is not known is left out."""

    repository: RepositoryName
    source: Annotated[
        ShortText,
        Meta(description="Who writes it, or its kind", examples=["recipe:ruff-unused-import", "engine:gemini"]),
    ]
    category: Category
    fingerprint: FingerprintText | None = None
    complexity: Annotated[str, Meta(pattern="^(trivial|simple|moderate|complex)$")] | None = None
    proof_level: Annotated[str, Meta(pattern="^(applies|parses|command re-run|CI green)$")] | None = None
    files: Count | None = None
    lines: Count | None = None
    verdict: Verdict | None = None


class PredictQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Of which fix: a stored one, or one with such features. Give one of the two."""

    fix_id: Identity | None = None
    features: Features | None = None


class ReasonView(Struct, frozen=True):
    """What moved a prediction, and by how much, -1 to 1."""

    what: str
    points: float


class PredictionView(Struct, frozen=True):
    """How sure to be of a fix, and why."""

    confidence: Confidence
    by_regression: Annotated[bool, Meta(description="Or by the history of similar fixes alone")]
    reasons: list[ReasonView]


class PerformanceQuery(Struct, frozen=True, forbid_unknown_fields=True):
    """Of which repositories, and of how many days."""

    repository: RepositoryName | None = None
    days: Days = 90


class BinView(Struct, frozen=True):
    """The predictions from `low` to `high`: what they said on average, what came out, and how many by weight."""

    low: float
    high: float
    said: float
    came_out: float
    n: float


class ScoresView(Struct, frozen=True):
    """How good probabilities were. Lower is better for `brier`, `log_loss` and `ece` (expected calibration error);
    `auc` is 0.5 for a guess, and null where everything came out alike.
    """

    n: float
    rate: float
    brier: float
    log_loss: float
    auc: float | None
    ece: float
    bins: list[BinView]


class ModelView(Struct, frozen=True):
    """The model in use in an installation, and its figures on outcomes later than those it was made from."""

    version: int
    outcomes: int
    made_at: datetime
    by_regression: bool
    later: Annotated[int, Meta(description="Outcomes that it was tried on")]
    shrinkage: ScoresView | None
    regression: ScoresView | None
    base_rate: ScoresView | None


class ModelPerformance(Struct, frozen=True):
    """What was said at proposals against what came out; null below ten outcomes: not enough data."""

    since: datetime
    decided: float
    said: ScoresView | None
    base_rate: Annotated[ScoresView | None, Meta(description="What always saying their rate would have scored")]
    models: list[ModelView]
