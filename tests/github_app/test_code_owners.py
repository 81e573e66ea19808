"""The example file of GitHub's documentation, and what it says of each line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from github_app.code_owners import MOST_BYTES, CodeOwners, OwnedPattern, read_code_owners

# https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners#example-of-a-codeowners-file
EXAMPLE = read_code_owners(b"""\
# This is a comment.
# Each line is a file pattern followed by one or more owners.

*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
""")


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("README.md", ("@global-owner1", "@global-owner2")),
        ("src/deep/README.md", ("@global-owner1", "@global-owner2")),
        ("index.js", ("@js-owner",)),
        ("src/index.js", ("@js-owner",)),
        ("main.go", ("docs@example.com",)),
        ("a/b/notes.txt", ("@octo-org/octocats",)),
        # `**/logs` comes later than `/build/logs/`.
        ("build/logs/today.out", ("@octocat",)),
        ("scripts/logs/x", ("@octocat",)),
        ("deeply/nested/logs/x/y", ("@octocat",)),
        ("docs/getting-started.md", ("@doctocat",)),
        ("docs/build-app/troubleshooting.md", ("@doctocat",)),
        ("lib/docs/x.md", ("@global-owner1", "@global-owner2")),
        ("lib/apps/x", ("@octocat",)),
        ("scripts/run.sh", ("@doctocat", "@octocat")),
        ("apps/x/y", ("@octocat",)),
        ("apps/github", ()),
        ("apps/github/x", ()),
    ],
)
def test_the_last_line_that_matches_decides(path: str, owners: tuple[str, ...]) -> None:
    assert EXAMPLE.of(path) == owners


@pytest.mark.parametrize(
    ("pattern", "matched", "unmatched"),
    [
        ("docs/*", ["docs/getting-started.md"], ["docs/build-app/troubleshooting.md", "a/docs/x"]),
        ("apps/", ["apps/a", "x/apps/a/b"], ["apps", "myapps/a"]),
        ("/build/logs/", ["build/logs/a", "build/logs/a/b"], ["x/build/logs/a", "build/logs"]),
        ("*.js", ["a.js", "b/a.js"], ["a.jsx"]),
        ("*", ["a", "a/b/c"], []),
        ("/*", ["a"], ["a/b"]),
        ("**/logs", ["logs", "build/logs/x"], ["build/mylogs"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b/c"], ["ab", "x/a/b"]),
        ("src/**", ["src/a", "src/a/b"], ["src", "x/src/a"]),
        ("Makefile", ["Makefile", "x/Makefile"], ["makefile", "Makefile.am"]),
        (r"my\ docs/", ["my docs/a"], ["my"]),
        ("/a?c.py", ["abc.py"], ["ac.py", "a/c.py"]),
        ("a.b", ["a.b"], ["axb"]),
    ],
)
def test_patterns_are_gitignores_with_githubs_exceptions(
    pattern: str, matched: list[str], unmatched: list[str]
) -> None:
    owners = read_code_owners(f"{pattern} @octocat".encode())
    assert [path for path in matched + unmatched if owners.of(path)] == matched


@pytest.mark.parametrize("line", ["!*.js @a", "[a-z].js @a", "* octocat", "* @", "* @a/b/c", "# * @a", r"\#a* @b@"])
def test_a_line_that_github_does_not_know_is_skipped(line: str) -> None:
    assert read_code_owners(f"* @first\n{line}".encode()) == CodeOwners((OwnedPattern("*", ("@first",)),))


def test_a_file_that_github_does_not_load_owns_nothing() -> None:
    assert read_code_owners(b"* @a\n" + b"#" * MOST_BYTES).of("x") == ()


@given(st.binary(max_size=200), st.text(max_size=40))
def test_any_bytes_give_an_answer(data: bytes, path: str) -> None:
    assert isinstance(read_code_owners(data).of(path), tuple)
