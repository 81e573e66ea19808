"""What was learned, and rows to take away."""

from http import HTTPStatus

from web import learned
from web.api.operation import Asked, Operation, Streamed
from web.export import MEDIA_TYPES, export
from web.export_models import MOST_ROWS, ExportQuery
from web.learned_models import (
    ModelPerformance,
    PerformanceQuery,
    PredictionView,
    PredictQuery,
    SimilarFixes,
    SimilarQuery,
)


async def find_similar_fixes(asked: Asked) -> SimilarFixes:
    """Fixes of like failures."""
    return await learned.similar_fixes(asked.site, asked.person, asked.given_as(SimilarQuery))


async def predict_success(asked: Asked) -> PredictionView:
    """How sure to be of a fix."""
    return await learned.predict_success(asked.site, asked.person, asked.given_as(PredictQuery))


async def get_model_performance(asked: Asked) -> ModelPerformance:
    """What predictions were worth."""
    return await learned.model_performance(asked.site, asked.person, asked.given_as(PerformanceQuery))


async def export_rows(asked: Asked) -> Streamed:
    """Rows to take away."""
    query = asked.given_as(ExportQuery)
    chunks = await export(asked.site, asked.person, query)
    return Streamed(MEDIA_TYPES[query.format], chunks, f"ci-fixer-{query.kind}.{query.format}")


_UNSEEN = (HTTPStatus.NOT_FOUND,)
OPERATIONS: tuple[Operation, ...] = (
    Operation("POST", "/analytics/similar-fixes", "find_similar_fixes",
              "Fixes that worked, or were approved, for a failure or one like it",
              find_similar_fixes, SimilarFixes, body=SimilarQuery, refusals=_UNSEEN, only_reads=True,
              about="By a failure, a fingerprint, or some lines of a log; one of the three. Looked for in the "
              "repositories that one may read, and never across installations: by a failure, in its own."),
    Operation("POST", "/analytics/predict-success", "predict_success",
              "How probable it is that a fix works, and why", predict_success, PredictionView, body=PredictQuery,
              refusals=_UNSEEN, only_reads=True,
              about="From the recorded outcomes of similar fixes of the same installation. Below ten outcomes the "
              "answer is \"not enough history\", and `confidence` is null."),
    Operation("GET", "/analytics/model-performance", "get_model_performance",
              "What predictions were worth: Brier score, calibration curve, AUC",
              get_model_performance, ModelPerformance, query=PerformanceQuery, refusals=_UNSEEN),
    Operation("GET", "/analytics/export", "export_rows", "Failures, fixes or outcomes, as CSV or JSON lines",
              export_rows, None, query=ExportQuery, refusals=_UNSEEN, streams=tuple(MEDIA_TYPES.values()),
              about=f"A repository after another, newest first, {MOST_ROWS} rows at most: an export that was cut says "
              "so in its last line, with the `cursor` to ask again with. Text that a spreadsheet would run as a "
              "formula has a quote before it."),
)  # fmt: skip
