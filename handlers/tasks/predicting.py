"""Saying how sure to be of a fix, from what came out of the installation's others; and what such words were worth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import msgspec

from learning.calibration import Scores, scores
from learning.model import Evaluation, Model
from learning.prediction import Prediction, predict
from learning.shrinkage import enough
from storage import fixes, outcomes, prediction_models, repositories
from storage.database import Connection
from storage.fixes import FixRow, NewFix
from storage.ids import FixId
from storage.outcomes import Candidate, FixFeatures
from storage.prediction_models import ModelRow

LOOKED_BACK = timedelta(days=90)
"""How far back what was said is compared with what came out, where nothing else is asked: as the dashboards look."""


@dataclass(frozen=True, slots=True)
class InUse:
    """The model that predicts for an installation, and what it was worth on data later than its own.

    `by_regression` is False where the history of similar fixes alone predicts.
    """

    installation_id: int
    version: int
    outcomes: int
    made_at: datetime
    by_regression: bool
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class Performance:
    """What predictions were worth: `said` is what was shown at proposals against what came out since `since`.

    `decided` is how many such fixes there were, by weight; `said` is None where they are fewer than ten. `base_rate` is
    what always saying their rate would have scored.
    """

    since: datetime
    decided: float
    said: Scores | None
    base_rate: Scores | None
    models: tuple[InUse, ...]


async def propose_predicted(connection: Connection, new: NewFix, reason: str = "") -> FixRow:
    """Propose a fix with what is to be thought of it now. Call it in a transaction; see `storage.fixes.propose`."""
    candidate = await outcomes.about_new(connection, new)
    made = None if candidate is None else await _predicted(connection, candidate)
    return await fixes.propose(connection, replace(new, confidence=None if made is None else made.confidence), reason)


async def predict_fix(connection: Connection, repository_id: int, fix_id: FixId) -> Prediction | None:
    """What is to be thought of a stored fix now, its own outcome aside; None: not enough history.

    Raises LookupError where that repository has no such fix. What was said of it is `FixRow.confidence`.
    """
    candidate = await outcomes.about_fix(connection, repository_id, fix_id)
    if candidate is None:
        raise LookupError(f"repository {repository_id} has no fix F{fix_id}")
    return await _predicted(connection, candidate)


async def predict_like(connection: Connection, repository_id: int, features: FixFeatures) -> Prediction | None:
    """What is to be thought of a fix with such features in that repository; None: not enough history.

    `features.source` may be a source or a kind. Raises LookupError for a repository that is not known.
    """
    row = await repositories.repository(connection, repository_id)
    if row is None:
        raise LookupError(f"repository {repository_id} is not known")
    return await _predicted(connection, Candidate(row.installation_id, features))


async def model_performance(
    connection: Connection, repository_ids: Sequence[int], since: datetime | None = None
) -> Performance:
    """What the predictions in those repositories were worth, and the models of their installations."""
    start = since or datetime.now(UTC) - LOOKED_BACK
    said = await outcomes.said_and_done(connection, repository_ids, start)
    found = scores(said)
    shown = found is not None and enough(found.n)
    base = scores(replace(one, probability=found.rate) for one in said) if found is not None else None
    newest = await prediction_models.newest_of_repositories(connection, repository_ids)
    return Performance(
        since=start,
        decided=0.0 if found is None else found.n,
        said=found if shown else None,
        base_rate=base if shown else None,
        models=tuple(_in_use(row) for row in newest),
    )


def model_of(row: ModelRow) -> Model:
    """A kept model, read."""
    return msgspec.json.decode(row.model_json, type=Model)


async def _predicted(connection: Connection, candidate: Candidate) -> Prediction | None:
    tallies = await outcomes.tallies_for(connection, candidate)
    row = await prediction_models.newest_model(connection, candidate.installation_id)
    model, version = (None, None) if row is None else (model_of(row), row.version)
    return predict(candidate.features, tallies, model, version)


def _in_use(row: ModelRow) -> InUse:
    return InUse(
        installation_id=row.installation_id,
        version=row.version,
        outcomes=row.outcomes,
        made_at=row.made_at,
        by_regression=model_of(row).regression is not None,
        evaluation=msgspec.json.decode(row.evaluation_json, type=Evaluation),
    )
