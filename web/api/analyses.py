"""Analyses: asked for, and watched."""

from http import HTTPStatus

from web import analyzing
from web.analysis_models import AnalysisPath, AnalysisStatus, Analyze, PlanQueued, Queued
from web.api.operation import Asked, Operation


async def analyze(asked: Asked) -> Queued:
    """Queue an analysis."""
    return await analyzing.analyze(asked.site, asked.person, asked.given_as(Analyze))


async def analyze_by_plan(asked: Asked) -> PlanQueued:
    """Queue an analysis with the agent's whole plan."""
    return await analyzing.analyze_by_plan(asked.site, asked.person, asked.given_as(Analyze))


async def get_analysis(asked: Asked) -> AnalysisStatus:
    """How far an analysis has come."""
    return await analyzing.status(asked.site, asked.person, asked.path_as(AnalysisPath))


def _status_url(answer: Queued | PlanQueued) -> str:
    return answer.status_url


_ACT = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
OPERATIONS: tuple[Operation, ...] = (
    Operation("POST", "/analyze", "analyze", "Have a failed run read, or read again", analyze, Queued, body=Analyze,
              status=HTTPStatus.ACCEPTED, refusals=_ACT, location=_status_url,
              about="Takes write access. The budgets of the day hold here too; the status says where one is spent."),
    Operation("POST", "/analyze/portia", "analyze_by_plan", "Have the agent's whole plan run for a failed run",
              analyze_by_plan, PlanQueued, body=Analyze, status=HTTPStatus.ACCEPTED, refusals=_ACT,
              location=_status_url,
              about="The run is read, and then the engine is asked for a fix, whatever recipes propose. The answer "
              "names the engine that is set up; the status names the one that ran."),
    Operation("GET", "/analyze/{owner}/{repo}/{run_id}/{run_attempt}", "get_analysis",
              "How far the analysis of a run has come", get_analysis, AnalysisStatus, path_model=AnalysisPath,
              refusals=(HTTPStatus.NOT_FOUND,)),
)  # fmt: skip
