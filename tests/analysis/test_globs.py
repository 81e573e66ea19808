import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.globs import GlobError, Globs, check_globs


@pytest.mark.parametrize(
    ("pattern", "matched", "unmatched"),
    # GitHub's own examples:
    # https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
    [
        ("feature/*", ["feature/my-branch", "feature/your-branch"], ["feature/a/b", "feature"]),
        ("feature/**", ["feature/beta-a/my-branch", "feature/your-branch"], ["features"]),
        ("main", ["main"], ["main2", "Main"]),
        ("*", ["main", "releases"], ["all/the/branches"]),
        ("**", ["all/the/branches", "every/tag"], []),
        ("*feature", ["mona-feature", "feature", "ver-10-feature"], ["a/feature"]),
        ("v2*", ["v2", "v2.0", "v2.9"], ["v1"]),
        ("v[12].[0-9]+.[0-9]+", ["v1.10.1", "v2.0.0"], ["v3.0.0", "v1.x.1"]),
        ("*.jsx?", ["page.js", "page.jsx"], ["page.ts"]),
        ("**.js", ["index.js", "js/index.js", "src/js/app.js"], ["index.ts"]),
        ("docs/*", ["docs/README.md", "docs/file.txt"], ["docs/a/b.md"]),
        ("docs/**", ["docs/README.md", "docs/mona/octocat.txt"], ["doc/x"]),
        ("docs/**/*.md", ["docs/README.md", "docs/mona/hello-world.md", "docs/a/markdown/file.md"], ["docs/x.txt"]),
        ("**/docs/**", ["docs/hello.md", "dir/docs/my-file.txt", "space/docs/plan/space.doc"], ["mydocs/a"]),
        ("**/README.md", ["README.md", "js/README.md"], ["js/MYREADME.md"]),
        ("**/*src/**", ["a/src/app.js", "my-src/code/js/app.js"], ["src.js"]),
        ("**/migrate-*.sql", ["migrate-10909.sql", "db/sept/migrate-v1.sql"], ["db/x.sql"]),
        (r"v1.0\+", ["v1.0+"], ["v1.00"]),
        ("a.b", ["a.b"], ["axb"]),
    ],
)
def test_a_pattern_matches_as_githubs_cheat_sheet_says(pattern: str, matched: list[str], unmatched: list[str]) -> None:
    check_globs((pattern,))
    assert [text for text in matched + unmatched if Globs((pattern,)).match(text)] == matched


def test_the_last_pattern_that_matches_decides() -> None:
    # The cheat sheet's own pair, and one that takes a part back in.
    kept = Globs(("*.md", "!README.md", "README*"))
    assert kept.match("hello.md")
    assert kept.match("README.md")
    assert not Globs(("*.md", "!README.md")).match("README.md")
    assert not Globs(()).match("anything")


def test_a_name_that_is_written_out_is_meant_as_it_stands() -> None:
    assert Globs(("Build (linux, C+ [x])",)).match("Build (linux, C+ [x])")


@pytest.mark.parametrize("pattern", ["", "!", "+a", "*?", "a++", "[", "[]", "[a", "[(]", "!**"])
def test_a_pattern_that_says_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(GlobError):
        check_globs((pattern,))


@given(st.text(alphabet="ab*?+[]!/\\.(|{^$", max_size=12), st.text(alphabet="ab/.", max_size=12))
def test_a_pattern_is_refused_or_answers(pattern: str, text: str) -> None:
    try:
        check_globs((pattern,))
    except GlobError:
        return
    assert Globs((pattern,)).match(text) in (True, False)
