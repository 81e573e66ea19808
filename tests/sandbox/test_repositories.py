"""Repositories, branches, commits, comparisons, roles, forks."""

import pytest

from tests.sandbox.conftest import GitHub


async def test_a_repository_says_what_it_is(github: GitHub) -> None:
    found = (await github.get("{r}")).json()
    assert (found["full_name"], found["private"], found["fork"]) == ("octo/repo", False, False)
    assert found["default_branch"] == "main"
    assert found["clone_url"] == f"{github.url}/octo/repo.git"


async def test_names_are_found_whatever_their_case(github: GitHub) -> None:
    assert (await github.get("/repos/OCTO/Repo")).json()["full_name"] == "octo/repo"


@pytest.mark.parametrize(
    ("role", "legacy", "push"),
    [
        ("none", "read", False),
        ("read", "read", False),
        ("triage", "read", False),
        ("write", "write", True),
        ("maintain", "write", True),
        ("admin", "admin", True),
    ],
)
async def test_the_older_permission_knows_neither_maintain_nor_triage(
    github: GitHub, role: str, legacy: str, push: bool
) -> None:
    if role != "none":
        await github.sandbox.set_role(github.repo, "stranger", role)
    found = (await github.get("{r}/collaborators/stranger/permission")).json()
    assert found["permission"] == legacy
    # Anybody may read a public repository.
    assert found["role_name"] == ("read" if role == "none" else role)
    assert found["user"]["permissions"]["push"] is push


async def test_the_permission_of_a_stranger_to_a_private_repository_is_none(github: GitHub) -> None:
    hidden = await github.sandbox.create_repository("octo", "hidden", {"a": b"a"}, private=True)
    await github.sandbox.add_repositories(github.installation_id, [hidden])
    found = (
        await github.call("GET", "/repos/octo/hidden/collaborators/stranger/permission", await github.token())
    ).json()
    assert (found["permission"], found["role_name"]) == ("none", "none")
    assert (await github.get("{r}/collaborators/octo/permission")).json()["permission"] == "admin"
    assert (await github.get("{r}/collaborators/nobody/permission")).status_code == 404


async def test_branches(github: GitHub) -> None:
    sha = await github.branch("feature/x")
    listed = (await github.get("{r}/branches")).json()
    assert [(one["name"], one["commit"]["sha"]) for one in listed] == [
        ("feature/x", sha), ("main", await github.head()),
    ]  # fmt: skip
    found = (await github.get("{r}/branches/feature/x")).json()
    assert (found["name"], found["commit"]["sha"]) == ("feature/x", sha)
    assert found["commit"]["commit"]["message"] == "A change"
    answer = await github.get("{r}/branches/nowhere")
    assert (answer.status_code, answer.json()["message"]) == (404, "Branch not found")


async def test_a_commit_shows_its_files_with_patches(github: GitHub) -> None:
    files: dict[str, bytes | None] = {"README.md": b"one\nTWO\nthree\n", "new.py": b"a\n"}
    sha = await github.sandbox.push(github.repo, "fix", files, "Change", "mona")
    found = (await github.get(f"{{r}}/commits/{sha}")).json()
    assert found["author"]["login"] == "mona"
    assert found["stats"] == {"additions": 2, "deletions": 1, "total": 3}
    assert [(one["filename"], one["status"]) for one in found["files"]] == [
        ("README.md", "modified"), ("new.py", "added"),
    ]  # fmt: skip
    assert found["files"][0]["patch"] == "@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three"
    assert not found["commit"]["verification"]["verified"]


@pytest.mark.parametrize("ref", ["fix", "heads/fix", "{sha}", "{short}"])
async def test_a_commit_is_found_by_any_name(github: GitHub, ref: str) -> None:
    sha = await github.branch("fix")
    answer = await github.get("{r}/commits/" + ref.format(sha=sha, short=sha[:10]))
    assert answer.json()["sha"] == sha


async def test_a_commit_that_is_not_there_is_unprocessable(github: GitHub) -> None:
    answer = await github.get(f"{{r}}/commits/{'0' * 40}")
    assert (answer.status_code, answer.json()["message"]) == (422, f"No commit found for SHA: {'0' * 40}")


async def test_the_first_commit_shows_all_its_files(github: GitHub) -> None:
    found = (await github.get(f"{{r}}/commits/{await github.head()}")).json()
    assert {one["filename"] for one in found["files"]} == {"README.md", "src/a.py"}


async def test_renamed_and_removed_and_binary_files(github: GitHub) -> None:
    files = {"README.md": None, "READ.md": b"one\ntwo\nthree\n", "src/a.py": None, "image.bin": b"\0\1\2"}
    sha = await github.sandbox.push(github.repo, "fix", files, "Change", "mona")
    found = {one["filename"]: one for one in (await github.get(f"{{r}}/commits/{sha}")).json()["files"]}
    assert (found["READ.md"]["status"], found["READ.md"]["previous_filename"]) == ("renamed", "README.md")
    assert "patch" not in found["READ.md"]
    assert found["src/a.py"]["status"] == "removed"
    assert (found["image.bin"]["additions"], "patch" in found["image.bin"]) == (0, False)


