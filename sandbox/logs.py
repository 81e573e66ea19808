"""Log downloads: addresses that are signed and live for a minute, as GitHub's storage gives them."""

from __future__ import annotations

import asyncio
import re
import zipfile
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from sandbox.links import opens
from sandbox.links import sign as sign_path
from sandbox.state import Attempt, Job
from sandbox.world import World

# https://docs.github.com/en/rest/actions/workflow-jobs#download-job-logs-for-a-workflow-run
LIFE_SECONDS = 60
PLACE = "/_logs/"
_NAME = re.compile(r"(?:job/(?P<job>\d{1,18})\.txt|run/(?P<run>\d{1,18})-(?P<attempt>\d{1,6})\.zip)")


def sign(world: World, what: str) -> str:
    """A path with query that may be fetched without credentials until it expires."""
    return sign_path(world, PLACE + what, LIFE_SECONDS)


def find_job(world: World, job_id: int) -> Job | None:
    """A job of any repository."""
    for repository in world.state.repositories.values():
        for run in repository.runs.values():
            for attempt in run.attempts:
                for job in attempt.jobs:
                    if job.id == job_id:
                        return job
    return None


def _find_attempt(world: World, run_id: int, number: int) -> Attempt | None:
    for repository in world.state.repositories.values():
        run = repository.runs.get(run_id)
        if run is not None and 1 <= number <= len(run.attempts):
            return run.attempts[number - 1]
    return None


def _zip(attempt: Attempt, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, job in enumerate(attempt.jobs):
            if job.log is not None:
                archive.write(job.log, f"{number}_{job.name.replace('/', '_')}.txt")


async def download(world: World, request: Request) -> Response:
    """Serve a signed address: the plain log of a job, or a zip of an attempt's."""
    what = request.path_params["what"]
    if not opens(world, PLACE + what, request):
        return PlainTextResponse("AuthenticationFailed: Signature not valid in the specified time frame", 403)
    name = _NAME.fullmatch(what)
    if name is None:
        return PlainTextResponse("BlobNotFound", 404)
    if name["job"]:
        job = find_job(world, int(name["job"]))
        if job is None or job.log is None:
            return PlainTextResponse("BlobNotFound", 404)
        return FileResponse(job.log, media_type="text/plain")
    attempt = _find_attempt(world, int(name["run"]), int(name["attempt"]))
    if attempt is None:
        return PlainTextResponse("BlobNotFound", 404)
    target = world.root / f"logs-{name['run']}-{name['attempt']}.zip"
    await asyncio.to_thread(_zip, attempt, target)
    return FileResponse(target, media_type="application/zip", filename="logs.zip")
