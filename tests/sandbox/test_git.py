from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.git import ZERO, Git, Signature, create_bare
from sandbox.git_diff import changes
from sandbox.git_write import RefMoved, commit_files, move_ref

MONA = Signature("Mona", "mona@example.test", datetime(2026, 11, 23, tzinfo=UTC))
MAIN = "refs/heads/main"


async def commit(git: Git, parent: str | None, files: dict[str, bytes | None]) -> str:
    return await commit_files(git, parent, files, "A change", author=MONA, committer=MONA)


async def test_a_commit_keeps_what_it_does_not_name(tmp_path: Path) -> None:
    git = await create_bare(tmp_path / "repository.git", "main")
    first = await commit(git, None, {"a.txt": b"a\n", "deep/b.txt": b"b\n"})
    second = await commit(git, first, {"a.txt": None, "c.txt": b"c\n"})
    tree = await git.tree(second, recursive=True)
    assert {item.path for item in tree if item.mode == "100644"} == {"c.txt", "deep/b.txt"}
    assert (await git.commit(second)).parents == (first,)
    assert {change.path for change in await changes(git, first, second)} >= {"c.txt"}


async def test_a_path_is_a_path_whatever_signs_are_in_it(tmp_path: Path) -> None:
    git = await create_bare(tmp_path / "repository.git", "main")
    names = [":(top)a", "a*", "[b]", "?", "sp ace", "ü", "-x", "a\nb"]
    first = await commit(git, None, {"a": b"0", **{name: name.encode() for name in names}})
    for name in names:
        (item,) = await git.tree(first, path=name)
        assert (item.path, await git.blob(item.sha)) == (name, name.encode())
    second = await commit(git, first, dict.fromkeys(names))
    assert [item.path for item in await git.tree(second)] == ["a"]


async def test_a_ref_that_moved_on_is_not_moved_again(tmp_path: Path) -> None:
    git = await create_bare(tmp_path / "repository.git", "main")
    first = await commit(git, None, {"a.txt": b"1\n"})
    second = await commit(git, first, {"a.txt": b"2\n"})
    other = await commit(git, first, {"a.txt": b"3\n"})
    await move_ref(git, MAIN, first, ZERO)
    await move_ref(git, MAIN, second, first)
    with pytest.raises(RefMoved):
        await move_ref(git, MAIN, other, first)
    assert await git.ref(MAIN) == second
