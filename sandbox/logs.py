"""Log downloads: addresses that are signed and live for a minute, as GitHub's storage gives them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import zipfile
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from sandbox.state import Attempt, Job
from sandbox.world import World

# https://docs.github.com/en/rest/actions/workflow-jobs#download-job-logs-for-a-workflow-run
LIFE_SECONDS = 60
_NAME = re.compile(r"(?:job/(?P<job>\d{1,18})\.txt|run/(?P<run>\d{1,18})-(?P<attempt>\d{1,6})\.zip)")


def _signature(world: World, what: str, expires: str) -> str:
    return hmac.new(world.log_secret, f"{what} {expires}".encode(), hashlib.sha256).hexdigest()


def sign(world: World, what: str) -> str:
    """A path with query that may be fetched without credentials until it expires."""
    expires = str(int(world.clock().timestamp()) + LIFE_SECONDS)
    return f"/_logs/{what}?se={expires}&sig={_signature(world, what, expires)}"


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
    what, expires = request.path_params["what"], request.query_params.get("se", "")
    known = hmac.compare_digest(
        _signature(world, what, expires).encode(), request.query_params.get("sig", "").encode(errors="replace")
    )
    if not known or int(expires) <= world.clock().timestamp():
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
