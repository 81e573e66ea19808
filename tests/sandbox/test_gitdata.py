"""Blobs, trees, commits and refs."""

import base64
from collections.abc import Mapping

import pytest

from tests.sandbox.conftest import CI, GitHub


async def tree_of(github: GitHub, ref: str = "main") -> str:
    git = github.sandbox.git(github.repo)
    sha = await git.resolve(ref)
    assert sha is not None
    return (await git.commit(sha)).tree


async def blob(github: GitHub, content: str = "new\n") -> str:
    return str((await github.post("{r}/git/blobs", content=content)).json()["sha"])


async def commit(github: GitHub, *entries: Mapping[str, str | None], **more: object) -> str:
    tree = await tree_of(github)
    if entries:
        tree = (await github.post("{r}/git/trees", base_tree=tree, tree=entries)).json()["sha"]
    made = await github.post("{r}/git/commits", message="m", tree=tree, parents=[await github.head()], **more)
    assert made.status_code == 201, made.text
    return str(made.json()["sha"])


def file(path: str, sha: str | None, mode: str = "100644") -> Mapping[str, str | None]:
    return {"path": path, "mode": mode, "type": "blob", "sha": sha}


@pytest.mark.parametrize(
    ("body", "content"),
    [
        ({"content": "hé\n"}, "hé\n".encode()),
        ({"content": "hé\n", "encoding": "utf-8"}, "hé\n".encode()),
        ({"content": base64.b64encode(b"\0\xff").decode(), "encoding": "base64"}, b"\0\xff"),
        ({"content": ""}, b""),
    ],
)
async def test_blobs(github: GitHub, body: dict[str, str], content: bytes) -> None:
    made = await github.call("POST", "{r}/git/blobs", json=body)
    assert made.headers["location"] == made.json()["url"]
    found = (await github.get(f"{{r}}/git/blobs/{made.json()['sha']}")).json()
    assert base64.b64decode(found["content"]) == content
    assert found["size"] == len(content)


async def test_what_is_no_base64_is_no_blob(github: GitHub) -> None:
    answer = await github.post("{r}/git/blobs", content="%%%", encoding="base64")
    assert (answer.status_code, answer.json()["message"]) == (422, "content is not valid Base64")


@pytest.mark.parametrize("what", ["blobs", "commits", "trees"])
async def test_an_object_that_is_not_there_is_not_found(github: GitHub, what: str) -> None:
    assert (await github.get(f"{{r}}/git/{what}/{'0' * 40}")).status_code == 404


async def test_a_tree_is_shown_one_level_or_all_the_way_down(github: GitHub) -> None:
    flat = (await github.get(f"{{r}}/git/trees/{await tree_of(github)}")).json()
    assert [(one["path"], one["type"]) for one in flat["tree"]] == [("README.md", "blob"), ("src", "tree")]
    deep = (await github.get("{r}/git/trees/main", params={"recursive": "1"})).json()
    assert [one["path"] for one in deep["tree"]] == ["README.md", "src", "src/a.py"]
    assert deep["sha"] == flat["sha"]
    assert deep["tree"][0]["size"] == 14


async def test_a_tree_is_made_on_another(github: GitHub) -> None:
    made = await github.post(
        "{r}/git/trees",
        base_tree=await tree_of(github),
        tree=[
            file("README.md", None),
            file("src/b.py", await blob(github)),
            {"path": "written.txt", "mode": "100644", "type": "blob", "content": "straight\n"},
        ],
    )
    assert made.status_code == 201
    found = (await github.get(f"{{r}}/git/trees/{made.json()['sha']}", params={"recursive": "1"})).json()
    assert [one["path"] for one in found["tree"]] == ["src", "src/a.py", "src/b.py", "written.txt"]


async def test_a_tree_may_take_the_place_of_a_folder(github: GitHub) -> None:
    inner = await github.post("{r}/git/trees", tree=[file("only.py", await blob(github))])
    entry = {"path": "src", "mode": "040000", "type": "tree", "sha": inner.json()["sha"]}
    made = await github.post("{r}/git/trees", base_tree=await tree_of(github), tree=[entry])
    assert made.status_code == 201, made.text
    found = (await github.get(f"{{r}}/git/trees/{made.json()['sha']}", params={"recursive": "1"})).json()
    assert [one["path"] for one in found["tree"]] == ["README.md", "src", "src/only.py"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"tree": []}, 422),
        ({"tree": [{"path": "a", "mode": "100644", "sha": "0" * 40}]}, 422),
        ({"tree": [{"path": "a", "mode": "777", "content": "x"}]}, 422),
        ({"tree": [{"path": "a", "mode": "100644", "type": "file", "content": "x"}]}, 422),
        ({"tree": [{"path": "../a", "mode": "100644", "content": "x"}]}, 422),
        ({"tree": [{"path": ".git/hooks/x", "mode": "100755", "content": "x"}]}, 422),
        ({"tree": [{"path": "/etc/x", "mode": "100644", "content": "x"}]}, 422),
        ({"tree": [{"mode": "100644", "content": "x"}]}, 422),
        ({"base_tree": "0" * 40, "tree": [{"path": "a", "mode": "100644", "content": "x"}]}, 404),
    ],
)
async def test_a_tree_that_cannot_be_is_refused(github: GitHub, body: dict[str, object], status: int) -> None:
    assert (await github.call("POST", "{r}/git/trees", json=body)).status_code == status


