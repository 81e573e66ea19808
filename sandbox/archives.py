"""A commit's files packed, at an address of its own, as codeload.github.com serves them."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sandbox.links import opens, sign
from sandbox.state import Repository
from sandbox.world import World

PLACE = "/_archives/"
# "For private repositories, these links are temporary and expire after five minutes."
# https://docs.github.com/en/rest/repos/contents#download-a-repository-archive-tar
LIFE_SECONDS = 300
_NAME = re.compile(r"(?P<repository>\d{1,18})/legacy\.tar\.gz/(?P<ref>.+)")


def tarball_path(world: World, repository: Repository, ref: str) -> str:
    """Where the tarball of a branch, tag or commit is, for five minutes."""
    return sign(world, f"{PLACE}{repository.id}/legacy.tar.gz/{ref}", LIFE_SECONDS)


async def download(world: World, request: Request) -> Response:
    """Serve a signed address: the files below one folder, `owner-name-sha`, but for those marked `export-ignore`."""
    what = request.path_params["what"]
    name = _NAME.fullmatch(what)
    if name is None or not opens(world, PLACE + what, request):
        return PlainTextResponse("404: Not Found", 404)
    repository = world.state.repositories[int(name["repository"])]
    git = world.git(repository)
    sha = await git.resolve(name["ref"].removeprefix("refs/heads/").removeprefix("refs/tags/"))
    if sha is None:
        return PlainTextResponse("404: Not Found", 404)
    folder = f"{repository.owner.login}-{repository.name}-{sha[:7]}"
    packed = await git.run("archive", "--format=tar.gz", f"--prefix={folder}/", sha)
    return Response(
        packed,
        media_type="application/x-gzip",
        headers={"content-disposition": f"attachment; filename={folder}.tar.gz"},
    )
