"""What was learned, for a person: fixes of like failures, how sure to be of a fix, and what such words were worth."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from github_app.model import Repository
from handlers.tasks import predicting
from handlers.tasks.predicting import InUse
from handlers.tasks.reading import diagnosis_of
from learning.calibration import Scores
from learning.likeness import likeness_row, likeness_row_of_text
from learning.prediction import Prediction
from storage import failures, likenesses, review_lists, similar
from storage.ids import FixId
from storage.likenesses import LikenessRow
from storage.outcomes import FixFeatures
from storage.similar import SimilarFix
from web.learned_models import (
    BinView,
    Features,
    ModelPerformance,
    ModelView,
    PerformanceQuery,
    PredictionView,
    PredictQuery,
    ReasonView,
    ScoresView,
    SimilarFixes,
    SimilarFixView,
    SimilarQuery,
)
from web.people import Person
from web.problems import Problem, not_found
from web.seen import repositories_seen, repository_seen, seen_or_404
from web.site import Site
from web.views import confidence


async def similar_fixes(site: Site, person: Person, query: SimilarQuery) -> SimilarFixes:
    """Fixes of failures like one, in the repositories that the person may read; never across installations."""
    if (query.failure_id, query.fingerprint, query.message).count(None) != 2:
        raise Problem(HTTPStatus.BAD_REQUEST, "Give one of failure_id, fingerprint and message.")
    seen = await repositories_seen(site, person, query.repository, review_lists.with_fixes)
    fingerprint, likeness, only = query.fingerprint, None, None
    if query.message is not None:
        # Some 5 ms of reading, beside the loop.
        likeness = await asyncio.to_thread(likeness_row_of_text, query.message)
    if query.failure_id is not None:
        fingerprint, likeness, only = await _of_failure(site, person, query.failure_id)
    async with site.services.database.connection() as connection:
        if query.fingerprint is not None and fingerprint is not None:
            likeness = await likenesses.likeness_of(connection, fingerprint)
        found: list[SimilarFix] = []
        for ids in _by_installation(seen, only):
            found += await similar.similar_fixes(
                connection, ids, query.limit, fingerprint=fingerprint, likeness=likeness
            )
    found.sort(key=lambda fix: (-fix.similarity, fix.outcome != "verified", -fix.fix_id))
    return SimilarFixes([_similar(fix) for fix in found[: query.limit]])


async def predict_success(site: Site, person: Person, query: PredictQuery) -> PredictionView:
    """How sure to be of a fix, or that there is not enough history to say."""
    if (query.fix_id is None) == (query.features is None):
        raise Problem(HTTPStatus.BAD_REQUEST, "Give one of fix_id and features.")
    if query.features is not None:
        repository = await repository_seen(site, person, query.features.repository)
        async with site.services.database.connection() as connection:
            made = await predicting.predict_like(connection, repository.repository_id, _features(query.features))
        return _prediction(made)
    fix_id = query.fix_id or 0
    async with site.services.database.connection() as connection:
        row = await review_lists.repository_of_fix(connection, fix_id)
    repository = await seen_or_404(site, person, row, "fix")
    async with site.services.database.connection() as connection:
        return _prediction(await predicting.predict_fix(connection, repository.repository_id, FixId(fix_id)))


async def model_performance(site: Site, person: Person, query: PerformanceQuery) -> ModelPerformance:
    """What was said of fixes, and what came out."""
    since = datetime.now(UTC) - timedelta(days=query.days)
    seen = await repositories_seen(site, person, query.repository, review_lists.reached)
    ids = [int(one.repository_id) for one in seen]
    async with site.services.database.connection() as connection:
        found = await predicting.model_performance(connection, ids, since)
    return ModelPerformance(
        since=found.since,
        decided=found.decided,
        said=_scores(found.said),
        base_rate=_scores(found.base_rate),
        models=[_model(one) for one in found.models],
    )


async def _of_failure(site: Site, person: Person, failure_id: int) -> tuple[str, LikenessRow, int]:
    """What a failure is compared by, and its installation. Raises Problem 404 where the person may not read it."""
    async with site.services.database.connection() as connection:
        row = await review_lists.repository_of_failure(connection, failure_id)
    repository = await seen_or_404(site, person, row, "failure")
    async with site.services.database.connection() as connection:
        found = await failures.failure(connection, failure_id)
    if found is None:
        raise not_found("failure")
    return found.fingerprint, likeness_row(diagnosis_of(found.diagnosis_json)), int(repository.installation_id)


def _by_installation(seen: Sequence[Repository], only: int | None) -> list[list[int]]:
    together: dict[int, list[int]] = {}
    for one in seen:
        if only is None or one.installation_id == only:
            together.setdefault(int(one.installation_id), []).append(int(one.repository_id))
    return list(together.values())


def _similar(fix: SimilarFix) -> SimilarFixView:
    return SimilarFixView(
        fix_id=fix.fix_id,
        name=f"F{fix.fix_id}",
        repository=fix.full_name,
        state=fix.state,
        outcome=fix.outcome,
        similarity=fix.similarity,
        fingerprint=fix.fingerprint,
        message=fix.message,
        source=fix.source,
        summary=fix.summary,
        diff=fix.diff,
        url=fix.html_url,
        updated_at=fix.updated_at,
    )


def _features(given: Features) -> FixFeatures:
    return FixFeatures(
        fingerprint=given.fingerprint or "",
        category=given.category.value,
        source=given.source,
        complexity=given.complexity,
        proof_level=given.proof_level,
        files=given.files,
        lines=given.lines,
        verdict=None if given.verdict is None else given.verdict.value,
    )


def _prediction(made: Prediction | None) -> PredictionView:
    if made is None:
        return PredictionView(confidence(None), by_regression=False, reasons=[])
    return PredictionView(
        confidence=confidence(made.confidence),
        by_regression=made.by_regression,
        reasons=[ReasonView(one.what, one.points) for one in made.reasons],
    )


def _scores(found: Scores | None) -> ScoresView | None:
    if found is None:
        return None
    bins = [BinView(one.low, one.high, one.said, one.came_out, one.n) for one in found.bins]
    return ScoresView(found.n, found.rate, found.brier, found.log_loss, found.auc, found.ece, bins)


def _model(found: InUse) -> ModelView:
    return ModelView(
        version=found.version,
        outcomes=found.outcomes,
        made_at=found.made_at,
        by_regression=found.by_regression,
        later=found.evaluation.n_later,
        shrinkage=_scores(found.evaluation.shrinkage),
        regression=_scores(found.evaluation.regression),
        base_rate=_scores(found.evaluation.base_rate),
    )
