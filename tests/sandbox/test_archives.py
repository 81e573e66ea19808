"""A commit's files packed: reached by a link, as codeload serves them."""

import io
import tarfile

import httpx

from tests.sandbox.conftest import GitHub


async def fetched(link: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as nobody:
        return await nobody.get(link)


async def test_a_tarball_holds_the_commits_files_below_one_folder(github: GitHub) -> None:
    sha = await github.branch("fix", **{"src/b.py": b"y = 2\n"})
    answer = await github.get(f"{{r}}/tarball/{sha}")
    assert (answer.status_code, answer.content) == (302, b"")
    packed = await fetched(answer.headers["location"])
    assert (packed.status_code, packed.headers["content-type"]) == (200, "application/x-gzip")
    with tarfile.open(fileobj=io.BytesIO(packed.content)) as archive:
        files = {one.name for one in archive if one.isfile()}
        inner = archive.extractfile(f"octo-repo-{sha[:7]}/src/b.py")
        assert inner is not None
        assert inner.read() == b"y = 2\n"
    assert files == {f"octo-repo-{sha[:7]}/{path}" for path in ("README.md", "src/a.py", "src/b.py")}


async def test_a_branch_is_packed_too_and_what_is_not_there_is_told_at_the_link(github: GitHub) -> None:
    for ref, status in (("main", 200), ("refs/heads/main", 200), ("nowhere", 404), ("0" * 40, 404)):
        answer = await github.get(f"{{r}}/tarball/{ref}")
        assert answer.status_code == 302
        assert (await fetched(answer.headers["location"])).status_code == status, ref


async def test_a_link_to_a_tarball_lives_five_minutes_and_opens_nothing_else(github: GitHub) -> None:
    link = (await github.get("{r}/tarball/main")).headers["location"]
    for change in (("sig=", "sig=0"), ("se=", "se=9"), ("/main", "/fix"), ("legacy", "other")):
        assert (await fetched(link.replace(*change))).status_code == 404
    github.time.passes(seconds=270)
    assert (await fetched(link)).status_code == 200
    github.time.passes(seconds=31)
    assert (await fetched(link)).status_code == 404