async def test_commits_are_listed_newest_first_and_by_path(github: GitHub) -> None:
    first = await github.head()
    second = await github.branch("fix", README=b"x")
    third = await github.sandbox.push(github.repo, "fix", {"src/a.py": b"x = 2\n"}, "Change", "mona")
    listed = [one["sha"] for one in (await github.get("{r}/commits", params={"sha": "fix"})).json()]
    assert listed == [third, second, first]
    by_path = await github.get("{r}/commits", params={"sha": "fix", "path": "src/a.py"})
    assert [one["sha"] for one in by_path.json()] == [third, first]
    assert len((await github.get("{r}/commits")).json()) == 1


async def test_a_list_is_cut_into_pages_that_lead_to_one_another(github: GitHub) -> None:
    for number in range(5):
        await github.branch("fix", **{f"f{number}": b"x"})
    answer = await github.get("{r}/commits", params={"sha": "fix", "per_page": 2, "page": 2})
    assert len(answer.json()) == 2
    links = answer.links
    assert set(links) == {"prev", "next", "last", "first"}
    assert links["next"]["url"] == f"{github.url}/repos/octo/repo/commits?sha=fix&per_page=2&page=3"
    last = await github.get(links["last"]["url"].removeprefix(github.url))
    assert (len(last.json()), set(last.links)) == (2, {"prev", "first"})
    assert (await github.get("{r}/commits", params={"sha": "fix", "page": 9})).json() == []


async def test_a_page_has_a_hundred_items_at_most(github: GitHub) -> None:
    for number in range(101):
        await github.sandbox.world.git(github.sandbox.find("octo/repo")).run(
            "update-ref", f"refs/heads/b{number}", await github.head()
        )
    assert len((await github.get("{r}/branches")).json()) == 30
    assert len((await github.get("{r}/branches", params={"per_page": 1000})).json()) == 100


@pytest.mark.parametrize(
    ("basehead", "status", "ahead", "behind"),
    [
        ("main...fix", "ahead", 2, 0),
        ("fix...main", "behind", 0, 2),
        ("main...main", "identical", 0, 0),
        ("other...fix", "diverged", 2, 1),
        ("octo:main...octo:fix", "ahead", 2, 0),
    ],
)
async def test_comparisons(github: GitHub, basehead: str, status: str, ahead: int, behind: int) -> None:
    await github.branch("other", other=b"x")
    await github.branch("fix", a=b"1")
    await github.branch("fix", b=b"2")
    found = (await github.get(f"{{r}}/compare/{basehead}")).json()
    assert (found["status"], found["ahead_by"], found["behind_by"]) == (status, ahead, behind)
    assert [one["filename"] for one in found["files"]] == ["a", "b"][:ahead]
    assert len(found["commits"]) == found["total_commits"] == ahead


async def test_a_comparison_reaches_into_forks(github: GitHub) -> None:
    fork = await github.sandbox.fork(github.repo, "stranger")
    sha = await github.sandbox.push(fork, "theirs", {"a": b"1"}, "Change", "stranger")
    found = (await github.get("{r}/compare/main...stranger:theirs")).json()
    assert [one["sha"] for one in found["commits"]] == [sha]


@pytest.mark.parametrize("basehead", ["main...nowhere", "nowhere...main", "main", "main...stranger:main", "x:y...main"])
async def test_a_comparison_with_what_is_not_there_is_not_found(github: GitHub, basehead: str) -> None:
    assert (await github.get(f"{{r}}/compare/{basehead}")).status_code == 404


async def test_a_fork_knows_where_it_comes_from(github: GitHub) -> None:
    fork = await github.sandbox.fork(github.repo, "stranger")
    answer = await github.call("GET", "/repos/stranger/repo", github.sandbox.user_token("mona"))
    assert (fork.full_name, answer.json()["fork"]) == ("stranger/repo", True)
    assert answer.json()["parent"]["full_name"] == "octo/repo"
    with pytest.raises(ValueError, match="already"):
        await github.sandbox.fork(github.repo, "stranger")


@pytest.mark.off_the_document("the sandbox has no such filter, and says so by a status that GitHub has not")
async def test_a_filter_that_the_sandbox_does_not_have_is_refused(github: GitHub) -> None:
    answer = await github.get("{r}/commits", params={"author": "mona"})
    assert answer.status_code == 501
    assert answer.json()["message"] == "The sandbox does not act on author here, and GitHub would"
    answer = await github.post("{r}/issues", title="x", assignees=["mona"])
    assert answer.json()["message"] == "The sandbox does not act on assignees here, and GitHub would"
