"""Write small commits of this repository's own history as patches that the policy is measured with.

    python -m scripts.honest_patches [FOLDER]

Taken is every commit, but merges, that a fix could be: it changes or adds files only, at most 20 of them and 400 lines,
none where a fix is never written (a lock file, a workflow, the settings in pyproject.toml), and adds no word that
silences a linter or type checker, which an administrator would be asked about. What the policy says plays no part.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_FOLDER = Path("tests/analysis/policy_cases/history")
_NEVER = re.compile(r"^(\.github/.*|pyproject\.toml|.*\.(lock|log|gz|png))$", re.MULTILINE)
_SILENCES = re.compile(r"^\+.*#\s*(noqa|type:\s*ignore)", re.MULTILINE)
_MOST_FILES, _MOST_LINES = 20, 400
# Each file is stored whole; a commit that touches larger ones would fill the repository for one more case.
_MOST_BYTES = 40_000


def main() -> None:
    """Write the patches, named by their commits."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for commit, patch in _patches():
        (folder / f"{commit[:10]}.patch").write_text(patch)
        print(commit[:10], _git("log", "-1", "--format=%s", commit).strip())


def _patches() -> Iterator[tuple[str, str]]:
    for commit in _git("log", "--no-merges", "--format=%H").split():
        if not _could_be_a_fix(commit):
            continue
        patch = _git("show", "--format=", "--no-renames", "--unified=100000", commit)
        if len(patch) <= _MOST_BYTES and not _SILENCES.search(patch) and "\\ No newline" not in patch:
            yield commit, patch


def _could_be_a_fix(commit: str) -> bool:
    names = _git("show", "--format=", "--no-renames", "--name-status", commit)
    if "D\t" in names or _NEVER.search(re.sub(r"^\w\t", "", names, flags=re.MULTILINE)):
        return False
    rows = [row.split("\t") for row in _git("show", "--format=", "--no-renames", "--numstat", commit).splitlines()]
    lines = sum(int(count) for row in rows for count in row[:2] if count.isdigit())
    return 0 < len(rows) <= _MOST_FILES and lines <= _MOST_LINES


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], capture_output=True, check=True, encoding="utf-8").stdout


if __name__ == "__main__":
    main()