async def test_a_commit_of_a_bot_is_verified_unless_it_says_who_wrote_it(github: GitHub) -> None:
    plain = (await github.get(f"{{r}}/git/commits/{await commit(github)}")).json()
    assert plain["author"]["name"] == "ci-fixer[bot]"
    assert plain["verification"]["verified"]
    mona = {"name": "Mona", "email": "mona@example.test", "date": "2026-01-02T03:04:05Z"}
    told = (await github.get(f"{{r}}/git/commits/{await commit(github, author=mona)}")).json()
    assert (told["author"], told["committer"]) == (mona, mona)
    assert not told["verification"]["verified"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"tree": "0" * 40}, "Tree SHA does not exist"),
        ({"parents": ["0" * 40]}, "Parent SHA does not exist"),
        ({"author": {"name": "a", "email": "b", "date": "yesterday"}}, "is not a valid date-time"),
        ({"author": {"name": "a"}}, '"email" wasn\'t supplied'),
        ({"message": 7}, "is not a string"),
    ],
)
async def test_a_commit_that_cannot_be_is_refused(github: GitHub, more: dict[str, object], said: str) -> None:
    body = {"message": "m", "tree": await tree_of(github), "parents": [await github.head()]} | more
    answer = await github.call("POST", "{r}/git/commits", json=body)
    assert answer.status_code == 422
    assert said in answer.json()["message"]


async def test_refs_are_made_found_moved_and_removed(github: GitHub) -> None:
    first = await github.head()
    made = await github.post("{r}/git/refs", ref="refs/heads/fix", sha=first)
    assert (made.status_code, made.json()["object"]["sha"]) == (201, first)
    second = await commit(github, file("a", await blob(github)))
    moved = await github.patch("{r}/git/refs/heads/fix", sha=second)
    assert (moved.status_code, await github.head("fix")) == (200, second)
    assert (await github.get("{r}/git/ref/heads/fix")).json()["object"]["sha"] == second
    assert (await github.call("DELETE", "{r}/git/refs/heads/fix")).status_code == 204
    assert (await github.get("{r}/git/ref/heads/fix")).status_code == 404


async def test_a_ref_is_not_moved_back_unless_by_force(github: GitHub) -> None:
    first = await github.head()
    await github.branch("fix")
    answer = await github.patch("{r}/git/refs/heads/fix", sha=first)
    assert (answer.status_code, answer.json()["message"]) == (422, "Update is not a fast forward")
    assert (await github.patch("{r}/git/refs/heads/fix", sha=first, force=True)).status_code == 200
    assert await github.head("fix") == first


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"ref": "refs/heads/main"}, "Reference already exists"),
        ({"ref": "heads/x"}, "Reference name must start with 'refs/'"),
        ({"ref": "refs/heads"}, "Reference name must start with 'refs/'"),
        ({"ref": "refs/heads/a..b"}, "is not a valid ref name"),
        ({"ref": "refs/heads/x", "sha": "0" * 40}, "Object does not exist"),
        ({"ref": "refs/heads/x", "sha": "main"}, "Object does not exist"),
    ],
)
async def test_a_ref_that_cannot_be_is_refused(github: GitHub, body: dict[str, str], said: str) -> None:
    answer = await github.call("POST", "{r}/git/refs", json={"sha": await github.head(), **body})
    assert answer.status_code == 422
    assert said in answer.json()["message"]


async def test_a_ref_that_is_not_there_is_neither_moved_nor_removed(github: GitHub) -> None:
    answer = await github.patch("{r}/git/refs/heads/nowhere", sha=await github.head())
    assert (answer.status_code, answer.json()["message"]) == (422, "Reference does not exist")
    assert (await github.patch("{r}/git/refs/heads/main", sha="0" * 40)).status_code == 422
    assert (await github.call("DELETE", "{r}/git/refs/heads/nowhere")).status_code == 422


async def test_refs_that_begin_alike_are_found_together(github: GitHub) -> None:
    sha = await github.head()
    for ref in ("refs/heads/fix-1", "refs/heads/fix-2", "refs/tags/fix-3"):
        await github.post("{r}/git/refs", ref=ref, sha=sha)
    found = (await github.get("{r}/git/matching-refs/heads/fix")).json()
    assert [one["ref"] for one in found] == ["refs/heads/fix-1", "refs/heads/fix-2"]
    assert [one["ref"] for one in (await github.get("{r}/git/matching-refs/tags/")).json()] == ["refs/tags/fix-3"]
    assert (await github.get("{r}/git/matching-refs/heads/nowhere")).json() == []


@pytest.mark.parametrize("how", ["create", "update"])
async def test_a_branch_with_a_changed_workflow_needs_the_workflows_permission(github: GitHub, how: str) -> None:
    await github.post("{r}/git/refs", ref="refs/heads/fix", sha=await github.head())
    sha = await commit(github, file(CI, await blob(github, "push")))
    if how == "create":
        answer = await github.post("{r}/git/refs", ref="refs/heads/other", sha=sha)
    else:
        answer = await github.patch("{r}/git/refs/heads/fix", sha=sha)
    assert answer.status_code == 403
    assert answer.json()["message"] == (
        f"refusing to allow a GitHub App to create or update workflow `{CI}` without `workflows` permission"
    )
    assert answer.headers["x-accepted-github-permissions"] == "workflows=write"


async def test_with_the_permission_a_workflow_may_be_changed(github: GitHub) -> None:
    app = await github.sandbox.create_app("Writer", {"contents": "write", "workflows": "write"}, ())
    github.app, github.installation_id = app, await github.sandbox.install(app, "octo", [github.repo])
    sha = await commit(github, file(CI, await blob(github, "nothing")))
    assert (await github.post("{r}/git/refs", ref="refs/heads/fix", sha=sha)).status_code == 201
