"""Files by path, read and written."""

import base64
import os

import pytest

from tests.sandbox.conftest import CI, GitHub


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


async def test_a_file_comes_with_its_content(github: GitHub) -> None:
    found = (await github.get("{r}/contents/src/a.py")).json()
    assert (found["name"], found["path"], found["type"], found["encoding"]) == ("a.py", "src/a.py", "file", "base64")
    assert base64.b64decode(found["content"]) == b"x = 1\n"
    assert found["download_url"].startswith(github.url)


async def test_base64_is_broken_into_lines_of_sixty(github: GitHub) -> None:
    await github.branch("fix", big=b"x" * 100)
    found = (await github.get("{r}/contents/big", params={"ref": "fix"})).json()
    assert [len(line) for line in found["content"].splitlines()] == [60, 60, 16]


async def test_a_folder_is_a_list(github: GitHub) -> None:
    root = (await github.get("{r}/contents/")).json()
    assert [(one["name"], one["type"]) for one in root] == [("README.md", "file"), ("src", "dir")]
    assert (await github.get("{r}/contents")).json() == root
    assert [one["path"] for one in (await github.get("{r}/contents/src")).json()] == ["src/a.py"]


async def test_a_file_above_a_megabyte_comes_without_content(github: GitHub) -> None:
    await github.branch("fix", big=b"x" * 1_000_001)
    found = (await github.get("{r}/contents/big", params={"ref": "fix"})).json()
    assert (found["content"], found["encoding"], found["size"]) == ("", "none", 1_000_001)


@pytest.mark.parametrize("path", ["nowhere", "src/nowhere", "README.md/x", "%2e%2e/x", "src/%2e%2e/README.md"])
async def test_a_file_that_is_not_there_is_not_found(github: GitHub, path: str) -> None:
    answer = await github.call("GET", f"/repos/octo/repo/contents/{path}")
    assert answer.status_code == 404


async def test_a_ref_that_is_not_there_is_not_found(github: GitHub) -> None:
    answer = await github.get("{r}/contents/README.md", params={"ref": "nowhere"})
    assert (answer.status_code, answer.json()["message"]) == (404, "No commit found for the ref nowhere")


async def test_names_with_strange_signs(github: GitHub) -> None:
    name = "a b/ü#?.py"
    await github.sandbox.push(github.repo, "fix", {name: b"1\n"}, "Change", "mona")
    answer = await github.get("{r}/contents/a%20b/%C3%BC%23%3F.py", params={"ref": "fix"})
    assert answer.json()["path"] == name


async def test_a_file_is_made_changed_and_removed_by_commits(github: GitHub) -> None:
    made = await github.call("PUT", "{r}/contents/new.py", json={"message": "Make it", "content": encoded(b"1\n")})
    assert made.status_code == 201
    assert await github.head() == made.json()["commit"]["sha"]
    assert made.json()["commit"]["verification"]["verified"]
    sha = made.json()["content"]["sha"]
    body = {"message": "Change it", "content": encoded(b"2\n"), "sha": sha, "branch": "main"}
    changed = await github.call("PUT", "{r}/contents/new.py", json=body)
    assert changed.status_code == 200
    assert await github.sandbox.read_file(github.repo, "main", "new.py") == b"2\n"
    body = {"message": "Remove it", "sha": changed.json()["content"]["sha"]}
    gone = await github.call("DELETE", "{r}/contents/new.py", json=body)
    assert (gone.status_code, gone.json()["content"]) == (200, None)
    assert await github.sandbox.read_file(github.repo, "main", "new.py") is None


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("README.md", {}, 422, '"sha" wasn\'t supplied'),
        ("README.md", {"sha": "0" * 40}, 409, f"README.md does not match {'0' * 40}"),
        ("new", {"content": "%"}, 422, "content is not valid Base64"),
        ("new", {"branch": "nowhere"}, 404, "Branch nowhere not found"),
        ("a/../b", {}, 422, "malformed path component"),
        (".git/config", {}, 422, "malformed path component"),
        (CI, {}, 403, "without `workflows` permission"),
    ],
)
async def test_what_cannot_be_written_is_refused(
    github: GitHub, path: str, body: dict[str, str], status: int, said: str
) -> None:
    before = await github.head()
    answer = await github.call("PUT", f"/repos/octo/repo/contents/{path.replace('..', '%2e%2e')}",
                               json={"message": "m", "content": encoded(b"x"), **body})  # fmt: skip
    assert answer.status_code == status
    assert said in answer.json()["message"]
    assert await github.head() == before


async def test_a_file_that_is_not_there_cannot_be_removed(github: GitHub) -> None:
    answer = await github.call("DELETE", "{r}/contents/nowhere", json={"message": "m", "sha": "0" * 40})
    assert answer.status_code == 404


async def test_a_file_keeps_its_mode(github: GitHub) -> None:
    git = github.sandbox.git(github.repo)
    blob = (await github.post("{r}/git/blobs", content="#!/bin/sh\n")).json()["sha"]
    entry = {"path": "run.sh", "mode": "100755", "type": "blob", "sha": blob}
    base = (await git.commit(await github.head())).tree
    tree = (await github.post("{r}/git/trees", base_tree=base, tree=[entry])).json()["sha"]
    made = await github.post("{r}/git/commits", message="m", tree=tree, parents=[await github.head()])
    await github.post("{r}/git/refs", ref="refs/heads/mode", sha=made.json()["sha"])
    body = {"message": "m", "content": encoded(os.urandom(9)), "sha": blob, "branch": "mode"}
    assert (await github.call("PUT", "{r}/contents/run.sh", json=body)).status_code == 200
    (item,) = await git.tree("mode", path="run.sh")
    assert item.mode == "100755"
