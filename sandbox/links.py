"""Addresses that are signed and live for a while: whoever has one may fetch what is there, without credentials."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import quote

from starlette.requests import Request

from sandbox.world import World


def _signature(world: World, path: str, expires: str) -> str:
    return hmac.new(world.link_secret, f"{path} {expires}".encode(), hashlib.sha256).hexdigest()


def sign(world: World, path: str, seconds: int) -> str:
    """The path with a query that opens it until it expires."""
    expires = str(int(world.clock().timestamp()) + seconds)
    return f"{quote(path)}?se={expires}&sig={_signature(world, path, expires)}"


def opens(world: World, path: str, request: Request) -> bool:
    """Whether the query of a request is one that `sign` gave for the path, and still lives."""
    expires, given = request.query_params.get("se", ""), request.query_params.get("sig", "")
    known = hmac.compare_digest(_signature(world, path, expires).encode(), given.encode(errors="replace"))
    return known and int(expires) > world.clock().timestamp()
