"""Filter patterns, by GitHub's cheat sheet of them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.workflows.patterns import fits, matches

# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
BRANCHES = {
    "feature/*": (["feature/my-branch", "feature/your-branch"], ["feature", "feature/a/b"]),
    "feature/**": (["feature/beta-a/my-branch", "feature/your-branch", "feature/mona/the/octocat"], ["features/x"]),
    "main": (["main"], ["main2", "a/main", "Main"]),
    "releases/mona-the-octocat": (["releases/mona-the-octocat"], ["releases/mona"]),
    "*": (["main", "releases"], ["all/the/branches"]),
    "**": (["all/the/branches", "every/tag", "main"], []),
    "*feature": (["mona-feature", "feature", "ver-10-feature"], ["feature-x", "a/feature"]),
    "v2*": (["v2", "v2.0", "v2.9"], ["v1", "v2/x"]),
    "v[12].[0-9]+.[0-9]+": (["v1.10.1", "v2.0.0"], ["v3.0.0", "v1.x.0", "v1.10.", "v1"]),
}
PATHS = {
    "*": (["README.md", "server.rb"], ["docs/a.md"]),
    "*.jsx?": (["page.js", "page.jsx"], ["page.jsxx", "page.ts", "a/page.js"]),
    "**": (["all/the/files.md", "a"], []),
    "*.js": (["app.js", "index.js"], ["src/app.js"]),
    "**.js": (["index.js", "js/index.js", "src/js/app.js"], ["index.jsx"]),
    "docs/*": (["docs/README.md", "docs/file.txt"], ["docs/a/b.md"]),
    "docs/**": (["docs/README.md", "docs/mona/octocat.txt"], ["docs", "doc/x"]),
    "docs/**/*.md": (["docs/README.md", "docs/mona/hello-world.md", "docs/a/markdown/file.md"], ["docs/a.txt"]),
    "**/docs/**": (["docs/hello.md", "dir/docs/my-file.txt", "space/docs/plan/space.doc"], ["dir/mydocs/a"]),
    "**/README.md": (["README.md", "js/README.md"], ["README.mdx", "aREADME.md"]),
    "**/*src/**": (["a/src/app.js", "my-src/code/js/app.js"], ["src.js"]),
    "**/*-post.md": (["my-post.md", "path/their-post.md"], ["post.md"]),
    "**/migrate-*.sql": (["migrate-10909.sql", "db/migrate-v1.0.sql", "db/sept/migrate-v1.sql"], ["migrate.sql"]),
}
CASES = [
    (pattern, name, expected)
    for sheet in (BRANCHES, PATHS)
    for pattern, both in sheet.items()
    for names, expected in zip(both, (True, False), strict=True)
    for name in names
]


@pytest.mark.parametrize(("pattern", "name", "expected"), CASES)
def test_the_cheat_sheet(pattern: str, name: str, expected: bool) -> None:
    assert fits(pattern, name) is expected


@pytest.mark.parametrize(
    ("patterns", "name", "expected"),
    [
        (["*.md", "!README.md"], "hello.md", True),
        (["*.md", "!README.md"], "README.md", False),
        (["*.md", "!README.md", "README*"], "README.md", True),
        (["*.md", "!README.md", "README*"], "README.doc", True),
        (["!README.md", "*.md"], "README.md", True),
        ([], "README.md", False),
    ],
)
def test_the_last_pattern_that_fits_decides(patterns: list[str], name: str, expected: bool) -> None:
    assert matches(patterns, name) is expected


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        (r"a\*", "a*", True),
        (r"a\*", "ab", False),
        ("a.b", "axb", False),
        ("a(b", "a(b", True),
        ("[ab", "[ab", True),
        ("ab+", "abbb", True),
        ("ab+", "a", False),
        ("ab?", "a", True),
        # Nothing stands before them that could be repeated.
        ("+a", "+a", True),
        ("*+", "x+", True),
    ],
)
def test_signs_that_mean_themselves(pattern: str, name: str, expected: bool) -> None:
    assert fits(pattern, name) is expected


@given(st.text("ab*?+[]!/\\.(){}|^$é", max_size=30), st.text("ab/.*é\n", max_size=30))
def test_any_pattern_gives_an_answer(pattern: str, name: str) -> None:
    assert matches([pattern], name) in (True, False)


def test_a_hostile_pattern_takes_no_longer_than_its_length() -> None:
    began = time.process_time()
    assert not fits("**/a" * 200, "a/" * 5000 + "b")
    assert not fits("*a" * 400, "a" * 2000 + "/")
    assert time.process_time() - began < 2


def test_a_pattern_of_a_million_signs_fits_nothing() -> None:
    assert not fits("a" * 1_000_000, "a" * 1_000_000)
