"""`/health` for people and monitors, `/ready` for whoever sends requests here: served by every process that listens."""

from http import HTTPStatus

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from web.health import Doctor

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def build_probes(doctor: Doctor) -> ASGIApp:
    """Both paths, for nobody in particular."""

    async def health(_: Request) -> Response:
        found = await doctor.health()
        status = HTTPStatus.SERVICE_UNAVAILABLE if found.status == "down" else HTTPStatus.OK
        return Response(msgspec.json.encode(found), status, _HEADERS, "application/json")

    async def ready(_: Request) -> Response:
        found = await doctor.ready()
        status = HTTPStatus.OK if found.status == "ready" else HTTPStatus.SERVICE_UNAVAILABLE
        return Response(msgspec.json.encode(found), status, _HEADERS, "application/json")

    return Starlette(routes=[Route("/health", health), Route("/ready", ready)])
