"""The actions that are built in, and those that are not."""

import sys

import pytest

from sandbox.git import Git
from tests.sandbox.workflows.bench import Bench

SHOW = "git log -1 --format=%H; git rev-parse --abbrev-ref HEAD; cat a.txt"


async def checked_out(bench: Bench, given: str = "{}", **trigger: str) -> list[str]:
    steps = f"- {{uses: actions/checkout@v4, with: {given}}}\n- run: {SHOW}"
    seen = await bench.steps(steps, "", **trigger)
    assert seen.job.conclusion == "success", seen.log()
    return seen.said()[-3:]


async def test_the_runs_own_commit_is_checked_out_although_the_branch_moved_on(bench: Bench) -> None:
    await bench.commit({"a.txt": b"second\n"})
    assert await checked_out(bench) == [bench.sha, "main", "first"]


async def test_the_merge_of_a_pull_request_is_checked_out_detached(bench: Bench) -> None:
    sha = await bench.commit({"a.txt": b"merged\n"}, "refs/pull/7/merge")
    assert await checked_out(bench, ref="refs/pull/7/merge", sha=sha) == [sha, "HEAD", "merged"]


async def test_a_tag_is_checked_out_detached(bench: Bench) -> None:
    sha = await bench.commit({"a.txt": b"tagged\n"}, "refs/tags/v1")
    assert await checked_out(bench, ref="refs/tags/v1", sha=sha) == [sha, "HEAD", "tagged"]


@pytest.mark.parametrize("ref", ["feature/x", "refs/heads/feature/x"])
async def test_a_branch_that_is_asked_for_is_checked_out_as_one(bench: Bench, ref: str) -> None:
    sha = await bench.commit({"a.txt": b"other\n"}, "refs/heads/feature/x")
    assert await checked_out(bench, f"{{ref: {ref}}}") == [sha, "feature/x", "other"]


async def test_a_tag_that_is_asked_for(bench: Bench) -> None:
    sha = await bench.commit({"a.txt": b"tagged\n"}, "refs/tags/v1")
    assert await checked_out(bench, "{ref: v1}") == [sha, "HEAD", "tagged"]


async def test_a_commit_that_is_asked_for(bench: Bench) -> None:
    await bench.commit({"a.txt": b"second\n"})
    third = await bench.commit({"a.txt": b"third\n"})
    assert await checked_out(bench, f"{{ref: {bench.sha}}}", sha=third) == [bench.sha, "HEAD", "first"]


async def test_a_ref_that_is_not_there_fails_with_githubs_sentence(bench: Bench) -> None:
    seen = await bench.steps("- {uses: actions/checkout@v4, with: {ref: nowhere}}")
    assert seen.said() == ["##[error]A branch or tag with the name 'nowhere' could not be found"]


@pytest.mark.parametrize(("depth", "commits"), [("", "1"), ("{fetch-depth: 2}", "2"), ("{fetch-depth: 0}", "3")])
async def test_the_history_is_as_deep_as_asked(bench: Bench, depth: str, commits: str) -> None:
    await bench.commit({"a.txt": b"second\n"})
    third = await bench.commit({"a.txt": b"third\n"})
    seen = await bench.steps(
        f"- {{uses: actions/checkout@v4, with: {depth or '{}'}}}\n- run: git rev-list --count HEAD", sha=third
    )
    assert seen.said()[-1] == commits


async def test_all_branches_and_tags_come_with_the_whole_history(bench: Bench) -> None:
    await bench.commit({"a.txt": b"other\n"}, "refs/heads/other")
    await bench.commit({"a.txt": b"tagged\n"}, "refs/tags/v1")
    seen = await bench.steps("- {uses: actions/checkout@v4, with: {fetch-depth: 0}}\n- run: git branch -r; git tag")
    assert [line.strip() for line in seen.said()[1:]] == ["origin/main", "origin/other", "v1"]


async def test_a_checkout_goes_to_the_path_that_is_asked_for(bench: Bench) -> None:
    seen = await bench.steps("- {uses: actions/checkout@v4, with: {path: here/it/is}}\n- run: cat here/it/is/a.txt")
    assert seen.said()[-1] == "first"


async def test_a_second_checkout_goes_over_the_first(bench: Bench) -> None:
    sha = await bench.commit({"a.txt": b"other\n"}, "refs/heads/other")
    steps = f"- uses: actions/checkout@v4\n- {{uses: actions/checkout@v4, with: {{ref: other}}}}\n- run: {SHOW}"
    assert (await bench.steps(steps)).said()[-3:] == [sha, "other", "other"]


async def test_what_a_step_does_to_its_clone_does_not_reach_the_repository(bench: Bench) -> None:
    seen = await bench.steps(
        "- uses: actions/checkout@v4\n- run: git -c user.name=a -c user.email=a@b commit -qam x --allow-empty"
    )
    assert seen.job.conclusion == "success"
    assert await Git(bench.git_folder).ref("refs/heads/main") == bench.sha


@pytest.mark.parametrize(
    ("uses", "given", "said"),
    [
        ("actions/checkout@v4", "{path: ../out}", "is not under"),
        ("actions/checkout@v4", "{repository: octo/other}", "checks out octo/repo only"),
        ("actions/checkout@v4", "{submodules: recursive}", "does not do what is asked by: submodules"),
        ("actions/checkout@v4", "{fetch-depth: many}", "failed with exit code"),
        ("actions/setup-python@v5", "{python-version: 9.9}", "The version '9.9' of python was not found"),
        ("actions/setup-python@v5", "{python-version: '3; rm -rf x'}", "was not found on this machine"),
        ("actions/setup-node@v4", "{node-version: 1}", "Unable to find Node version '1'"),
        ("actions/cache@v4", "{path: x}", "is not one of those that this runner has built in"),
        ("./.github/actions/own", "{}", "is not one of those that this runner has built in"),
        ("docker://alpine", "{}", "is not one of those that this runner has built in"),
    ],
)
async def test_what_is_not_done_here_fails_with_a_sentence(bench: Bench, uses: str, given: str, said: str) -> None:
    seen = await bench.steps(f"- {{uses: {uses}, with: {given}}}")
    assert seen.job.conclusion == "failure"
    assert said in seen.log()


async def test_inputs_that_ask_for_nothing_are_let_pass(bench: Bench) -> None:
    given = "{submodules: false, lfs: false, persist-credentials: false, clean: true}"
    seen = await bench.steps(f"- {{uses: actions/checkout@v4, with: {given}}}")
    assert seen.job.conclusion == "success"


async def test_the_checkout_is_shown_as_that_of_actions(bench: Bench) -> None:
    log = (await bench.steps("- {uses: actions/checkout@v4, with: {fetch-depth: 1}}")).log()
    assert "##[group]Run actions/checkout@v4\nwith:\n  fetch-depth: 1\n##[endgroup]\n" in log
    assert "Syncing repository: octo/repo" in log
    assert "[command]git config --local remote.origin.url http://sandbox.test/octo/repo" in log
    assert "Post job cleanup." in log
    assert str(bench.git_folder) not in log


async def test_python_is_that_of_the_tests_with_its_tools(bench: Bench) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    steps = f"- {{uses: actions/setup-python@v5, with: {{python-version: '{version}'}}}}\n- run: which python"
    assert (await bench.steps(steps)).said()[-1] == f"{sys.prefix}/bin/python"
